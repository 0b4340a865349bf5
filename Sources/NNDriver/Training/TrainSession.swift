import NNFormats
import NNTensor
import NNTraining

extension Session {
  /// Trains as the spec and the options say; the run folder then holds the spec, the logs, previews, checkpoints and
  /// weights. Where it holds an unfinished run of this spec, that goes on.
  public func train(_ options: TrainingOptions) throws(CommandFailure) -> TrainingSummary {
    guard plans.spec.train != nil else {
      throw .usage("\(checked.path) does not say how to train: it has no `train`")
    }
    guard let plan = plans.train(batch: plans.trainingBatch) else {
      throw .usage("\(checked.path) has nothing to train")
    }
    try requireMemory(plan)
    var settings = plans.settings(options)
    settings.checkpoint.structure = RunStructure.hash(of: checked, plans)
    let source = try source()
    let folder = RunFolder(path: options.folder ?? "runs/\(plans.spec.name)")
    let progress = ProgressReporter(mode: options.progress, quiet: options.isQuiet)
    do {
      let lock = try RunLock(folder)
      defer { withExtendedLifetime(lock) {} }
      var isOurs = lock.isNew
      do {
        let earlier = EarlierRun(folder: folder, session: self, options: options, progress: progress)
        let checkpoint = options.fresh ? nil : try earlier.checkpoint(structure: settings.checkpoint.structure)
        settings.checkpoint.origin = checkpoint.map(\.state.origin) ?? options.transfer
        if checkpoint == nil { try begin(folder, settings, options, progress) }
        let trainer = try Trainer(
          settings: settings, source: source, plans: trainingPlans, store: store, device: device, folder: folder,
          progress: progress, resume: checkpoint, interruption: options.interruption)
        if trainer.isFinished { return try trainer.run() }
        isOurs = true
        try folder.makeFolders()
        if let checkpoint { earlier.announce(checkpoint) }
        if let text = specText(in: folder.path, options) { try AtomicFile.write(Array(text.utf8), to: folder.specPath) }
        return try trainer.run()
      } catch let failure as TrainingFailure where failure.isInterruption {
        throw failure
      } catch {
        if isOurs { folder.discardIfNothingWasMade() }
        throw error
      }
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Makes first values, and the folder ready for a new run.
  private func begin(
    _ folder: RunFolder, _ settings: TrainingSettings, _ options: TrainingOptions, _ progress: ProgressReporter
  ) throws {
    try initialize(seed: settings.seed)
    if let path = options.transfer {
      for line in try transfer(path, strict: options.isStrict).lines { progress.note([line]) }
    }
    try folder.begin(fresh: options.fresh)
  }

  /// The metrics and losses with the weights at `path`, over the validation split, or over all training samples where
  /// there is none.
  public func evaluate(weights path: String?) throws(CommandFailure) -> Evaluation {
    let settings = plans.settings(TrainingOptions())
    let source = try source()
    try requireMemory(plans.evaluate(batch: plans.trainingBatch))
    try initialize(seed: settings.seed)
    if let path { try load(path) }
    do {
      let evaluator = try Evaluator(
        settings: settings, source: source, plans: trainingPlans.evaluate, store: store, device: device)
      return try evaluator.evaluate(Evaluator.validationScope(source))
    } catch {
      throw CommandFailure(error)
    }
  }

  /// The spec with everything expanded, as the run folder keeps it: its paths lead from there, and its length of training
  /// is that of the run.
  func specText(in folder: String, _ options: TrainingOptions) -> String? {
    let length = options.steps.map { TrainingCount.steps($0) } ?? options.epochs.map { .epochs($0) }
    return checked.rendered(for: folder, length: length)?.text(origins: true)
  }
}
