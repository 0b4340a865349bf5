#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whether two paths lead to one file or folder; false where either leads nowhere.
func isSameFile(_ first: String, _ second: String) -> Bool {
  guard let a = FileIdentity(first), let b = FileIdentity(second) else { return false }
  return a == b
}

/// What a path leads to, however it is written.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64

  /// Nil where the path leads nowhere.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
  }
}
