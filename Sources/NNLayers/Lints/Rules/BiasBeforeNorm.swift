import NNDiagnostics
import NNGraph
import NNTensor

extension Lint {
  static let biasBeforeNorm = Lint(
    DiagnosticCode("NNC0602", "bias-before-norm"), "a bias that the normalisation right after it takes out again",
    reason: """
      Batch and instance normalisation subtract each channel's mean, and with it whatever a bias added to the channel: its
      gradient is zero, and its values are memory and work for nothing. The normalisation's own `bias` does what is meant.
      Layer and group normalisation take the mean over several channels, which leaves the differences of their biases, so
      there a bias counts; so it does in a frozen network, whose batch norm uses its running values.
      """,
    found: [
      """
      nnc: 1
      network: {input: [8, 8, 4], layers: [conv: {filters: 8, bias: true, normalization: batch, activation: relu}]}

      """, "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [conv: {filters: 8}, instance_norm]}\n",
      "nnc: 1\nnetwork: {input: [16], layers: [dense: {units: 8}, batch_norm, activation: relu]}\n",
    ],
    passed: [
      """
      nnc: 1
      network: {input: [8, 8, 4], layers: [conv: {filters: 8, bias: false, normalization: batch, activation: relu}]}

      """, "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [conv: {filters: 8, normalization: layer}]}\n",
      "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [conv: {filters: 8, normalization: {group: {groups: 2}}}]}\n",
      "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [conv: {filters: 8, activation: relu}, batch_norm]}\n",
      """
      nnc: 1
      network:
        input: [8, 8, 4]
        layers: [conv: {name: a, filters: 8}, batch_norm, add: {from: [previous, a]}, activation: relu]

      """,
    ]
  ) { context in
    var removed: [String: Node] = [:]
    var kept: Set<String> = []
    for node in context.graph.nodes where node.operation is BiasAdd {
      if let normalize = normalization(after: node, context) {
        removed[node.layer] = normalize
      } else {
        kept.insert(node.layer)
      }
    }
    return context.allLayers.compactMap { layer in
      guard let normalize = removed[layer.record.path], !kept.contains(layer.record.path) else { return nil }
      return finding(layer, normalize, context)
    }
  }

  /// What alone reads a bias's result, where it subtracts every channel's mean.
  private static func normalization(after bias: Node, _ context: LintContext) -> Node? {
    var next = context.onlyReader(bias.outputs[0])
    if let node = next, node.operation is Reshape, node.layer == bias.layer {
      next = context.onlyReader(node.outputs[0])
    }
    guard let node = next, let normalize = node.operation as? Normalize else { return nil }
    switch normalize.extent {
    case .batch: return node
    case .groups(let count): return count == context.graph.shape(node.inputs[0]).last ? node : nil
    case .channels: return nil
    }
  }

  private static func finding(
    _ layer: LintContext.Layer, _ normalize: Node, _ context: LintContext
  ) -> LintFinding? {
    let arguments = layer.record.arguments
    let isWritten = arguments.isGiven("bias")
    let isOwn = normalize.layer == layer.record.path
    let place = isWritten ? arguments.span(of: "bias") : layer.record.kindSpan
    let other = isOwn ? arguments.span(of: "normalization") : context.layer(of: normalize)?.record.kindSpan
    let channels = layer.record.output.last ?? 0
    let edit =
      isWritten
      ? context.literal("bias", of: layer).map { Fix.Edit($0.span, with: "false") }
      : context.adding("bias: false", to: layer)
    let isFixed = layer.record.use.site == nil || (isOwn && context.literal("normalization", of: layer) != nil)
    return LintFinding(
      "this bias has no effect", at: place,
      isWritten
        ? "\(channels) learnt values" : "it has a bias of \(channels) learnt values, since `bias` is true by default",
      labels: other.map { [Label("this subtracts each channel's mean, and the bias with it", at: $0)] } ?? [],
      help: ["write `bias: false`"],
      fix: isFixed ? edit.map { Fix("write `bias: false`", edits: [$0]) } : nil, in: layer)
  }
}
