/// An array in an open file: read as a whole or by rows (the first dimension), converted to float32.
public struct StoredArray: Sendable {
  /// The file's path.
  public var path: String { file.path }
  /// The dimensions, outermost first; empty for a single number.
  public let shape: [Int]
  /// How the elements are stored.
  public let type: ElementType
  /// Elements of one row: the product of all dimensions but the first.
  public let rowCount: Int
  private let file: InputFile
  private let offset: Int
  private let bigEndian: Bool
  private static let pieceBytes = 1 << 20

  /// An array of `shape` at byte `offset` of `file`; an error when the file is too short for it.
  init(
    file: InputFile, shape: [Int], type: ElementType, offset: Int, bigEndian: Bool
  ) throws(FileError) {
    guard let row = Self.product(shape.dropFirst()), let total = Self.product(shape[...]),
      let bytes = Self.product([total, type.byteCount])
    else { throw FileError(damaged: file.path, "its shape \(shape) is not possible") }
    let (end, overflow) = offset.addingReportingOverflow(bytes)
    if overflow || end > file.byteCount {
      throw FileError(
        damaged: file.path,
        "the file is truncated: \(shape) \(type.rawValue) values need \(bytes) bytes, and \(max(0, file.byteCount - offset)) are there"
      )
    }
    self.file = file
    self.shape = shape
    self.type = type
    self.rowCount = row
    self.offset = offset
    self.bigEndian = bigEndian
  }

  /// The product of non-negative dimensions, or nil when one is negative or it overflows.
  static func product(_ dimensions: ArraySlice<Int>) -> Int? {
    var total = 1
    for dimension in dimensions {
      let (next, overflow) = total.multipliedReportingOverflow(by: dimension)
      if overflow || dimension < 0 { return nil }
      total = next
    }
    return total
  }

  /// All values, row-major.
  public func readAll() throws(FileError) -> [Float] {
    try readElements(from: 0, count: shape.reduce(1, *))
  }

  /// The values of these rows.
  public func read(rows: Range<Int>) throws(FileError) -> [Float] {
    guard rows.lowerBound >= 0, rows.upperBound <= (shape.first ?? 0) else {
      throw FileError(path, .read, "there are no rows \(rows.lowerBound)…\(rows.upperBound - 1)")
    }
    return try readElements(from: rows.lowerBound * rowCount, count: rows.count * rowCount)
  }

  private func readElements(from first: Int, count: Int) throws(FileError) -> [Float] {
    let size = type.byteCount
    if type == .float32 && !bigEndian { return try file.readFloats(at: offset + first * size, count: count) }
    var values: [Float] = []
    values.reserveCapacity(count)
    let piece = Self.pieceBytes / size
    for start in stride(from: 0, to: count, by: piece) {
      let length = min(piece, count - start)
      let bytes = try file.read(at: offset + (first + start) * size, count: length * size)
      values.append(contentsOf: type.floats(from: bytes, bigEndian: bigEndian))
    }
    return values
  }
}
