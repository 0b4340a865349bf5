/// What a stream of random numbers is for, so that no two uses of one seed see the same numbers.
/// The raw values are part of what a seed means: never change or reuse one.
public struct RandomPurpose: Sendable, Hashable {
  /// The number that enters the stream's key.
  public let rawValue: UInt32

  /// A purpose with its own number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Initial weights.
  public static let initialization = RandomPurpose(rawValue: 1)
  /// The order of samples in an epoch.
  public static let shuffle = RandomPurpose(rawValue: 2)
  /// Augmentation of a sample.
  public static let augmentation = RandomPurpose(rawValue: 3)
  /// Degradation of a sample (noise, masks).
  public static let degradation = RandomPurpose(rawValue: 4)
  /// Drawn samples.
  public static let synthesis = RandomPurpose(rawValue: 5)
  /// Data made for tests and benchmarks.
  public static let testing = RandomPurpose(rawValue: 6)
}

/// A stream of random numbers that depends only on a seed, a purpose and indices (epoch, sample, …), never on the
/// order in which streams are used. The same on every platform: integers by construction, and reals too, because
/// `normal` uses our own logarithm and sine, made of exactly rounded operations only, instead of the system's.
public struct RandomStream: Sendable {
  private let generator: Philox4x32
  private let stream: SIMD2<UInt32>
  private var blockIndex: UInt64 = 0
  private var words = SIMD4<UInt32>()
  private var used = 4
  private var spareNormal: Double?

  /// The stream of `seed` for `purpose` at `index` and `second` (say, epoch and sample).
  public init(seed: UInt64, purpose: RandomPurpose, index: UInt64 = 0, second: UInt64 = 0) {
    let root = Self.derive(seed, counter: SIMD4(purpose.rawValue, 0, 0x6E6E_6300, 0))
    self = RandomStream(root).substream(index).substream(second)
  }

  private init(_ state: SIMD4<UInt32>) {
    generator = Philox4x32(key: UInt64(state.x) | UInt64(state.y) << 32)
    stream = SIMD2(state.z, state.w)
  }

  /// The stream numbered `index` below this one; it does not depend on how many numbers this one has given.
  public func substream(_ index: UInt64) -> RandomStream {
    let low = UInt32(truncatingIfNeeded: index)
    let high = UInt32(truncatingIfNeeded: index >> 32)
    let first = generator.block(at: SIMD4(low, high, stream.x, ~stream.y))
    return RandomStream(first)
  }

  /// 32 uniform random bits.
  public mutating func nextUInt32() -> UInt32 {
    if used == 4 { refill() }
    defer { used += 1 }
    return words[used]
  }

  /// 64 uniform random bits.
  public mutating func nextUInt64() -> UInt64 {
    let low = UInt64(nextUInt32())
    return low | UInt64(nextUInt32()) << 32
  }

  /// A multiple of 2⁻²⁴, uniform in [0, 1).
  public mutating func uniformFloat() -> Float { Float(nextUInt32() >> 8) * 0x1p-24 }

  /// A multiple of 2⁻⁵³, uniform in [0, 1).
  public mutating func uniformDouble() -> Double { Double(nextUInt64() >> 11) * 0x1p-53 }

  /// Uniform in [`range.lowerBound`, `range.upperBound`] (the upper bound only by rounding).
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniformDouble()
  }

  /// Uniform in [`range.lowerBound`, `range.upperBound`] (the upper bound only by rounding).
  public mutating func uniform(in range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniformFloat()
  }

  /// True with `probability`.
  public mutating func bernoulli(_ probability: Double) -> Bool { uniformDouble() < probability }

  /// Normally distributed, mean 0, standard deviation 1 (Box and Muller, 1958, in double precision).
  public mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let radius = (-2 * PortableMath.log(1 - uniformDouble())).squareRoot()
    let direction = PortableMath.unitCircle(turns: uniformDouble())
    spareNormal = radius * direction.sine
    return radius * direction.cosine
  }

  /// Uniform in 0..<`bound`, without bias (Lemire, "Fast random integer generation in an interval", 2019);
  /// 0 when `bound` is below 1.
  public mutating func integer(below bound: Int) -> Int {
    guard bound > 0 else { return 0 }
    let range = UInt64(bound)
    let threshold = (0 &- range) % range
    while true {
      let product = nextUInt64().multipliedFullWidth(by: range)
      if product.low >= threshold { return Int(product.high) }
    }
  }

  /// A uniformly random order of 0..<`count` (Fisher and Yates); empty when `count` is below 1.
  public mutating func permutation(_ count: Int) -> [Int] {
    guard count > 0 else { return [] }
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, integer(below: last + 1)) }
    return order
  }

  private mutating func refill() {
    let low = UInt32(truncatingIfNeeded: blockIndex)
    let high = UInt32(truncatingIfNeeded: blockIndex >> 32)
    words = generator.block(at: SIMD4(low, high, stream.x, stream.y))
    blockIndex &+= 1
    used = 0
  }

  private static func derive(_ key: UInt64, counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    Philox4x32(key: key).block(at: counter)
  }
}
