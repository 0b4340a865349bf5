import NNDiagnostics
import NNText

extension Lint {
  static let batchExceedsEpoch = Lint(
    DiagnosticCode("NNC0621", "batch-exceeds-epoch"), "batches larger than an epoch",
    reason: """
      A last batch that is not full is used as it is. Where an epoch has fewer samples than a batch, every batch is such a
      one: each epoch is a single step, and the memory for the rest is never used. `samples_per_epoch` draws samples more
      than once, which pays with random crops.
      """,
    found: [
      picture("range: [0, 1]", "output: {channels: 3}", batch: 64),
      picture("samples_per_epoch: 8", "output: {channels: 3}", batch: 16),
    ],
    passed: [
      picture("range: [0, 1]", "output: {channels: 3}", batch: 4),
      picture("samples_per_epoch: 64", "output: {channels: 3}", batch: 64),
    ]
  ) { context in
    guard context.trains, let batch = context.spec.train?.batchSize, context.spec.ownData.count == 1,
      let source = context.spec.ownData.first, let count = context.facts[source.name]?.samplesPerEpoch,
      count < batch.value
    else { return [] }
    return [
      LintFinding(
        "no batch is ever full", at: batch.span, "an epoch has \(counted(count, "sample"))",
        labels: [Label("", at: source.samplesPerEpoch?.span ?? source.nameSpan)],
        help: ["use a smaller `batch_size`, or `samples_per_epoch: \(batch.value)` or more"])
    ]
  }
}
