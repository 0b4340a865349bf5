#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Buffered writing to an open file; made by `AtomicFile`. Not for use from several threads at once.
public final class FileWriter {
  /// The path that errors name.
  public let path: String
  private let descriptor: Int32
  private var pending: [UInt8] = []
  private static let capacity = 1 << 18
  /// The checksum of all that was written, while it is set; `overwrite` does not change it.
  var checksum: CRC32C?

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
    pending.reserveCapacity(Self.capacity)
  }

  /// Appends bytes.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    let code = bytes.withUnsafeBytes { append($0) }
    if code != 0 { throw FileError(path, .write, systemError: code) }
  }

  /// Appends text as UTF-8.
  public func write(_ text: String) throws(FileError) { try write(Array(text.utf8)) }

  /// Appends values as little-endian float32.
  public func write(_ values: [Float]) throws(FileError) { try write(values[...]) }

  /// Appends values as little-endian float32.
  public func write(_ values: ArraySlice<Float>) throws(FileError) {
    #if _endian(big)
      #error("float32 files are little-endian")
    #endif
    let code = values.withUnsafeBytes { append($0) }
    if code != 0 { throw FileError(path, .write, systemError: code) }
  }

  /// Replaces bytes that were written before, `offset` from the file's start.
  func overwrite(at offset: Int, _ bytes: [UInt8]) throws(FileError) {
    try flush()
    let sent = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    if sent != bytes.count { throw FileError(path, .write, systemError: sent < 0 ? errno : ENOSPC) }
  }

  func flush() throws(FileError) {
    let code = drain()
    if code != 0 { throw FileError(path, .write, systemError: code) }
  }

  private func append(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    checksum?.update(bytes)
    if pending.count + bytes.count <= Self.capacity {
      pending.append(contentsOf: bytes)
      return 0
    }
    let code = drain()
    return code != 0 ? code : Descriptor.write(bytes, to: descriptor)
  }

  private func drain() -> Int32 {
    defer { pending.removeAll(keepingCapacity: true) }
    return pending.withUnsafeBytes { Descriptor.write($0, to: descriptor) }
  }
}
