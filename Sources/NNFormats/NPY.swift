import NNText

/// NumPy's `.npy` format, versions 1.0, 2.0 and 3.0 (numpy.lib.format): reading of little-endian numbers in C order,
/// writing of float32.
public enum NPY {
  /// Opens a `.npy` file; the values are read from it later.
  public static func open(_ path: String) throws(FileError) -> StoredArray {
    let file = try InputFile(path: path)
    let start = try file.prefix(12)
    if start.isEmpty { throw FileError(damaged: path, "the file is empty") }
    guard start.starts(with: magic) else {
      let kind = FileKind(of: start).map { "\($0.name), not" } ?? "not"
      throw FileError(path, .read, "it is \(kind) a .npy file", remedy: .saveArray)
    }
    guard start.count == 12 else { throw FileError(damaged: path, "the file is truncated") }
    let version = start[6]
    guard (1...3).contains(version) else {
      throw FileError(
        path, .read, "version \(version).\(start[7]) of the .npy format is unknown", remedy: .saveArray)
    }
    let lengthBytes = version == 1 ? 2 : 4
    let length = start[8..<8 + lengthBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    if length > 1 << 20 { throw FileError(damaged: path, "its header claims \(length) bytes") }
    let header = try file.read(at: 8 + lengthBytes, count: length)
    let (type, shape) = try interpret(header, path: path)
    return try StoredArray(
      file: file, shape: shape, type: type, offset: 8 + lengthBytes + length, bigEndian: false)
  }

  /// Reads a whole file.
  public static func read(_ path: String) throws(FileError) -> (shape: [Int], values: [Float]) {
    let array = try open(path)
    return (array.shape, try array.readAll())
  }

  /// Writes `values` (row-major, as many as `shape` says) as float32, atomically.
  public static func write(_ values: [Float], shape: [Int], to path: String) throws(FileError) {
    guard StoredArray.product(shape[...]) == values.count else {
      throw FileError(path, .write, "\(values.count) values do not fill the shape \(shape)")
    }
    try AtomicFile.write(to: path) { writer throws(FileError) in
      try writer.write(header(shape: shape))
      try writer.write(values)
    }
  }

  /// The bytes before the values of a float32 array of `shape`: for writing a large array piece by piece.
  public static func header(shape: [Int]) -> [UInt8] {
    let list = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(list)), }"
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    let length = text.utf8.count
    return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8 & 0xFF)] + Array(text.utf8)
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  private static let elementTypes: [String: ElementType] = [
    "|b1": .bool, "|u1": .uint8, "|i1": .int8, "<u2": .uint16, "<i2": .int16, "<u4": .uint32, "<i4": .int32,
    "<u8": .uint64, "<i8": .int64, "<f2": .float16, "<f4": .float32, "<f8": .float64, "<u1": .uint8, "<i1": .int8,
  ]

  private static func interpret(
    _ header: [UInt8], path: String
  ) throws(FileError) -> (ElementType, [Int]) {
    guard var parser = PythonHeader(header), let fields = parser.dictionary() else {
      throw FileError(damaged: path, "its header is damaged")
    }
    guard case .text(let description)? = fields["descr"] else {
      throw FileError(
        path, .read, "it holds records or its header has no 'descr'; only plain numbers can be read", remedy: .saveArray
      )
    }
    guard let type = elementTypes[description] else {
      throw FileError(path, .read, unsupported(description), remedy: .saveArray)
    }
    guard case .flag(false)? = fields["fortran_order"] else {
      throw FileError(
        path, .read, "it is in Fortran order",
        remedy: .saveAs("rows: `numpy.save(path, numpy.ascontiguousarray(array))`"))
    }
    guard case .tuple(let shape)? = fields["shape"], shape.allSatisfy({ $0 >= 0 }) else {
      throw FileError(damaged: path, "its header has no valid 'shape'")
    }
    return (type, shape)
  }

  private static func unsupported(_ description: String) -> String {
    if description.hasPrefix(">") { return "it is big-endian ('\(description)')" }
    if description.contains("O") { return "it holds Python objects, which are never loaded" }
    return "its numbers are of type '\(description)'"
  }
}
