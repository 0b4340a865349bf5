import NNFormats
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The checked-in files and the real data.
enum Fixture {
  static let folder = String(#filePath.dropLast("Support.swift".count)) + "Fixtures/"
  static let data = String(#filePath.dropLast("Tests/NNFormatsTests/Support.swift".count)) + "Specs/data/"

  static func bytes(_ name: String) throws -> [UInt8] { try InputFile(path: folder + name).readAll() }
}

/// A folder that is removed with everything in it.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/nnc-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
    }
    if !made { throw FileError("/tmp", .write, "no temporary folder can be made") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  func file(_ name: String) -> String { path + "/" + name }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let path = file(name)
    try AtomicFile.write(bytes, to: path)
    return path
  }

  /// All names, hidden ones too.
  var names: [String] {
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

/// A small deterministic generator for tests (SplitMix64).
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
