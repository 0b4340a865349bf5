import NNDiagnostics
import NNSpec
import NNTensor

extension Lint {
  static let longWarmup = Lint(
    DiagnosticCode("NNC0626", "long-warmup"), "a warm-up that training ends in",
    reason: """
      During `warmup` the learning rate rises from 0. Where training is no longer than that, the rate gets to `from` at its last
      step or never, and what the schedule does afterwards never happens. Often a warm-up was copied from a longer training.
      """,
    found: [
      picture(
        "range: [0, 1]", "output: {channels: 3}",
        optimizer: "{adam: {learning_rate: {cosine: {from: 1e-3, to: 0, warmup: 500 steps}}}}"),
      picture(
        "range: [0, 1]", "output: {channels: 3}",
        optimizer: "{sgd: {learning_rate: {constant: {value: 0.1, warmup: 1 epochs}}}}"),
    ],
    passed: [
      picture(
        "range: [0, 1], samples_per_epoch: 400", "output: {channels: 3}",
        optimizer: "{adam: {learning_rate: {cosine: {from: 1e-3, to: 0, warmup: 20 steps}}}}")
    ]
  ) { context in
    guard context.trains, let length = context.spec.train?.length?.value else { return [] }
    var seen: Set<Span> = []
    return context.model.phases.map(\.optimizer).compactMap { optimizer in
      let schedule = optimizer.learningRate
      guard schedule.warmup != .steps(0), seen.insert(optimizer.learningRateSpan).inserted,
        let warm = context.updates(schedule.warmup, length), let start = context.updates(schedule.start, length),
        let total = context.updates(length, schedule.warmup), warm >= total - min(start, total)
      else { return nil }
      return LintFinding(
        "the learning rate warms up for all of training", at: optimizer.learningRateSpan,
        "it rises for \(schedule.warmup)\(start == 0 ? "" : " after \(schedule.start)"); training takes \(length)"
          + (schedule.warmup.isCounted(as: length) ? "" : " (\(TrainingCount.steps(total)))"),
        help: ["use a shorter `warmup`, or train longer"])
    }
  }
}

extension LintContext {
  /// How many updates a count is; nil where nobody knows how many samples an epoch has, and it must be known to compare it
  /// with `other`.
  fileprivate func updates(_ count: TrainingCount, _ other: TrainingCount) -> Int? {
    if let source = model.leadingSource, let samples = facts[source]?.samplesPerEpoch, let train = spec.train,
      let batch = train.batchSize?.value
    {
      let perUpdate = batch.multipliedReportingOverflow(by: train.accumulate)
      return count.steps(perEpoch: perUpdate.overflow ? 1 : max(1, (samples - 1) / perUpdate.partialValue + 1))
    }
    return count.isCounted(as: other) ? count.steps(perEpoch: 1) : nil
  }
}

extension TrainingCount {
  /// Whether both are steps, or both epochs.
  fileprivate func isCounted(as other: TrainingCount) -> Bool {
    switch (self, other) {
    case (.steps, .steps), (.epochs, .epochs): true
    default: false
    }
  }
}
