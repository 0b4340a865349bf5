import NNDiagnostics
import NNGraph

extension Lint {
  static let dropoutBeforeBatchNorm = Lint(
    DiagnosticCode("NNC0613", "dropout-before-batch-norm"),
    "a batch normalisation that is given the output of a dropout",
    reason: """
      In training, dropout raises the variance of what passes through it, and the running variance of a batch norm learns that
      raised value. When the network runs, dropout does nothing: the values that come have less variance than the batch norm
      divides by. Li, Chen, Hu and Yang, "Understanding the Disharmony between Dropout and Batch Normalization by Variance
      Shift" (CVPR 2019), advise dropout after the last batch norm only.
      """,
    found: [
      """
      nnc: 1
      network:
        input: [8, 8, 4]
        layers: [dropout: {rate: 0.5}, conv: {filters: 8, bias: false, normalization: batch, activation: relu}]

      """,
      """
      nnc: 1
      network:
        input: [16]
        layers: [dense: {units: 8, activation: relu}, dropout: 0.2, batch_norm]

      """,
    ],
    passed: [
      """
      nnc: 1
      network:
        input: [8, 8, 4]
        layers: [conv: {filters: 8, bias: false, normalization: batch, activation: relu}, dropout: {rate: 0.5}]

      """,
      """
      nnc: 1
      network:
        input: [8, 8, 4]
        layers: [dropout: {rate: 0.5}, conv: {filters: 8, normalization: layer, activation: relu}]

      """,
    ]
  ) { context in
    context.graph.nodes.compactMap { node in
      guard let dropout = node.operation as? Dropout, dropout.rate > 0, let layer = context.layer(of: node),
        let normalize = batchNorm(after: node, context), let other = context.layer(of: normalize)
      else { return nil }
      let isOwn = ["conv", "transposed_conv", "bottleneck"].contains(other.record.kind)
      let place = isOwn ? context.span(of: "normalization", in: other) : other.record.kindSpan
      let rate = Double(dropout.rate)
      return LintFinding(
        "this batch norm learns a variance that it does not meet when the network runs", at: place,
        "in training, the mean square of what `dropout` passes is 1 / (1 - \(rate.short)) = \((1 / (1 - rate)).short) times as large",
        labels: [Label("", at: layer.record.kindSpan)],
        help: ["move the dropout behind the last batch norm"], in: other)
    }
  }

  /// The batch norm that a dropout's output reaches through one layer with weights at most.
  private static func batchNorm(after dropout: Node, _ context: LintContext) -> Node? {
    var open = [(value: dropout.outputs[0], weights: 0)]
    var steps = 0
    while let (value, weights) = open.popLast(), steps < 64 {
      steps += 1
      for index in context.readers[value] {
        let node = context.graph.nodes[index]
        if let normalize = node.operation as? Normalize {
          if normalize.extent == .batch { return node }
          continue
        }
        let hasWeights = node.operation is Convolution || node.operation is TransposedConvolution
        guard
          hasWeights || node.operation.keepsRange || node.operation is BiasAdd || node.operation is Activate
            || node.operation is AveragePool || node.operation is Pad, weights + (hasWeights ? 1 : 0) <= 1
        else { continue }
        open.append((node.outputs[0], weights + (hasWeights ? 1 : 0)))
      }
    }
    return nil
  }
}
