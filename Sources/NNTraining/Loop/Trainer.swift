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

/// Trains: batch after batch through the training plan, validation and a preview after each epoch, checkpoints on the
/// way, the weights at the end.
public final class Trainer {
  private let settings: TrainingSettings
  private let source: DataSource
  private let store: ParameterStore
  private let device: Device
  private let schedule: TrainingSchedule
  private let step: TrainingStep
  private let evaluator: Evaluator
  private let folder: RunFolder
  private let keeper: CheckpointKeeper
  private let report: TrainingReport
  private let interruption: Interruption
  private let resumed: Checkpoint?
  private let whenLogged: () -> Void

  private var state = TrainingState()
  private var isValidationDue = false
  private var throughput = Throughput()
  private var progressOfMeasure: MeasureProgress?
  private var lastEvaluation: Evaluation?
  private var brokenBefore: [String] = []
  private var output: TrainingOutput?

  /// The store has its parameters and their first values; `folder` is held (`RunLock`), and made ready by
  /// `RunFolder.begin` or, where training goes on from a checkpoint, by `RunFolder.makeFolders`. `whenLogged` is called
  /// after each validation, when the log and the pictures have it.
  public init(
    settings: TrainingSettings, source: DataSource, plans: TrainingPlans, store: ParameterStore, device: Device,
    folder: RunFolder, progress: ProgressReporter, resume: Checkpoint? = nil,
    interruption: Interruption = Interruption(), whenLogged: @escaping () -> Void = {}
  ) throws {
    let pass = DataSource.Pass.training(seed: settings.seed, epoch: 0, shuffle: settings.shuffle)
    guard source.sampleCount(pass) > 0 else {
      throw TrainingFailure.noSamples(source: source.description.name, what: "samples to train on")
    }
    self.settings = settings
    self.source = source
    self.store = store
    self.device = device
    self.folder = folder
    self.interruption = interruption
    self.whenLogged = whenLogged
    resumed = resume
    schedule = TrainingSchedule(settings.length, stepsPerEpoch: source.updates(perEpochOf: settings))
    step = TrainingStep(settings, source: source, plans: plans.train, store: store, device: device)
    evaluator = Evaluator(settings: settings, source: source, plans: plans.evaluate, store: store, device: device)
    keeper = CheckpointKeeper(folder, store, settings, resumed: resume?.state)
    report = TrainingReport(schedule, progress)
    let isHeldOut = Evaluator.validationScope(source) == .validation
    // Where nothing is measured any more, what was best stays so.
    let goesOn = (resume?.state.training.step ?? 0) < schedule.steps
    progressOfMeasure = settings.bestMeasure(isHeldOut: isHeldOut).map {
      MeasureProgress(
        $0, settings.earlyStop, of: goesOn ? settings.subject(of: $0) : nil, from: resume?.state.progress)
    }
    if let state = resume?.state { takeUp(state) }
  }

  private func takeUp(_ checkpoint: CheckpointState) {
    state = checkpoint.training
    // Where the data has fewer samples by now, the next epoch begins.
    let pass = DataSource.Pass.training(seed: settings.seed, epoch: 0, shuffle: settings.shuffle)
    if state.position.batch >= source.batchCount(pass, batchSize: settings.batchSize) {
      state.position = BatchPosition(epoch: state.position.epoch + 1)
    }
    isValidationDue = checkpoint.isValidationDue
    step.goOn(from: checkpoint)
    lastEvaluation = checkpoint.evaluation
    brokenBefore = checkpoint.brokenPictures
  }

  /// Whether there is no step left to make.
  public var isAtEnd: Bool {
    !isValidationDue && (state.step >= schedule.steps || progressOfMeasure?.isExhausted == true)
  }

  /// Whether all is made, the final weights included.
  public var isFinished: Bool {
    isAtEnd && resumed != nil && (try? WeightsFile.step(of: folder.weightsPath)) == state.step
  }

  /// Trains to the end. What was written before an error stays whole; weights are written only when all went well. Where
  /// a signal asks for the end, a checkpoint is written before `TrainingFailure.interrupted` is thrown.
  public func run() throws -> TrainingSummary {
    if isFinished { return summary() }
    do {
      return try translating { try train() }
    } catch let failure as TrainingFailure {
      switch failure {
      case .diverged(let divergence): throw TrainingFailure.diverged(explained(divergence))
      case .file(let error) where error.action == .write:
        throw TrainingFailure.unwritten(error, checkpoint: keeper.last.flatMap { $0 > 0 ? $0 : nil })
      case .data where state.step > keeper.last ?? 0:
        // What was made until then is sound; the samples' error is the one to tell.
        try? save()
        throw failure
      default: throw failure
      }
    }
  }

  private func train() throws -> TrainingSummary {
    let output = try TrainingOutput(folder, after: state.step, isLogged: !isValidationDue)
    self.output = output
    device.arena.expect(try step.plans(batch: settings.batchSize) + evaluator.plans(Evaluator.validationScope(source)))
    try step.prepare(batch: settings.batchSize)
    if let average = settings.average { try store.startAverages(average.slots) }
    if let resumed {
      if let before = resumed.state.progress?.best, progressOfMeasure?.best == nil {
        report.note(
          "validation measures something else by now: the best until now, of step \(before.step), is not compared with")
      }
      try resumed.load(into: store, settings)
      try reconcileBest()
      try keeper.prune(best: progressOfMeasure?.best?.step)
      try keeper.keepFrozen()
    } else {
      try keeper.keepFrozen()
      try save()
    }
    report.start(after: state.step)
    var batches = TrainingBatches(source, settings, from: state.position)
    if isValidationDue { try finishStep(endsEpoch: state.position.batch == 0) }
    while !isAtEnd, try batches.take(attending: attend) { try advance(batches) }
    try withAverages { try WeightsFile.save(store, to: folder.weightsPath, metadata: metadata) }
    return summary()
  }

  /// Lets the weights be their moving averages meanwhile, where there are any; within such a body, themselves again.
  private func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard let slots = settings.average?.slots else { return try body() }
    store.exchangeAverages(slots)
    defer { store.exchangeAverages(slots) }
    return try body()
  }

  /// One update, and what is due after it.
  private func advance(_ batches: TrainingBatches) throws {
    let start = Clock.seconds()
    let update = state.step + 1
    try step.run(batches.current, step: update)
    throughput.add(samples: batches.sampleCount, seconds: Clock.seconds() - start)
    let position = state.position
    state.advance(batches: batches.current.count, endsEpoch: batches.endsEpoch)
    isValidationDue = batches.endsEpoch || state.step >= schedule.steps
    report.step(state.step, position, loss: { self.step.total(step: update) }, rate: throughput.current)
    try finishStep(endsEpoch: batches.endsEpoch)
  }

  /// What is due after an update: validation, the log, a checkpoint.
  private func finishStep(endsEpoch: Bool) throws {
    let validates = isValidationDue
    let best = progressOfMeasure?.best
    let epoch = state.position.epoch + (endsEpoch ? 0 : 1)
    if validates { try validate(epoch: epoch) }
    isValidationDue = false
    if validates || state.step % logEvery == 0 {
      try output?.write(record(state.step, epoch: epoch, validation: validates ? lastEvaluation : nil))
    }
    if validates { whenLogged() }
    let isDue = settings.checkpoint.isDue(step: state.step, endedEpochs: endsEpoch ? epoch : nil)
    if isDue || isAtEnd || progressOfMeasure?.best != best { try save() }
    try attend()
  }

  private func validate(epoch: Int) throws {
    let preview = PreviewSamples(limit: PreviewSheet.sampleLimit)
    let scope = Evaluator.validationScope(source)
    let evaluation: Evaluation
    do {
      evaluation = try withAverages {
        try evaluator.evaluate(
          scope, step: state.step, preview: preview,
          attend: {
            if interruption.takeSaveRequest() { try withAverages { try save() } }
            if interruption.endingSignal != nil { throw Interrupted() }
          }
        ) { [report] done, total in report.evaluation(of: scope, done, total) }
      }
    } catch is Interrupted {
      // It is made again, from its beginning, when training goes on.
      try attend()
      throw Interrupted()
    }
    lastEvaluation = evaluation
    if let failed = evaluation.losses.first(where: { !$0.value.isFinite }) {
      throw TrainingFailure.diverged(
        Divergence(step: state.step, what: .validation(failed.name, value: Float(failed.value))))
    }
    if progressOfMeasure?.add(evaluation, step: state.step) == true { try saveBest() }
    if let obstacle = try output?.writePreview(preview, epoch: epoch, step: state.step) {
      report.warn("there are no previews: \(obstacle)")
    }
    report.epoch(
      epoch, step.report(of: state.step, isWhole: true), step.total(step: state.step), evaluation,
      scope)
  }

  private struct Interrupted: Error {}

  private func saveBest() throws {
    try withAverages { try WeightsFile.save(store, to: folder.bestPath, metadata: metadata) }
  }

  private func record(_ update: Int, epoch: Int, validation: Evaluation?) -> MetricsRecord {
    MetricsRecord(
      step: update, epoch: epoch, loss: step.total(step: update), report: step.report(of: update),
      learningRates: step.learningRates(step: update), samplesPerSecond: throughput.sinceMark(), validation: validation)
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
      state: state, trainingLoss: step.total(step: state.step),
      report: step.report(of: state.step, isWhole: true), validation: lastEvaluation,
      scope: Evaluator.validationScope(source), seconds: report.seconds, resumedAt: resumed?.state.training.step,
      weightsPath: folder.weightsPath, previewPath: output?.lastPreview, wasFinished: output == nil,
      best: progressOfMeasure?.bestWeights(at: folder.bestPath), stop: progressOfMeasure?.reason,
      brokenPictures: brokenPictures)
  }

  private var brokenPictures: [String] {
    let now = source.brokenPictures.map(\.description)
    return brokenBefore.filter { !now.contains($0) } + now
  }
}

// MARK: - Checkpoints and what is asked from outside

extension Trainer {
  /// Does what was asked from outside: saves, and where the end was asked for, throws.
  private func attend() throws {
    if interruption.takeSaveRequest() { try save() }
    guard let signal = interruption.endingSignal else { return }
    try save()
    let checkpoint = folder.checkpointPath(step: state.step)
    throw TrainingFailure.interrupted(signal: signal, step: state.step, checkpoint: checkpoint)
  }

  private func save() throws {
    try output?.flush()
    try keeper.save(checkpointState, metadata: metadata)
  }

  private var checkpointState: CheckpointState {
    var checkpoint = CheckpointState()
    checkpoint.training = state
    checkpoint.updates = step.updates(after: state.step)
    checkpoint.isValidationDue = isValidationDue
    checkpoint.losses = step.lastLosses
    checkpoint.gauges = step.gauges.readings
    checkpoint.progress = progressOfMeasure?.state
    checkpoint.evaluation = lastEvaluation
    checkpoint.brokenPictures = brokenPictures
    checkpoint.seed = settings.seed
    checkpoint.structure = settings.checkpoint.structure
    checkpoint.specStructure = settings.checkpoint.specStructure
    checkpoint.samplesAtATime = settings.checkpoint.samplesAtATime
    checkpoint.origin = settings.checkpoint.origin
    return checkpoint
  }

  /// Makes the best weights those that the checkpoint tells of, where an ended process had come further.
  private func reconcileBest() throws {
    guard let best = progressOfMeasure?.best, (try? WeightsFile.step(of: folder.bestPath)) != best.step else { return }
    let path = folder.checkpointPath(step: best.step)
    guard try Folder.kind(of: path) == .file else { return }
    var metadata = self.metadata
    metadata["step"] = "\(best.step)"
    try Checkpoint(path: path).writeWeights(to: folder.bestPath, names: store.names, metadata: metadata)
  }

  /// Where numbers went wrong first; that they did is what to tell where the search itself fails.
  private func explained(_ divergence: Divergence) -> Divergence {
    do {
      return try origin(of: divergence)
    } catch TrainingFailure.diverged {
      return divergence
    } catch {
      report.note("where it began is not known: \(error)")
      return divergence
    }
  }

  private func origin(of divergence: Divergence) throws -> Divergence {
    guard let checkpoint = try keeper.newest() else { return divergence }
    report.note("looking for where it began: making the steps after \(checkpoint.state.training.step) again")
    let attend = { [interruption] in
      if interruption.endingSignal != nil { throw TrainingFailure.diverged(divergence) }
    }
    let search = DivergenceSearch(
      step: step, source: source, settings: settings, store: store, evaluator: evaluator
    ) { [self] in
      _ = try withAverages {
        try evaluator.evaluate(
          Evaluator.validationScope(source), step: state.step, preview: nil, attend: attend)
      }
    }
    return try search.origin(of: divergence, from: checkpoint, attend: attend)
  }
}
