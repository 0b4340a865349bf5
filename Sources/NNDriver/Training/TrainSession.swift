import NNCompiler
import NNData
import NNFormats
import NNPlan
import NNTensor
import NNTraining

extension Session {
  /// Trains as the spec and the options say; the run folder then holds the spec, the logs, previews, checkpoints and
  /// weights. Where it holds an unfinished run of this spec, that goes on.
  public func train(_ options: TrainingOptions) throws(CommandFailure) -> TrainingSummary {
    let folder = RunFolder(path: options.folder ?? "runs/\(plans.spec.name)")
    try requireOwnSpec(folder)
    var session = self
    session.plans.options.tuning = try tuning(folder, options)
    let made = try session.makeTraining()
    let source = try source()
    do {
      let lock = try RunLock(folder)
      defer { withExtendedLifetime(lock) {} }
      // Another process may have written its own until it gave the folder free.
      let tuning = try tuning(folder, options)
      if tuning == session.plans.options.tuning { return try session.train(options, made, source, in: folder, lock) }
      session.plans.options.tuning = tuning
      return try session.train(options, session.makeTraining(), source, in: folder, lock)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// What the run keeps as `spec.yaml` must not replace one that somebody wrote.
  private func requireOwnSpec(_ folder: RunFolder) throws(CommandFailure) {
    do {
      guard !folder.path.isEmpty, try Folder.kind(of: folder.specPath) != .missing else { return }
      if RenderedSpec.isRendering(try InputFile(path: folder.specPath).readAll()) { return }
    } catch {
      throw CommandFailure(error)
    }
    throw .usage(
      "\(folder.specPath) is no run's spec, and training into \(folder.path) would replace it: "
        + "choose another folder with --run")
  }

  private func tuning(_ folder: RunFolder, _ options: TrainingOptions) throws(CommandFailure) -> Tuning {
    try RunTuning(folder: folder).tuning(plans.options.tuning, fresh: options.fresh)
  }

  private func train(
    _ options: TrainingOptions, _ made: TrainingMade, _ source: DataSource, in folder: RunFolder, _ lock: RunLock
  ) throws(CommandFailure) -> TrainingSummary {
    var settings = plans.settings(options)
    let plan = made.steps.largest
    (settings.checkpoint.structure, settings.checkpoint.specStructure) = RunStructure.hashes(of: checked, plans)
    settings.checkpoint.samplesAtATime = plan.samplesAtATime
    settings.subjects = MeasuredQuantities(checked).subjects
    let progress = ProgressReporter(mode: options.progress, quiet: options.isQuiet)
    if let text = plan.limitText { progress.note(["memory: \(text)"]) }
    // What this process began is taken back where it ends before it has made anything.
    var hasBegun = lock.isNew
    do {
      progress.warn(of: lock)
      let earlier = EarlierRun(folder: folder, session: self, options: options, progress: progress)
      let checkpoint = options.fresh ? nil : try earlier.checkpoint(settings.checkpoint)
      settings.checkpoint.origin = checkpoint.map(\.state.origin) ?? options.transfer
      if checkpoint == nil {
        try begin(folder, settings, options, progress)
        hasBegun = true
      }
      let machine = Machine(threads: device.pool.threadCount, kernels: device.kernels.name)
      let report = ReportKeeper(RunReport(folder, plans, memory: plan.picture, machine: machine), progress)
      let trainer = try Trainer(
        settings: settings, source: source, plans: trainingPlans, store: store, device: device, folder: folder,
        progress: progress, resume: checkpoint, interruption: options.interruption,
        whenLogged: report.refresh)
      if trainer.isFinished { return try tidied(folder, trainer, report) }
      try folder.makeFolders()
      if let checkpoint { earlier.announce(checkpoint, settings.checkpoint) }
      if let text = specText(in: folder.path, options) { try AtomicFile.write(Array(text.utf8), to: folder.specPath) }
      try AtomicFile.write(Array(machine.text.utf8), to: folder.machinePath)
      if checkpoint == nil { try RunTuning(folder: folder).write(plans.options.tuning, machine) }
      return try run(trainer, report)
    } catch let failure as TrainingFailure where failure.isInterruption {
      throw CommandFailure(failure)
    } catch {
      if hasBegun { folder.discardIfNothingWasMade() }
      throw CommandFailure(error)
    }
  }

  /// Trains to the end; the report tells of what was made also where numbers went wrong.
  private func run(_ trainer: Trainer, _ report: ReportKeeper) throws -> TrainingSummary {
    do {
      let summary = try trainer.run()
      report.write()
      return summary
    } catch let failure as TrainingFailure where failure.leavesReport {
      report.write()
      throw failure
    }
  }

  /// What a finished run gives. Where its process was killed at the very end, what that left is put right.
  private func tidied(
    _ folder: RunFolder, _ trainer: Trainer, _ report: ReportKeeper
  ) throws -> TrainingSummary {
    try folder.removeLeftovers()
    let summary = try trainer.run()
    if folder.hasLateReport { report.write() }
    return summary
  }

  /// Makes the plans of training, which fit into memory, and within the spec's limit.
  mutating func makeTraining() throws(CommandFailure) -> TrainingMade {
    guard plans.spec.train != nil else {
      throw .usage("\(checked.path) does not say how to train: it has no `train`")
    }
    guard let made = plans.keepTraining() else { throw .usage("\(checked.path) has nothing to train") }
    if let finding = plans.beyondLimit { throw .data(finding.sentence) }
    try requireMemory(made)
    return made
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
  /// there is none. A picture at `pictures` then shows the best and the worst samples by the first metric, `psnr` where
  /// the spec has none.
  public func evaluate(weights path: String?, pictures: String? = nil) throws(CommandFailure) -> Evaluation {
    let settings = plans.settings(TrainingOptions())
    let source = try source()
    let plan = plans.evaluate(batch: plans.trainingBatch)
    if let pictures {
      try requirePictures()
      try requireUnread(pictures, weights: path, source)
    }
    try requireMemory(plan)
    try initialize(seed: settings.seed, weights: path, later: true)
    do {
      let evaluator = Evaluator(
        settings: settings, source: source, plans: trainingPlans.evaluate, store: store, device: device)
      let scope = Evaluator.validationScope(source)
      let step = try path.flatMap { try WeightsFile.step(of: $0) }
      guard let pictures else { return try evaluator.evaluate(scope, step: step) }
      return try evaluator.evaluate(scope, step: step, picturing: settings.metrics.first ?? .psnr, at: pictures)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// The picture must not replace what it is made from.
  private func requireUnread(_ file: String, weights: String?, _ source: DataSource) throws(CommandFailure) {
    if isMissing(file) { return }
    let splits = [DataSource.Split.training, .validation]
    let samples = ([source] + source.companions).lazy.flatMap { source in
      splits.lazy.flatMap { split in
        (0..<source.sampleCount(.evaluation(split))).lazy.map { source.sampleTitle(split, $0) }
      }
    }
    let read = checked.sources.files.map(\.path) + [weights].compactMap(\.self)
    if let same = read.first(where: { isSameFile($0, file) }) ?? samples.first(where: { isSameFile($0, file) }) {
      throw .usage("--pictures would replace \(same), which is read")
    }
  }

  /// Whether the leading loss compares pictures, so that samples can be shown.
  private func requirePictures() throws(CommandFailure) {
    guard let loss = plans.model.losses.leading else { return }
    let shape = loss.predictionShape
    guard shape.count == 3, shape[2] == 1 || shape[2] == 3 else {
      throw .usage("--pictures: `\(loss.network)` gives \(Shape(shape)), no picture of 1 or 3 channels")
    }
    if loss.comparesLabels {
      throw .usage("--pictures: `\(loss.name)` compares with labels, not with pictures")
    }
  }

  /// The spec with everything expanded, as the run folder keeps it: its paths lead from there, and its length of training
  /// is that of the run.
  func specText(in folder: String, _ options: TrainingOptions, origins: Bool = true) -> String? {
    let length = options.steps.map { TrainingCount.steps($0) } ?? options.epochs.map { .epochs($0) }
    return checked.rendered(for: folder, length: length)?.text(origins: origins)
  }
}
