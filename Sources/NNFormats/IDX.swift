/// The IDX format of the MNIST files (http://yann.lecun.com/exdb/mnist): a magic number with element type and number
/// of dimensions, the dimensions as big-endian 32-bit integers, then the values, big-endian.
public enum IDX {
  /// Opens an IDX file; the values are read from it later.
  public static func open(_ path: String) throws(FileError) -> StoredArray {
    let file = try InputFile(path: path)
    let start = try file.prefix(4)
    if start.isEmpty { throw FileError(damaged: path, "the file is empty") }
    if start.starts(with: [0x1F, 0x8B]) {
      throw FileError(path, .read, "it is compressed with gzip", remedy: .unpack("gzip"))
    }
    guard start.count == 4 else { throw FileError(damaged: path, "the file is truncated") }
    guard start[0] == 0, start[1] == 0, let type = elementTypes[start[2]], start[3] > 0 else {
      throw FileError(
        path, .read, "it is not an IDX file (its first bytes are not an IDX magic number)",
        remedy: .other("name a file like MNIST's train-images-idx3-ubyte, unpacked"))
    }
    let dimensions = Int(start[3])
    let bytes = try file.read(at: 4, count: dimensions * 4)
    let shape = (0..<dimensions).map { index in
      bytes[index * 4..<index * 4 + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    return try StoredArray(file: file, shape: shape, type: type, offset: 4 + dimensions * 4, bigEndian: true)
  }

  private static let elementTypes: [UInt8: ElementType] = [
    0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
  ]
}
