import NNTensor

/// The numbers that tests and `Tests/References/make_references.py` both compute, so that inputs and weights need not
/// be stored.
public enum SharedHash {
  /// FNV-1a over the text's UTF-8 bytes, 64 bits.
  public static func seed(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// 24 uniform bits for element `index`: the upper bits of SplitMix64.
  public static func bits(seed: UInt64, _ index: Int) -> UInt64 {
    var z = seed &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return (z ^ (z >> 31)) >> 40
  }

  /// A tensor of uniform values in `-scale ..< scale`, each a float32.
  public static func symmetric(_ shape: Shape, seed: String, scale: Double = 1) -> ReferenceTensor {
    Recipe(seed: seed, rule: .symmetric, scale: scale, shape: shape).tensor
  }
}

/// How a tensor that is not stored is computed.
public struct Recipe: Hashable, Sendable {
  /// From the hash's 24 bits `n` to a value.
  public enum Rule: String, Sendable {
    /// `(n / 2^23 - 1) · scale`, rounded to float32.
    case symmetric
    /// `n / 2^24 · scale`, rounded to float32.
    case unit
    /// `n mod scale`.
    case labels
    /// Of images: three parts of a number for each block of 16×16 pixels, one part of the pixel's own.
    case blocks
  }

  /// The text that is hashed.
  public let seed: String
  /// The rule.
  public let rule: Rule
  /// A factor, or the number of classes.
  public let scale: Double
  /// The tensor's dimensions.
  public let shape: Shape

  /// The tensor.
  public var tensor: ReferenceTensor {
    let start = SharedHash.seed(seed)
    guard rule != .blocks else { return blocks(start) }
    return ReferenceTensor(shape, (0..<shape.elementCount).map { value(SharedHash.bits(seed: start, $0)) })
  }

  private func value(_ n: UInt64) -> Double {
    switch rule {
    case .symmetric: Double(Float((Double(n) / Double(1 << 23) - 1) * scale))
    case .unit: Double(Float(Double(n) / Double(1 << 24) * scale))
    case .labels: Double(n % UInt64(scale))
    case .blocks: Double(Float(Double(n) / Double(1 << 26) * scale))
    }
  }

  private func blocks(_ start: UInt64) -> ReferenceTensor {
    let blockStart = SharedHash.seed(seed + "/blocks")
    let small = ImageIndex([shape[0], shape[1] / 16, shape[2] / 16, shape[3]])
    var tensor = ReferenceTensor(shape)
    for index in tensor.values.indices {
      let (pixel, c) = index.quotientAndRemainder(dividingBy: shape[3])
      let (row, x) = pixel.quotientAndRemainder(dividingBy: shape[2])
      let (n, y) = row.quotientAndRemainder(dividingBy: shape[1])
      let block = SharedHash.bits(seed: blockStart, small(n, y / 16, x / 16, c))
      tensor.values[index] = value(3 * block + SharedHash.bits(seed: start, index))
    }
    return tensor
  }
}
