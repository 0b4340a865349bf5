#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A regular file, open for reading at any place. A file that becomes shorter while it is read gives an error (which
/// memory mapping could not: it would be a signal).
public final class InputFile: Sendable {
  /// The path as given.
  public let path: String
  /// The length when the file was opened.
  public let byteCount: Int
  private let descriptor: Int32

  /// Opens `path`. Folders, pipes and devices are refused.
  public init(path: String) throws(FileError) {
    if path.utf8.contains(0) { throw FileError(path, .read, "the path contains a NUL character") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw FileError(path, .read, systemError: errno) }
    var status = stat()
    if fstat(descriptor, &status) != 0 {
      let code = errno
      close(descriptor)
      throw FileError(path, .read, systemError: code)
    }
    if status.st_mode & S_IFMT != S_IFREG {
      close(descriptor)
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw isFolder
        ? FileError(path, .read, "it is a folder", remedy: .nameFile)
        : FileError(path, .read, "it is not a regular file", remedy: .other("copy what it gives into a file first"))
    }
    self.path = path
    self.byteCount = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The `count` bytes from `offset`; fewer than that in the file is an error.
  public func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    try checkRange(offset, count)
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      failure = fill(UnsafeMutableRawBufferPointer(buffer), at: offset)
      initialized = failure == nil ? count : 0
    }
    if let failure { throw failure }
    return bytes
  }

  /// At most `limit` bytes from the start.
  public func prefix(_ limit: Int) throws(FileError) -> [UInt8] {
    try read(at: 0, count: min(limit, byteCount))
  }

  /// The whole file.
  public func readAll() throws(FileError) -> [UInt8] { try read(at: 0, count: byteCount) }

  /// The `count` little-endian float32 values from byte `offset`.
  func readFloats(at offset: Int, count: Int) throws(FileError) -> [Float] {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 4)
    if overflow { throw FileError(damaged: path, "the file is truncated") }
    try checkRange(offset, bytes)
    var failure: FileError?
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      failure = fill(UnsafeMutableRawBufferPointer(buffer), at: offset)
      initialized = failure == nil ? count : 0
    }
    if let failure { throw failure }
    return values
  }

  private func checkRange(_ offset: Int, _ count: Int) throws(FileError) {
    let (end, overflow) = offset.addingReportingOverflow(count)
    if offset < 0 || count < 0 || overflow || end > byteCount {
      throw FileError(damaged: path, "the file is truncated")
    }
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> FileError? {
    var done = 0
    while done < buffer.count, let base = buffer.baseAddress {
      let got = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
      if got < 0 && errno == EINTR { continue }
      if got < 0 { return FileError(path, .read, systemError: errno) }
      if got == 0 {
        return FileError(
          path, .read, "the file became shorter while it was read",
          remedy: .other("wait until no other program writes to it"))
      }
      done += got
    }
    return nil
  }
}
