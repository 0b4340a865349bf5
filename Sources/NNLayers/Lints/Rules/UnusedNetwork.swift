import NNDiagnostics
import NNGraph

extension Lint {
  static let unusedNetwork = Lint(
    DiagnosticCode("NNC0606", "unused-network"), "a network that no loss depends on, so that it never learns",
    reason: """
      A network learns from the losses that its output reaches, directly or through other networks. One that reaches none
      keeps the random weights that it began with. A network with `weights:` or `frozen: true` is not meant to learn, and is
      left alone. Where there are phases, `network-in-no-phase` says the same of them.
      """,
    found: [
      training(
        """
          model: {input: photos, layers: [conv: {filters: 3}]}
          other: {input: photos, layers: [conv: {filters: 3}]}
        """),
      training(
        """
          model: {input: photos, layers: [conv: {filters: 3}]}
          after: {input: model, layers: [conv: {filters: 3}]}
        """),
    ],
    passed: [
      training(
        """
          encoder: {input: photos, layers: [conv: {filters: 3}]}
          model: {input: encoder, layers: [conv: {filters: 3}]}
        """),
      training(
        """
          model: {input: photos, layers: [conv: {filters: 3}]}
          larger: {input: model, layers: [upsample]}
        """),
    ]
  ) { context in
    guard context.trains, context.spec.train?.phasesSpan == nil else { return [] }
    var learning: Set<String> = []
    for (node, isBehind) in zip(context.graph.nodes, context.nodes(behind: context.lossValues)) where isBehind {
      learning.formUnion(node.layers)
    }
    return context.model.networks.compactMap { network in
      guard context.isOwn(network.nameSpan), network.weights == nil, !network.isFrozen, network.parameters > 0,
        !network.layers.contains(where: { learning.contains($0.path) })
      else { return nil }
      return LintFinding(
        "the network `\(network.name)` never learns", at: network.nameSpan, "its output reaches no loss",
        help: ["compare it in a loss, give it `weights:`, or remove it"])
    }
  }

  private static func training(_ networks: String) -> String {
    """
    nnc: 1
    data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}}
    networks:
    \(networks)
    loss: {mse: {prediction: model}}
    train: {epochs: 1, batch_size: 4, optimizer: adam}

    """
  }
}
