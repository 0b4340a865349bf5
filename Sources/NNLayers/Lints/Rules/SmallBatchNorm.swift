import NNDiagnostics
import NNGraph

extension Lint {
  static let smallBatchNorm = Lint(
    DiagnosticCode("NNC0620", "small-batch-norm"), "batch normalisation over one or two samples",
    reason: """
      Batch norm divides by the variance of the batch in training, and by its running mean when the network runs. Over one or
      two samples, mean and variance are those of the samples at hand, and the running values describe none of them: results
      get worse when run than they were in training. Wu and He, "Group Normalization" (ECCV 2018), measure how the error
      grows as batches shrink. `group_norm` and `instance_norm` do not depend on the batch.
      """,
    found: [
      picture("range: [0, 1]", "batch_norm, output: {channels: 3}", batch: 2),
      picture(
        "range: [0, 1]",
        "conv: {filters: 8, bias: false, normalization: batch, activation: relu}, output: {channels: 3}",
        batch: 1),
    ],
    passed: [
      picture("range: [0, 1]", "batch_norm, output: {channels: 3}", batch: 4),
      picture("range: [0, 1]", "instance_norm, output: {channels: 3}", batch: 1),
    ]
  ) { context in
    guard context.trains, let batch = context.spec.train?.batchSize, batch.value <= 2 else { return [] }
    let learning = context.nodes(behind: context.lossValues)
    let normalized = context.graph.nodes.enumerated().filter { index, node in
      (node.operation as? Normalize)?.extent == .batch && learning[index]
    }
    guard let layer = normalized.first.flatMap({ context.layer(of: $0.element) }) else { return [] }
    return [
      LintFinding(
        "batch norm over \(batch.value == 1 ? "one sample" : "two samples") at a time", at: batch.span,
        "\(normalized.count == 1 ? "a layer" : "\(normalized.count) layers") with batch norm",
        labels: [Label(normalized.count == 1 ? "" : "the first", at: layer.record.kindSpan)],
        help: ["use larger batches, or `group` or `instance` normalisation"])
    ]
  }
}
