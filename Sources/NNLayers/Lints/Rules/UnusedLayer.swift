import NNDiagnostics
import NNGraph

extension Lint {
  static let unusedLayer = Lint(
    DiagnosticCode("NNC0605", "unused-layer"), "a layer whose output reaches neither a network's output nor a loss",
    reason: """
      Layers chain: each takes the output of the one before, unless it says `from`. A layer after which the next one says
      `from: another` is left without a reader unless its name is taken up elsewhere. Such a layer is neither trained nor
      run; most often a `from` names the wrong layer, or `previous` is missing in a list.
      """,
    found: [
      """
      nnc: 1
      network:
        input: [8, 8, 4]
        layers:
          - conv: {name: a, filters: 8, activation: relu}
          - conv: {name: b, filters: 8, activation: relu}
          - conv: {from: a, filters: 8, activation: relu}

      """,
      """
      nnc: 1
      network:
        input: [8, 8, 4]
        layers:
          - conv: {name: a, filters: 4, activation: relu}
          - max_pool
          - upsample
          - add: {from: [a, input]}

      """,
    ],
    passed: [
      """
      nnc: 1
      network:
        input: [8, 8, 4]
        layers:
          - conv: {name: a, filters: 8, activation: relu}
          - conv: {name: b, filters: 8, activation: relu}
          - conv: {name: c, from: a, filters: 8, activation: relu}
          - add: {from: [b, c]}

      """,
      """
      nnc: 1
      networks:
        encoder: {input: [8, 8, 4], layers: [conv: {name: code, filters: 8, activation: relu}, conv: {filters: 2}]}
        head: {input: encoder.code, layers: [conv: {filters: 8}]}

      """,
    ]
  ) { context in
    let outputs = context.model.results.map(\.value) + context.lossValues + context.model.losses.map(\.prediction)
    let reached = context.nodes(behind: outputs)
    var live: Set<String> = []
    var built: Set<String> = []
    var last = ""
    for (index, node) in context.graph.nodes.enumerated() {
      let layer = node.layer
      if layer != last { built.insert(layer) }
      if reached[index] { live.insert(layer) }
      last = layer
    }
    // A layer may be read without a trace in the graph: `dense` takes what `flatten` was given.
    for network in context.model.networks {
      for layer in network.layers.reversed() where live.contains(layer.path) || !built.contains(layer.path) {
        live.formUnion(layer.sources.compactMap { $0.map { network.layers[$0].path } })
      }
    }
    return context.model.networks.flatMap { network -> [LintFinding] in
      var feedsDead: Set<Int> = []
      for layer in network.layers where !live.contains(layer.path) {
        feedsDead.formUnion(layer.sources.compactMap { $0 })
      }
      return network.layers.enumerated().compactMap { index, layer in
        guard built.contains(layer.path), !live.contains(layer.path), !feedsDead.contains(index) else { return nil }
        return LintFinding(
          "nothing uses the output of `\(layer.name)`", at: layer.kindSpan, "it reaches no output and no loss",
          help: ["name it in the `from` of a later layer, or remove it"],
          in: LintContext.Layer(record: layer, network: network))
      }
    }
  }
}
