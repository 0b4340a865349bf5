#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Synchronization

/// Writing whole files so that a reader finds either the old or the new one, never a part.
///
/// The bytes go to a temporary file in the same folder, which is flushed to the disk and renamed; then the folder is
/// flushed. On failure the temporary file is removed and the old file stays. A target that exists and is not a regular
/// file (`/dev/stdout`, `/dev/full`, a pipe) is written straight. A symbolic link is followed.
public enum AtomicFile {
  private static let counter = Atomic<Int>(0)

  private static let temporaryPrefix = ".nnc-"
  private static let temporarySuffix = ".tmp"

  /// Removes the temporary files of processes that were killed while they wrote to this folder; this one writes to it no
  /// file now. Those of other processes that live stay.
  public static func removeLeftovers(in folder: String) throws(FileError) {
    for name in try Folder.names(in: folder, hidden: true) {
      guard name.hasPrefix(temporaryPrefix), name.hasSuffix(temporarySuffix), !isInUse(name) else { continue }
      let path = Folder.join(folder, name)
      if unlink(path) != 0 && errno != ENOENT { throw FileError(path, .write, systemError: errno) }
    }
  }

  /// Whether another process that lives made a temporary file.
  private static func isInUse(_ name: String) -> Bool {
    let number = name.dropFirst(temporaryPrefix.count).prefix { $0 != "-" }
    guard let process = pid_t(number), process > 0, process != getpid() else { return false }
    return kill(process, 0) == 0 || errno == EPERM
  }

  /// Replaces `path` by `bytes`.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try write(to: path) { writer throws(FileError) in try writer.write(bytes) }
  }

  /// Replaces `path` by what `body` writes; nothing happens to `path` when `body` throws.
  public static func write(
    to path: String, _ body: (FileWriter) throws(FileError) -> Void
  ) throws(FileError) {
    if path.utf8.contains(0) { throw FileError(path, .write, "the path contains a NUL character") }
    var status = stat()
    guard stat(path, &status) == 0 else {
      return try replace(path, target: try followed(path), mode: nil, body)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw FileError(path, .write, "it is a folder", remedy: .nameFile)
    case S_IFREG: try replace(path, target: resolved(path), mode: status.st_mode & 0o7777, body)
    default: try writeStraight(path, body)
    }
  }

  private static func writeStraight(
    _ path: String, _ body: (FileWriter) throws(FileError) -> Void
  ) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    if descriptor < 0 { throw FileError(path, .write, systemError: errno) }
    let writer = FileWriter(path: path, descriptor: descriptor)
    do throws(FileError) {
      try body(writer)
      try writer.flush()
    } catch {
      close(descriptor)
      throw error
    }
    if close(descriptor) != 0 { throw FileError(path, .write, systemError: errno) }
  }

  private static func replace(
    _ path: String, target: String, mode: mode_t?, _ body: (FileWriter) throws(FileError) -> Void
  ) throws(FileError) {
    let folder = Folder.parent(of: target)
    var (temporary, descriptor): (String, Int32)
    repeat {
      let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
      temporary = Folder.join(folder, "\(temporaryPrefix)\(getpid())-\(number)\(temporarySuffix)")
      descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      // A process of the same number, as in another container, may have left one, or be writing it.
    } while descriptor < 0 && errno == EEXIST
    if descriptor < 0 {
      let code = errno
      if code == ENOENT, !folder.isEmpty, try Folder.kind(of: folder) == .missing {
        throw FileError(path, .write, "there is no folder \(folder)", fault: .machine, remedy: .makeFolder(folder))
      }
      throw FileError(path, .write, systemError: code)
    }
    do throws(FileError) {
      if let mode { fchmod(descriptor, mode) }
      try finish(FileWriter(path: path, descriptor: descriptor), descriptor, body)
      if rename(temporary, target) != 0 { throw FileError(path, .write, systemError: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    try flushFolder(folder.isEmpty ? "." : folder, of: path)
  }

  private static func finish(
    _ writer: FileWriter, _ descriptor: Int32, _ body: (FileWriter) throws(FileError) -> Void
  ) throws(FileError) {
    do throws(FileError) {
      try body(writer)
      try writer.flush()
      if fsync(descriptor) != 0 { throw FileError(writer.path, .write, systemError: errno) }
    } catch {
      close(descriptor)
      throw error
    }
    if close(descriptor) != 0 { throw FileError(writer.path, .write, systemError: errno) }
  }

  private static func flushFolder(_ folder: String, of path: String) throws(FileError) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { return }  // a folder that may be written but not read: the rename has happened
    let failed = fsync(descriptor) != 0 && errno != EINVAL
    let code = errno
    close(descriptor)
    if failed { throw FileError(path, .write, systemError: code) }
  }

  /// Where a chain of links leads at whose end nothing is.
  private static func followed(_ path: String) throws(FileError) -> String {
    var path = path
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    for _ in 0..<40 {
      let count = readlink(path, &buffer, buffer.count)
      if count < 0 { return path }
      let link = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      path = Folder.join(Folder.parent(of: path), link)
    }
    throw FileError(path, .write, systemError: ELOOP)
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
