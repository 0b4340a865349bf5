import NNFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that grows by whole records: what a full disk let through of one is taken back.
final class AppendedFile {
  /// The file.
  let path: String
  private let descriptor: Int32

  /// Opens the file for appending; makes it where it is missing.
  init(path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw FileError(path, .write, systemError: errno) }
  }

  deinit { close(descriptor) }

  /// Appends a record.
  func append(_ bytes: [UInt8]) throws(FileError) {
    let start = lseek(descriptor, 0, SEEK_END)
    let code = bytes.withUnsafeBytes { Descriptor.write($0, to: descriptor) }
    if code == 0 { return }
    if start >= 0 { _ = ftruncate(descriptor, start) }
    throw FileError(path, .write, systemError: code)
  }

  /// Cuts the file to this length.
  func truncate(to length: Int) throws(FileError) {
    if ftruncate(descriptor, off_t(length)) != 0 { throw FileError(path, .write, systemError: errno) }
  }

  /// Brings what was appended to the disk.
  func flush() throws(FileError) {
    if fsync(descriptor) != 0 && errno != EINVAL { throw FileError(path, .write, systemError: errno) }
  }
}
