import CProcessor

/// The CRC-32C checksum (Castagnoli's polynomial, reflected, RFC 3720 appendix B.4): by the processor's instruction where
/// it has one, else by a table.
public struct CRC32C: Equatable, Sendable {
  private var state: UInt32 = ~0

  /// The checksum of nothing yet.
  public init() {}

  /// The checksum of all bytes so far.
  public var value: UInt32 { ~state }

  /// The checksum as eight small hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Takes in more bytes.
  public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// Takes in more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, !processor_crc32c(&state, start, bytes.count) else { return }
    updateByTable(bytes)
  }

  mutating func updateByTable(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes { state = Self.table[Int((state ^ UInt32(byte)) & 0xFF)] ^ state >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
  }
}
