import NNCompiler
import NNFormats
import NNRuntime
import NNTraining

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where `nnc bench --tune` keeps what it measured: a file for each kind of processor and set of kernels, in the user's
/// folder of caches. Whatever is wrong with a file there, it is as if there were none, and a warning.
public struct TuningCache: Sendable {
  /// The folder; nil where nothing says which.
  let folder: String?

  /// The cache of this user: `NNC_CACHE`, `$XDG_CACHE_HOME/nnc` or `~/.cache/nnc`.
  public static var user: TuningCache {
    func variable(_ name: String) -> String? {
      guard let text = getenv(name) else { return nil }
      let value = String(cString: text)
      return value.isEmpty ? nil : value
    }
    // A relative path here is invalid, by the XDG base directory specification.
    if let given = Knob.cache.value { return TuningCache(folder: given) }
    if let base = variable("XDG_CACHE_HOME"), base.hasPrefix("/") {
      return TuningCache(folder: Folder.join(base, "nnc"))
    }
    return TuningCache(folder: variable("HOME").map { Folder.join($0, ".cache/nnc") })
  }

  /// A cache in `folder`.
  init(folder: String?) { self.folder = folder }

  /// What was measured for these kernels and so many threads; nothing where `NNC_TUNING` is off.
  public func tuning(kernels: KernelTable, threads: Int) -> (tuning: Tuning, warning: String?) {
    let isOff = Knob.tuning.value.map { ["off", "0"].contains($0) }
    if isOff == true { return (Tuning(), nil) }
    var (file, warning) = read(kernels)
    if isOff == false { warning = "ignoring NNC_TUNING: it takes off, or is not set" }
    return (file?.tuning(threads: threads) ?? Tuning(), warning)
  }

  /// The file for these kernels on this processor; nil where there is none, with a warning where it cannot be used.
  func read(_ kernels: KernelTable) -> (file: TuningFile?, warning: String?) {
    var status = stat()
    // Most users have no such folder: then not even the processor is asked for its name.
    guard let folder, stat(folder, &status) == 0, let path = path(kernels), access(path, F_OK) == 0 else {
      return (nil, nil)
    }
    do throws(FileError) {
      let bytes = try InputFile(path: path).readAll()
      guard let file = TuningFile(parsing: bytes) else {
        return (nil, "ignoring \(path): it is damaged; `nnc bench --tune` writes it anew")
      }
      guard file.processor == Machine.processorName, file.kernels == kernels.name else {
        return (nil, "ignoring \(path): it was measured on \(file.processor) with \(file.kernels) kernels")
      }
      return (file, nil)
    } catch {
      return (nil, "ignoring what was tuned: \(error)")
    }
  }

  /// Where the file for these kernels on this processor is.
  func path(_ kernels: KernelTable) -> String? {
    folder.map { folder in
      let name = Machine.processorName.lowercased().unicodeScalars.map { scalar in
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? String(scalar) : "-"
      }.joined().split(separator: "-").joined(separator: "-")
      return Folder.join(folder, "tuning-\(TuningFile.format)-\(name)-\(kernels.name).json")
    }
  }

  /// Puts these entries in place of those for the same convolutions; gives the file's path.
  func keep(_ entries: [String: TuningFile.Entry], threads: Int, kernels: KernelTable) throws(CommandFailure) -> String
  {
    try locked(kernels) { path in
      let file = merged(entries, threads: threads, kernels: kernels)
      try AtomicFile.write(Array(file.text.utf8), to: path)
      return path
    }
  }

  /// Throws where nothing could be kept, which is better known before it is measured.
  public func requireRoom(_ kernels: KernelTable) throws(CommandFailure) {
    try locked(kernels) { path in
      let probe = path + ".probe"
      defer { unlink(probe) }
      try AtomicFile.write([], to: probe)
    }
  }

  /// Does something with the file's path while no other process does; what two measure at once is all kept.
  private func locked<Result>(
    _ kernels: KernelTable, _ body: (_ path: String) throws -> Result
  ) throws(CommandFailure) -> Result {
    guard let folder, let path = path(kernels) else {
      throw .usage("there is no folder to keep this in: set NNC_CACHE, or HOME")
    }
    do {
      let lock = try RunLock.waiting(for: RunFolder(path: folder), seconds: Self.patience)
      defer { withExtendedLifetime(lock) {} }
      return try body(path)
    } catch TrainingFailure.runFolderLocked {
      throw .machine("cannot write \(path): another process keeps \(folder) locked")
    } catch {
      throw CommandFailure(error).adding(help: "NNC_CACHE names another folder")
    }
  }

  /// The seconds for which another process may write to the cache.
  private static let patience = 20.0

  /// The file as it is, with these entries in place of those for the same convolutions.
  private func merged(
    _ entries: [String: TuningFile.Entry], threads: Int, kernels: KernelTable
  ) -> TuningFile {
    var file = read(kernels).file ?? TuningFile(processor: Machine.processorName, kernels: kernels.name)
    for (name, entry) in entries {
      var kept = file.entries[name] ?? TuningFile.Entry()
      // Blockings of another algorithm say nothing of this one.
      if kept.algorithm != entry.algorithm { kept = TuningFile.Entry(algorithm: entry.algorithm) }
      kept.blockings[threads] = entry.blockings[threads]
      file.entries[name] = kept.algorithm == nil && kept.blockings.isEmpty ? nil : kept
    }
    return file
  }
}
