import NNFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a training run keeps its files: `spec.yaml`, `machine.json`, `tuning.json`, `metrics.jsonl`, TensorBoard's
/// events, `report.html`, `previews/epoch-0001.png` …, `checkpoints/step-00000100.safetensors` … and, at the end,
/// `weights.safetensors`, with `best.safetensors` beside it where validation chose them.
///
/// One process at a time writes to it (`RunLock`). `begin` refuses a folder that holds a run, and with `fresh` removes the
/// files of the run before, by their names; whatever else the user keeps there stays.
public struct RunFolder: Equatable, Sendable {
  /// The folder.
  public let path: String

  /// A folder that need not be there yet.
  public init(path: String) { self.path = path }

  /// The spec as it was trained; the driver writes it.
  public var specPath: String { Folder.join(path, "spec.yaml") }
  /// The machine that it was trained on; the driver writes it.
  public var machinePath: String { Folder.join(path, "machine.json") }
  /// The algorithms that measurements had chosen when it began; the driver writes it, where there are any.
  public var tuningPath: String { Folder.join(path, "tuning.json") }
  /// The page that shows the run; the driver writes it.
  public var reportPath: String { Folder.join(path, "report.html") }
  /// A line per logged step.
  public var metricsPath: String { Folder.join(path, "metrics.jsonl") }
  /// The trained weights.
  public var weightsPath: String { Folder.join(path, "weights.safetensors") }
  /// The weights of the best validation.
  public var bestPath: String { Folder.join(path, "best.safetensors") }
  /// The folder of pictures.
  public var previewsPath: String { Folder.join(path, "previews") }
  /// The folder of checkpoints.
  public var checkpointsPath: String { Folder.join(path, "checkpoints") }
  /// The weights that checkpoints leave out since no step changes them.
  var frozenPath: String { Folder.join(checkpointsPath, FrozenWeights.fileName) }
  /// The checkpoint after so many steps.
  public func checkpointPath(step: Int) -> String {
    Folder.join(
      checkpointsPath, RunFolder.checkpointPrefix + RunFolder.padded(step, to: 8) + RunFolder.checkpointSuffix)
  }

  private static let checkpointPrefix = "step-"
  private static let checkpointSuffix = ".safetensors"
  /// What is added to the name of a checkpoint that was found damaged.
  static let damagedSuffix = ".damaged"

  private static func padded(_ number: Int, to count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }

  /// The picture after an epoch, which counts from 1.
  public func previewPath(epoch: Int) -> String {
    Folder.join(previewsPath, "epoch-" + RunFolder.padded(epoch, to: 4) + ".png")
  }

  private static let fileNames = [
    "spec.yaml", "machine.json", "tuning.json", "report.html", "metrics.jsonl", "weights.safetensors",
    "best.safetensors",
  ]

  /// The files of a run that are there, by their names in the folder, those last without which it cannot go on; empty for
  /// a folder that is new or holds none.
  public func runFiles() throws(FileError) -> [String] {
    guard try Folder.kind(of: path) == .folder else { return [] }
    var found: [String] = []
    for file in RunFolder.fileNames {
      if try Folder.kind(of: Folder.join(path, file)) != .missing { found.append(file) }
    }
    found += try eventFiles()
    for picture in try previewNames() { found.append("previews/" + picture) }
    for (name, _) in try checkpoints(damaged: true) + checkpoints() { found.append("checkpoints/" + name) }
    if try Folder.kind(of: frozenPath) != .missing { found.append("checkpoints/" + FrozenWeights.fileName) }
    return found
  }

  /// The names of the files that `EventLog` made.
  func eventFiles() throws(FileError) -> [String] {
    try Folder.names(in: path).filter { EventLog.time(of: $0) != nil }
  }

  /// The steps of all checkpoints, the newest last.
  public func checkpointSteps() throws(FileError) -> [Int] { try checkpoints().map(\.step) }

  /// The checkpoints by name and step, or those that were found damaged.
  private func checkpoints(damaged: Bool = false) throws(FileError) -> [(name: String, step: Int)] {
    guard try Folder.kind(of: checkpointsPath) == .folder else { return [] }
    let suffix = RunFolder.checkpointSuffix + (damaged ? RunFolder.damagedSuffix : "")
    return try Folder.names(in: checkpointsPath).compactMap { name in
      guard name.hasPrefix(RunFolder.checkpointPrefix), name.hasSuffix(suffix) else { return nil }
      let digits = name.dropFirst(RunFolder.checkpointPrefix.count).dropLast(suffix.count)
      guard digits.count >= 8, digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
      return Int(digits).map { (name: name, step: $0) }
    }.sorted { $0.step < $1.step }
  }

  /// Removes a checkpoint.
  func removeCheckpoint(step: Int) throws(FileError) { try remove(checkpointPath(step: step)) }

  /// Gives a damaged checkpoint another name, so that it is not taken for one; gives that.
  public func setAsideCheckpoint(step: Int) throws(FileError) -> String {
    let (old, new) = (checkpointPath(step: step), checkpointPath(step: step) + RunFolder.damagedSuffix)
    if rename(old, new) != 0 { throw FileError(old, .write, systemError: errno) }
    return new
  }

  /// Makes the folder ready for a new run. Throws `TrainingFailure.runFolderInUse` where it holds one, unless `fresh`,
  /// which removes that run's files. A run that was ended before its first checkpoint is none.
  public func begin(fresh: Bool) throws {
    try translating {
      let files = try runFiles()
      if !fresh, !files.isEmpty, try !wasOnlyBegun(files) {
        let shown = Array(files.filter { !$0.contains("/") && EventLog.time(of: $0) == nil }.prefix(3))
        throw TrainingFailure.runFolderInUse(path: path, found: shown.isEmpty ? Array(files.prefix(1)) : shown)
      }
      for file in files { try remove(Folder.join(path, file)) }
      try makeFolders()
    }
  }

  /// Makes what folders are missing, and removes what files a process left that was killed while it wrote them.
  public func makeFolders() throws(FileError) {
    for folder in [path, previewsPath, checkpointsPath] { try Self.create(folder) }
    try removeLeftovers()
  }

  /// Removes what files a process left that was killed while it wrote them.
  public func removeLeftovers() throws(FileError) {
    for folder in [path, previewsPath, checkpointsPath] where try Folder.kind(of: folder) == .folder {
      try AtomicFile.removeLeftovers(in: folder)
    }
  }

  /// Whether the report was written before the run's weights, as by a process that was killed between the two.
  public var hasLateReport: Bool {
    var (report, weights) = (stat(), stat())
    guard stat(weightsPath, &weights) == 0 else { return false }
    guard stat(reportPath, &report) == 0 else { return true }
    let (written, needed) = (modification(of: report), modification(of: weights))
    return (written.tv_sec, written.tv_nsec) < (needed.tv_sec, needed.tv_nsec)
  }

  private func modification(of status: stat) -> timespec {
    #if canImport(Glibc)
      status.st_mtim
    #else
      status.st_mtimespec
    #endif
  }

  /// Whether these files are all that a run left which was ended before it had made anything: its spec, which is written
  /// first, and what stands beside it. Without a spec they may be somebody else's.
  private func wasOnlyBegun(_ files: [String]) throws(FileError) -> Bool {
    if try holdsResults() { return false }
    return files.contains("spec.yaml") || files.allSatisfy { $0 == "metrics.jsonl" || EventLog.time(of: $0) != nil }
  }

  /// Whether something of a run is there that took work: a logged step, weights, a checkpoint.
  private func holdsResults() throws(FileError) -> Bool {
    var status = stat()
    if stat(metricsPath, &status) == 0, status.st_size > 0 { return true }
    for file in [weightsPath, bestPath] where try Folder.kind(of: file) != .missing { return true }
    return try !checkpoints().isEmpty
  }

  /// Takes back what a run wrote that ended before its first step was logged or saved, so that the next may have the
  /// folder. What holds something else stays; the folder itself is its lock's to take back.
  public func discardIfNothingWasMade() {
    do throws(FileError) {
      if try checkpointSteps().last ?? 0 > 0 { return }
      var status = stat()
      guard stat(metricsPath, &status) != 0 || status.st_size == 0, stat(weightsPath, &status) != 0 else { return }
      for file in try runFiles() { try remove(Folder.join(path, file)) }
    } catch { return }  // the error that ended the run is the one to tell
    Self.removeEmpty([previewsPath, checkpointsPath])
  }

  /// The picture of the last epoch that has one.
  func lastPreview() throws(FileError) -> String? { try previews().last?.path }

  /// The pictures in the order of their epochs.
  public func previews() throws(FileError) -> [(epoch: Int, path: String)] {
    try previewNames().map { (Int($0.dropFirst(6).dropLast(4)) ?? 0, Folder.join(previewsPath, $0)) }
      .sorted { $0.epoch < $1.epoch }
  }

  private func previewNames() throws(FileError) -> [String] {
    guard try Folder.kind(of: previewsPath) == .folder else { return [] }
    return try Folder.names(in: previewsPath).filter { name in
      guard name.hasPrefix("epoch-"), name.hasSuffix(".png") else { return false }
      let digits = name.dropFirst(6).dropLast(4)
      return digits.count >= 4 && digits.allSatisfy { ("0"..."9").contains($0) }
    }
  }

  private func remove(_ file: String) throws(FileError) {
    if unlink(file) != 0 && errno != ENOENT { throw FileError(file, .write, systemError: errno) }
  }

  /// Makes a folder and those above it that are missing; gives those that it made, the outermost first. Where one cannot
  /// be made, none stays.
  @discardableResult
  public static func create(_ path: String) throws(FileError) -> [String] {
    if path.isEmpty { throw FileError(path, .write, "a folder has a name", remedy: .nameFolder) }
    var folders: [String] = []
    for part in path.split(separator: "/") {
      folders.append(Folder.join(folders.last ?? (path.hasPrefix("/") ? "/" : ""), String(part)))
    }
    var (made, next, attempts): ([String], Int, Int) = ([], 0, 8)
    do throws(FileError) {
      while next < folders.count {
        let code = mkdir(folders[next], 0o777) == 0 ? 0 : errno
        if code == 0 {
          made.append(folders[next])
        } else if code == ENOENT, attempts > 0 {
          // Another run may have taken back what it had made.
          (next, attempts) = (0, attempts - 1)
          continue
        } else {
          try require(folders[next], code)
        }
        next += 1
      }
    } catch {
      removeEmpty(made)
      throw error
    }
    return made
  }

  /// A folder must be there that could not be made; `EROFS` and `EACCES` come before `EEXIST` on some systems.
  private static func require(_ folder: String, _ code: Int32) throws(FileError) {
    if try Folder.kind(of: folder) == .folder { return }
    switch code {
    case EEXIST: throw FileError(folder, .write, "it is not a folder", remedy: .nameFolder)
    case ENOTDIR: throw FileError(folder, .write, "a part of the path is not a folder", remedy: .nameFolder)
    case ENOENT: throw FileError(folder, .write, "no folder can be made there", fault: .machine, remedy: .nameFolder)
    default: throw FileError(folder, .write, systemError: code)
    }
  }

  /// Removes folders, the last first, that hold nothing.
  static func removeEmpty(_ folders: [String]) {
    for folder in folders.reversed() { rmdir(folder) }
  }
}
