import NNFormats
import NNTraining

/// The run that a folder holds already.
struct EarlierRun {
  let folder: RunFolder
  let session: Session
  let options: TrainingOptions
  let progress: ProgressReporter

  /// The checkpoint that training goes on from: the newest that is whole. Nil where there is no checkpoint at all; where
  /// none is whole, or they are of another spec or version, that is an error which says how to go on.
  func checkpoint(_ settings: CheckpointSettings) throws -> Checkpoint? {
    guard let checkpoint = try newest() else { return nil }
    if checkpoint.state.structure != settings.structure {
      let isTuning = checkpoint.state.specStructure == settings.specStructure
      throw CommandFailure.usage(isTuning ? try lostTuning(checkpoint) : difference(checkpoint))
    }
    if let origin = options.transfer { try folder.requireOrigin(origin, of: checkpoint) }
    return checkpoint
  }

  private func newest() throws -> Checkpoint? {
    var damaged: [(step: Int, error: FileError)] = []
    for step in try folder.checkpointSteps().reversed() {
      do throws(FileError) {
        let checkpoint = try Checkpoint(path: folder.checkpointPath(step: step))
        for (step, error) in damaged {
          progress.warn("\(error); it is now called \(Folder.baseName(try folder.setAsideCheckpoint(step: step)))")
        }
        return checkpoint
      } catch {
        if error.fault == .machine { throw error }
        // What is whole may be of another version, or lack its frozen weights: training never goes on before it.
        if Checkpoint.isWhole(folder.checkpointPath(step: step)) { throw obstacle("", [error]) }
        damaged.append((step, error))
      }
    }
    if damaged.isEmpty { return nil }
    throw obstacle(", since none of its checkpoints is whole", damaged.map(\.error))
  }

  private func obstacle(_ summary: String, _ errors: [FileError]) -> CommandFailure {
    var reasons: [String] = []
    for case let reason in errors.map({ "  \($0)" }) where !reasons.contains(reason) { reasons.append(reason) }
    var help: [String] = []
    for text in errors.flatMap(\.help) where !help.contains(text) { help.append(text) }
    let failure = CommandFailure.data(
      """
      the run in \(folder.path) cannot go on\(summary):
      \(reasons.joined(separator: "\n"))
      --fresh begins anew
      """)
    return help.reduce(failure) { $0.adding(help: $1) }
  }

  /// Says that the run goes on, and what else the spec says by now.
  func announce(_ checkpoint: Checkpoint, _ settings: CheckpointSettings) {
    let step = checkpoint.state.training.step
    progress.note(["going on after step \(step), from \(checkpoint.path)"])
    if let before = checkpoint.state.samplesAtATime, let now = settings.samplesAtATime, before != now {
      progress.note([
        "  changed since: \(now) samples at a time instead of \(before): sums round otherwise"
      ])
    }
    guard let text = session.specText(in: folder.path, options), let old = oldText, old != text,
      let diff = oldDiff
    else { return }
    for setting in diff.settings where !["train.steps", "train.epochs"].contains(setting.key) {
      progress.note(["  changed since: \(setting.text)"])
    }
  }

  private func difference(_ checkpoint: Checkpoint) -> String {
    """
    the run in \(folder.path) cannot go on, since its checkpoints do not fit the spec any more
    \(oldDiff?.text ?? "(its own spec, \(folder.specPath), can no longer be read)\n")
    to go on from what fits of its weights: --run OTHER --transfer \(checkpoint.path)
    to begin anew in the same folder: --fresh
    """
  }

  private func lostTuning(_ checkpoint: Checkpoint) throws(FileError) -> String {
    let path = folder.tuningPath
    let isMissing = try Folder.kind(of: path) == .missing
    return """
      the run in \(folder.path) cannot go on in the same bits: \(path), which keeps the tuned algorithms that it began \
      with, \(isMissing ? "is missing" : "was changed")
      to go on: put back that file as it was
      to go on from its weights: --run OTHER --transfer \(checkpoint.path)
      to begin anew in the same folder: --fresh
      """
  }

  private var oldText: String? {
    (try? InputFile(path: folder.specPath).readAll()).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What differs between the run's spec and the one at hand.
  private var oldDiff: SpecDiff? {
    let old = CheckedSpec.load(path: folder.specPath, kernels: session.checked.kernels)
    return try? SpecDiff(old, session.checked)
  }
}

extension RunFolder {
  /// Throws where the folder's run began with other weights than those at `origin`.
  func requireOrigin(_ origin: String, of checkpoint: Checkpoint) throws(TrainingFailure) {
    guard origin != checkpoint.state.origin else { return }
    throw .runFolderInUse(path: path, found: ["a run that did not begin with \(origin)"])
  }
}
