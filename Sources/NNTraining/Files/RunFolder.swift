import NNFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a training run keeps its files: `spec.yaml`, `metrics.jsonl`, `previews/epoch-0001.png` … and, at the end,
/// `weights.safetensors`, with `best.safetensors` beside it where validation chose them.
///
/// A folder that holds a run is never written to by another: `begin` refuses it, and with `fresh` removes the files of
/// the run before, by their names; whatever else the user keeps there stays.
public struct RunFolder: Equatable, Sendable {
  /// The folder.
  public let path: String

  /// A folder that need not be there yet.
  public init(path: String) { self.path = path }

  /// The spec as it was trained; the driver writes it.
  public var specPath: String { Folder.join(path, "spec.yaml") }
  /// A line per logged step.
  public var metricsPath: String { Folder.join(path, "metrics.jsonl") }
  /// The trained weights.
  public var weightsPath: String { Folder.join(path, "weights.safetensors") }
  /// The weights of the best validation.
  public var bestPath: String { Folder.join(path, "best.safetensors") }
  /// The folder of pictures.
  public var previewsPath: String { Folder.join(path, "previews") }
  /// The picture after an epoch, which counts from 1.
  public func previewPath(epoch: Int) -> String {
    let digits = String(epoch)
    return Folder.join(
      previewsPath, "epoch-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".png")
  }

  /// The files of a run that are there, by their names in the folder; empty for a folder that is new or holds none.
  public func runFiles() throws(FileError) -> [String] {
    guard try Folder.kind(of: path) == .folder else { return [] }
    var found: [String] = []
    for file in ["spec.yaml", "metrics.jsonl", "weights.safetensors", "best.safetensors"] {
      if try Folder.kind(of: Folder.join(path, file)) != .missing { found.append(file) }
    }
    for picture in try previewNames() { found.append("previews/" + picture) }
    return found
  }

  /// Makes the folder ready for a new run. Throws `TrainingFailure.runFolderInUse` where it holds one, unless `fresh`,
  /// which removes that run's files.
  public func begin(fresh: Bool) throws {
    try translating {
      let files = try runFiles()
      if !files.isEmpty && !fresh {
        let shown = Array(files.filter { !$0.hasPrefix("previews/") }.prefix(3))
        throw TrainingFailure.runFolderInUse(path: path, found: shown.isEmpty ? ["previews"] : shown)
      }
      for file in files { try remove(Folder.join(path, file)) }
      try Self.create(path)
      try Self.create(previewsPath)
    }
  }

  /// Takes back what a run made that ended before its first logged step, so that the next may have the folder. Folders
  /// that hold something else stay.
  public func discardIfNothingWasLogged() {
    var status = stat()
    guard stat(metricsPath, &status) != 0 || status.st_size == 0, stat(weightsPath, &status) != 0 else { return }
    do throws(FileError) {
      for file in try runFiles() { try remove(Folder.join(path, file)) }
    } catch { return }  // the error that ended the run is the one to tell
    rmdir(previewsPath)
    rmdir(path)
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

  /// Makes a folder and those above it that are missing.
  public static func create(_ path: String) throws(FileError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made = Folder.join(made, String(part))
      if mkdir(made, 0o777) == 0 { continue }
      let code = errno
      // `EROFS` and `EACCES` come before `EEXIST` on some systems.
      if try Folder.kind(of: made) == .folder { continue }
      if code == EEXIST { throw FileError(made, .write, "it is not a folder") }
      throw FileError(made, .write, systemError: code)
    }
  }
}
