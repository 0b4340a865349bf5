import NNFormats

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder for a test's files, which is removed with everything in it.
public final class TemporaryFolder {
  /// Where it is.
  public let path: String

  /// Makes one of a new name.
  public init() throws {
    var template = Array("/tmp/nnc-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
    }
    if !made { throw FileError("/tmp", .write, "no temporary folder can be made") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  /// The path of a file in it.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file into it.
  @discardableResult
  public func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let path = file(name)
    try AtomicFile.write(bytes, to: path)
    return path
  }

  /// The names of all files in it, hidden ones too.
  public var names: [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func remove(_ path: String) {
    for name in (try? Folder.names(in: path)) ?? [] {
      let child = path + "/" + name
      if (try? Folder.kind(of: child)) == .folder { remove(child) } else { unlink(child) }
    }
    rmdir(path)
  }
}
