import NNDiagnostics
import NNGraph

extension Lint {
  static let randomOutput = Lint(
    DiagnosticCode("NNC0614", "random-output"), "dropout or noise after all weights of what a loss compares",
    reason: """
      Dropout sets random values to zero and scales the others; where no layer with weights follows, the loss compares just
      these with the target. What is left for the network to learn is the error that the dropout makes. Dropout and noise
      belong before layers that can make up for them.
      """,
    found: [
      picture("range: [0, 1]", "output: {channels: 3}, dropout: {rate: 0.1}"),
      picture("range: [0, 1]", "output: {channels: 3}, noise: {stddev: 0.1}"),
    ],
    passed: [
      picture("range: [0, 1]", "dropout: {rate: 0.1}, output: {channels: 3}"),
      picture("range: [0, 1]", "output: {channels: 3}, dropout: {rate: 0}"),
    ]
  ) { context in
    var seen: Set<String> = []
    return context.model.losses.compactMap { loss in
      guard context.comparison(of: loss) != nil, let node = context.source(of: loss.prediction),
        let layer = context.layer(of: node)
      else { return nil }
      let isRandom =
        (node.operation as? Dropout).map { $0.rate > 0 } ?? (node.operation as? Noise).map { $0.deviation > 0 } ?? false
      guard isRandom, seen.insert(layer.record.path).inserted else { return nil }
      return LintFinding(
        "the loss `\(loss.name)` compares random values", at: layer.record.kindSpan, "no layer with weights follows",
        help: ["move it before the last layer with weights, or remove it"], in: layer)
    }
  }
}
