import NNCompiler
import NNFormats
import NNTraining

/// The algorithms that a run keeps from its first step to its last, in its folder: what is tuned meanwhile changes no bit
/// of it.
struct RunTuning {
  let folder: RunFolder

  /// `now` with the algorithms of the run that goes on, or as it is where none does.
  func tuning(_ now: Tuning, fresh: Bool) throws(CommandFailure) -> Tuning {
    do {
      if try fresh || folder.checkpointSteps().isEmpty { return now }
      var kept = now.choices.mapValues { Tuning.Choice(blocking: $0.blocking) }
      for (name, entry) in try entries() { kept[name, default: Tuning.Choice()].algorithm = entry.algorithm }
      return Tuning(kept)
    } catch {
      throw CommandFailure(error)
    }
  }

  private func entries() throws -> [String: TuningFile.Entry] {
    guard try Folder.kind(of: folder.tuningPath) != .missing else { return [:] }
    guard let file = TuningFile(parsing: try InputFile(path: folder.tuningPath).readAll()) else {
      throw CommandFailure.data(
        "\(folder.tuningPath) is damaged: the algorithms of the run are not known any more\n--fresh begins anew")
    }
    return file.entries
  }

  /// Writes the algorithms of a run that begins, where measurements chose some.
  func write(_ tuning: Tuning, _ machine: Machine) throws(FileError) {
    let entries = tuning.algorithmsOnly.choices.mapValues { TuningFile.Entry(algorithm: $0.algorithm) }
    if entries.isEmpty { return }
    let file = TuningFile(processor: machine.processor, kernels: machine.kernels, entries: entries)
    try AtomicFile.write(Array(file.text.utf8), to: folder.tuningPath)
  }
}
