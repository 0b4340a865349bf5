/// A decoded picture: rows from the top, channels interleaved, `[height, width, channels]`.
public struct Image: Equatable, Sendable {
  /// The samples: 8-bit as they are, or floats with 0 black and 1 white (from 16-bit files).
  public enum Pixels: Equatable, Sendable {
    /// 0…255.
    case bytes([UInt8])
    /// 0…1.
    case floats([Float])
  }

  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// `height · width · channels` samples.
  public let pixels: Pixels

  /// A picture of these samples; nil when their number is not `height · width · channels`.
  public init?(width: Int, height: Int, channels: Int, pixels: Pixels) {
    let (row, first) = width.multipliedReportingOverflow(by: channels)
    let (total, second) = row.multipliedReportingOverflow(by: height)
    let count =
      switch pixels {
      case .bytes(let bytes): bytes.count
      case .floats(let floats): floats.count
      }
    if first || second || width <= 0 || height <= 0 || channels <= 0 || count != total { return nil }
    self.init(checkedWidth: width, height: height, channels: channels, pixels: pixels)
  }

  init(checkedWidth width: Int, height: Int, channels: Int, pixels: Pixels) {
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// The memory the samples take.
  public var byteCount: Int {
    switch pixels {
    case .bytes(let bytes): bytes.count
    case .floats(let floats): floats.count * 4
    }
  }

  /// The samples as 0…1.
  public func unitFloats() -> [Float] {
    switch pixels {
    case .bytes(let bytes): bytes.map { Float($0) * (1 / 255) }
    case .floats(let floats): floats
    }
  }

  /// The samples as 8 bits, rounded to the nearest.
  public func quantized() -> [UInt8] {
    switch pixels {
    case .bytes(let bytes): bytes
    case .floats(let floats): floats.map(Self.quantize)
    }
  }

  /// The 8-bit sample nearest to `value` (0 black, 1 white); what is outside is clamped, and NaN is black.
  public static func quantize(_ value: Float) -> UInt8 {
    guard value > 0 else { return 0 }
    return value >= 1 ? 255 : UInt8(value * 255 + 0.5)
  }
}

extension Image {
  /// A black RGB picture; sizes below 1 count as 1.
  public init(blankWidth width: Int, height: Int) {
    let columns = max(1, width)
    let rows = max(1, height)
    self.init(
      checkedWidth: columns, height: rows, channels: 3, pixels: .bytes([UInt8](repeating: 0, count: columns * rows * 3))
    )
  }
}
