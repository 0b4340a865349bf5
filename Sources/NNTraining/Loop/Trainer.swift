import NNData
import NNFormats
import NNRuntime

/// Makes the plans of a run.
public struct TrainingPlans {
  /// A training step for a batch of this many samples, with the phases at these indices.
  public var train: StepPlanMaker
  /// Outputs and losses for a batch of this many samples.
  public var evaluate: PlanMaker

  /// Makers, which are asked once for each size of batch that comes up.
  public init(train: @escaping StepPlanMaker, evaluate: @escaping PlanMaker) {
    self.train = train
    self.evaluate = evaluate
  }
}

/// Trains: batch after batch through the training plan, validation and a preview after each epoch, the weights at the
/// end.
public final class Trainer {
  private let settings: TrainingSettings
  private let source: DataSource
  private let store: ParameterStore
  private let schedule: TrainingSchedule
  private let step: TrainingStep
  private let evaluator: Evaluator
  private let output: TrainingOutput
  private let report: TrainingReport

  private var state = TrainingState()
  private var throughput = Throughput()
  private var batches: [Batch] = []
  private var progressOfMeasure: MeasureProgress?
  private var lastEvaluation: Evaluation?

  /// The store has its parameters and their first values; `folder` has been made ready by `RunFolder.begin`.
  public init(
    settings: TrainingSettings, source: DataSource, plans: TrainingPlans, store: ParameterStore, device: Device,
    folder: RunFolder, progress: ProgressReporter
  ) throws {
    let pass = DataSource.Pass.training(seed: settings.seed, epoch: 0, shuffle: settings.shuffle)
    guard source.sampleCount(pass) > 0 else {
      throw TrainingFailure.noSamples(source: source.description.name, what: "samples to train on")
    }
    self.settings = settings
    self.source = source
    self.store = store
    schedule = TrainingSchedule(settings.length, stepsPerEpoch: source.updates(perEpochOf: settings))
    step = TrainingStep(settings, source: source, plans: plans.train, store: store, device: device)
    evaluator = Evaluator(settings: settings, source: source, plans: plans.evaluate, store: store, device: device)
    output = TrainingOutput(folder)
    report = TrainingReport(schedule, progress)
    batches.reserveCapacity(min(settings.accumulate, schedule.stepsPerEpoch * settings.accumulate))
    let isHeldOut = Evaluator.validationScope(source) == .validation
    progressOfMeasure = settings.bestMeasure(isHeldOut: isHeldOut).map { MeasureProgress($0, settings.earlyStop) }
  }

  /// Trains from the beginning to the end. What was written before an error stays whole; weights are written only when
  /// all went well.
  public func run() throws -> TrainingSummary {
    try translating {
      let log = try MetricsLog(path: output.folder.metricsPath)
      let loader = BatchLoader(
        source: source, batchSize: settings.batchSize,
        schedule: .training(seed: settings.seed, shuffle: settings.shuffle, from: state.position),
        threads: settings.loaderThreads)
      try step.prepare(batch: settings.batchSize)
      if let average = settings.average { try store.startAverages(average.slots) }
      report.start()
      while state.step < schedule.steps, progressOfMeasure?.isExhausted != true, try takeBatches(loader) {
        try advance(log)
      }
      try withAverages { try WeightsFile.save(store, to: output.folder.weightsPath, metadata: metadata) }
      return summary()
    }
  }

  /// Lets the weights be their moving averages meanwhile, where there are any.
  private func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard let slots = settings.average?.slots else { return try body() }
    store.exchangeAverages(slots)
    defer { store.exchangeAverages(slots) }
    return try body()
  }

  /// Gets the batches of the next update: those left where an epoch has no more; false where there are none.
  private func takeBatches(_ loader: BatchLoader) throws(DataError) -> Bool {
    // The loader takes the last one back itself.
    while batches.count > 1 { loader.giveBack(batches.removeFirst()) }
    batches.removeAll(keepingCapacity: true)
    while batches.count < settings.accumulate, let batch = try loader.next() {
      batches.append(batch)
      if batch.isLastOfEpoch { break }
    }
    return !batches.isEmpty
  }

  /// One update, and what is due after it.
  private func advance(_ log: MetricsLog) throws {
    let start = Clock.seconds()
    let update = state.step + 1
    try step.run(batches, step: update)
    throughput.add(samples: batches.reduce(0) { $0 + $1.count }, seconds: Clock.seconds() - start)
    let position = state.position
    let endsEpoch = batches.last?.isLastOfEpoch ?? false
    state.advance(batches: batches.count, endsEpoch: endsEpoch)
    let isLast = state.step >= schedule.steps
    let validates = endsEpoch || isLast
    report.step(state.step, position, loss: { self.step.total(step: update) }, rate: throughput.current)
    if validates { try validate(epoch: position.epoch + 1) }
    if validates || update % logEvery == 0 {
      try log.append(record(update, epoch: position.epoch + 1, validation: validates ? lastEvaluation : nil))
    }
  }

  private func validate(epoch: Int) throws {
    let preview = PreviewSamples(limit: PreviewSheet.sampleLimit)
    let evaluation = try withAverages {
      try evaluator.evaluate(
        Evaluator.validationScope(source), step: state.step, preview: preview
      ) { [report] done, total in report.validation(done, total) }
    }
    lastEvaluation = evaluation
    if let failed = evaluation.losses.first(where: { !$0.value.isFinite }) {
      throw TrainingFailure.nonFiniteLoss(step: state.step, loss: failed.name, value: Float(failed.value))
    }
    if progressOfMeasure?.add(evaluation, step: state.step) == true { try saveBest() }
    try output.writePreview(preview, epoch: epoch)
    report.epoch(epoch, step.report(of: state.step, isWhole: true), step.total(step: state.step), evaluation)
  }

  private func saveBest() throws {
    try withAverages { try WeightsFile.save(store, to: output.folder.bestPath, metadata: metadata) }
  }

  private func record(_ update: Int, epoch: Int, validation: Evaluation?) -> MetricsRecord {
    MetricsRecord(
      step: update, epoch: epoch, loss: step.total(step: update), report: step.report(of: update),
      learningRate: step.learningRate(step: update), samplesPerSecond: throughput.sinceMark(), validation: validation)
  }

  private lazy var logEvery = max(1, settings.logEvery ?? LogInterval.automatic(steps: schedule.steps))

  private var metadata: [String: String] {
    var metadata = ["name": settings.name, "step": "\(state.step)"]
    metadata["optimizer"] = settings.phases.map(\.optimizer.kind.description).joined(separator: ", ")
    if let average = settings.average {
      metadata["ema"] = average.decay.isConstant ? "\(average.decay.from)" : "scheduled"
    }
    return metadata
  }

  private func summary() -> TrainingSummary {
    TrainingSummary(
      state: state, trainingLoss: state.step > 0 ? step.total(step: state.step) : nil,
      report: step.report(of: state.step, isWhole: true), validation: lastEvaluation,
      scope: Evaluator.validationScope(source), seconds: report.seconds, weightsPath: output.folder.weightsPath,
      previewPath: output.lastPreview, best: progressOfMeasure?.bestWeights(at: output.folder.bestPath),
      stop: progressOfMeasure?.reason, brokenPictures: source.brokenPictures.map(\.description))
  }
}

/// What a training run ended with.
public struct TrainingSummary: Equatable, Sendable {
  /// Steps made, and where the next would begin.
  public var state: TrainingState
  /// The last step's weighted total; nil without steps.
  public var trainingLoss: Double?
  /// What happened inside the phases when they last took part.
  public var report: StepReport
  /// The last validation.
  public var validation: Evaluation?
  /// The samples it looked at; `training` where none are held out.
  public var scope: EvaluationScope
  /// How long the run took.
  public var seconds: Double
  /// The weights.
  public var weightsPath: String
  /// The last picture; nil where outputs are no pictures.
  public var previewPath: String?
  /// The weights of the best validation; nil where there was none.
  public var best: BestWeights?
  /// Why training ended before its time; nil where it did not.
  public var stop: String?
  /// What was wrong with each picture that was left out.
  public var brokenPictures: [String] = []

  /// Lines for people: the last validation, what the network gained over its input, and where things are.
  public var text: String {
    var lines = ["trained \(state.step) \(state.step == 1 ? "step" : "steps") in \(NumberText.duration(seconds))"]
    if let validation {
      lines.append(
        "\(scope == .validation ? "validation" : "training samples"): " + validation.summary.joined(separator: ", "))
    }
    lines += report.lines
    if let stop { lines.insert("stopped early: \(stop)", at: 1) }
    lines += BrokenText.lines(brokenPictures)
    lines.append("weights: \(weightsPath)")
    if let best { lines.append("best weights: \(best.path) (\(best.text) at step \(best.step))") }
    if let previewPath { lines.append("preview (input | output | target): \(previewPath)") }
    return lines.joined(separator: "\n") + "\n"
  }
}
