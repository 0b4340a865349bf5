import NNFormats
import NNTraining

/// The run that a folder holds already.
struct EarlierRun {
  let folder: RunFolder
  let session: Session
  let options: TrainingOptions
  let progress: ProgressReporter

  /// The checkpoint that training goes on from: the newest that is whole. Nil where there is no checkpoint at all; where
  /// none is whole, or they are of another spec, that is an error which says how to go on.
  func checkpoint(structure: String) throws -> Checkpoint? {
    guard let checkpoint = try newest() else { return nil }
    if checkpoint.state.structure != structure { throw CommandFailure.usage(difference(checkpoint)) }
    if let origin = options.transfer, origin != checkpoint.state.origin {
      throw TrainingFailure.runFolderInUse(path: folder.path, found: ["a run that did not begin with \(origin)"])
    }
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
        damaged.append((step, error))
      }
    }
    if damaged.isEmpty { return nil }
    var reasons: [String] = []
    for case let reason in damaged.map({ "  \($0.error)" }) where !reasons.contains(reason) { reasons.append(reason) }
    throw CommandFailure.data(
      """
      the run in \(folder.path) cannot go on, since none of its checkpoints is whole:
      \(reasons.joined(separator: "\n"))
      --fresh begins anew
      """)
  }

  /// Says that the run goes on, and what else the spec says by now.
  func announce(_ checkpoint: Checkpoint) {
    let step = checkpoint.state.training.step
    progress.note(["going on after step \(step), from \(checkpoint.path)"])
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

  private var oldText: String? {
    (try? InputFile(path: folder.specPath).readAll()).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What differs between the run's spec and the one at hand.
  private var oldDiff: SpecDiff? {
    let old = CheckedSpec.load(path: folder.specPath, kernels: session.checked.kernels)
    return try? SpecDiff(old, session.checked)
  }
}
