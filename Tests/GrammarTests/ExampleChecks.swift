import Foundation
import NNDiagnostics
import NNDriver
import NNSpec
import Testing

/// What `check` says of an example, in a folder of its own.
func answers(to example: SpecExample) throws -> [Diagnostic] {
  try withFolder { folder in
    for file in example.files { try write(file, to: folder.appendingPathComponent(file.path)) }
    let overrides = try example.overrides.map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      return Override(path: try #require(parts.first), value: parts.count > 1 ? parts[1] : "")
    }
    return try check(folder.appendingPathComponent(SpecExample.path), overrides: overrides).diagnostics.sorted
  }
}

private func write(_ file: SpecExample.File, to url: URL) throws {
  let folder = url.deletingLastPathComponent()
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  switch file.content {
  case .bytes(let bytes): try Data(bytes).write(to: url)
  case .repeated(let line, let count):
    try Data(Array(repeating: Array((line + "\n").utf8), count: count).joined()).write(to: url)
  case .zeros(let shape): try npy(shape).write(to: url)
  case .link(let target):
    try FileManager.default.createSymbolicLink(
      at: url, withDestinationURL: folder.appendingPathComponent(target))
  }
}

/// A file of zeros in NumPy's format 1.0.
private func npy(_ shape: [Int]) -> Data {
  var header =
    "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape.map(String.init).joined(separator: ", "))), }"
  header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
  let size = UInt16(header.utf8.count)
  let start = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(size & 255), UInt8(size >> 8)])
  return start + Data(header.utf8) + Data(count: 4 * shape.reduce(1, *))
}
