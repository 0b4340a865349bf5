/// How array files store a number. All are converted to float32 on reading.
public enum ElementType: String, Equatable, Sendable, CaseIterable {
  /// One byte, zero or not.
  case bool
  /// Unsigned and signed integers.
  case uint8, int8, uint16, int16, uint32, int32, uint64, int64
  /// IEEE 754 binary16.
  case float16
  /// The upper half of a binary32.
  case bfloat16
  /// IEEE 754 binary32 and binary64.
  case float32, float64

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// The elements in `bytes` (their number is `bytes.count / byteCount`), converted.
  func floats(from bytes: [UInt8], bigEndian: Bool) -> [Float] {
    switch self {
    case .bool: return bytes.map { $0 == 0 ? 0 : 1 }
    case .uint8: return bytes.map { Float($0) }
    case .int8: return bytes.map { Float(Int8(bitPattern: $0)) }
    case .uint16: return convert(bytes, bigEndian) { (word: UInt16) in Float(word) }
    case .int16: return convert(bytes, bigEndian) { (word: Int16) in Float(word) }
    case .uint32: return convert(bytes, bigEndian) { (word: UInt32) in Float(word) }
    case .int32: return convert(bytes, bigEndian) { (word: Int32) in Float(word) }
    case .uint64: return convert(bytes, bigEndian) { (word: UInt64) in Float(word) }
    case .int64: return convert(bytes, bigEndian) { (word: Int64) in Float(word) }
    case .float16: return convert(bytes, bigEndian, ElementType.float(fromHalf:))
    case .bfloat16: return convert(bytes, bigEndian) { (word: UInt16) in Float(bitPattern: UInt32(word) << 16) }
    case .float32: return convert(bytes, bigEndian) { (word: UInt32) in Float(bitPattern: word) }
    case .float64: return convert(bytes, bigEndian) { (word: UInt64) in Float(Double(bitPattern: word)) }
    }
  }

  private func convert<Word: FixedWidthInteger>(
    _ bytes: [UInt8], _ bigEndian: Bool, _ convert: (Word) -> Float
  ) -> [Float] {
    let size = MemoryLayout<Word>.size
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / size).map { index in
        let word = raw.loadUnaligned(fromByteOffset: index * size, as: Word.self)
        return convert(bigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
      }
    }
  }

  /// IEEE 754 binary16 to binary32, exact (Swift has no `Float16` on Intel Macs).
  static func float(fromHalf half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10 & 0x1F)
    let fraction = UInt32(half & 0x3FF)
    if exponent == 0x1F { return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13) }
    if exponent == 0 {
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    }
    return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
