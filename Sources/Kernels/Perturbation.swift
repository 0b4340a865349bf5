import NNKernels

private typealias Words = SIMD16<UInt32>
private typealias Wide = SIMD8<UInt64>

/// High and low words of the products with a constant, by the even and the odd elements' 64-bit products.
@inline(__always) private func product(_ x: Words, _ constant: UInt32) -> (high: Words, low: Words) {
  let factor = Wide(repeating: UInt64(constant))
  let lowMask = Wide(repeating: 0xFFFF_FFFF)
  let pairs = unsafeBitCast(x, to: Wide.self)
  let even = (pairs & lowMask) &* factor
  let odd = (pairs &>> Wide(repeating: 32)) &* factor
  let high = (even &>> Wide(repeating: 32)) | (odd & (Wide(repeating: 0xFFFF_FFFF_0000_0000)))
  return (unsafeBitCast(high, to: Words.self), x &* Words(repeating: constant))
}

/// The words of `a` and `b` side by side, of the even and of the odd blocks.
@inline(__always) private func pairs(_ a: Words, _ b: Words) -> (even: Wide, odd: Wide) {
  let (a, b) = (unsafeBitCast(a, to: Wide.self), unsafeBitCast(b, to: Wide.self))
  let even = (a & Wide(repeating: 0xFFFF_FFFF)) | (b &<< Wide(repeating: 32))
  return (even, (a &>> Wide(repeating: 32)) | (b & Wide(repeating: 0xFFFF_FFFF_0000_0000)))
}

/// Sixteen blocks of Philox4x32-10 at consecutive counters, as `NNRandom.Philox4x32` defines it; written to `target`
/// in the order of the sequence: 64 words.
@inline(__always) private func philox(
  block: UInt64, stream: UInt32, step: UInt32, seed: UInt64, to target: UnsafeMutablePointer<UInt32>
) {
  let firstLow = UInt32(truncatingIfNeeded: block)
  let positions = Words(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  var x0 = Words(repeating: firstLow) &+ positions
  let wrapped = x0 .< Words(repeating: firstLow)
  let high = Words(repeating: UInt32(truncatingIfNeeded: block >> 32))
  var x1 = high.replacing(with: high &+ Words(repeating: 1), where: wrapped)
  var x2 = Words(repeating: stream)
  var x3 = Words(repeating: step)
  var key0 = UInt32(truncatingIfNeeded: seed)
  var key1 = UInt32(truncatingIfNeeded: seed >> 32)
  for _ in 0..<10 {
    let first = product(x0, 0xD251_1F53)
    let second = product(x2, 0xCD9E_8D57)
    x0 = second.high ^ x1 ^ Words(repeating: key0)
    x2 = first.high ^ x3 ^ Words(repeating: key1)
    x1 = second.low
    x3 = first.low
    key0 = key0 &+ 0x9E37_79B9
    key1 = key1 &+ 0xBB67_AE85
  }
  let (first, second) = (pairs(x0, x1), pairs(x2, x3))
  let bytes = UnsafeMutableRawPointer(target)
  for element in 0..<8 {
    let even = SIMD2<UInt64>(first.even[element], second.even[element])
    let odd = SIMD2<UInt64>(first.odd[element], second.odd[element])
    bytes.storeBytes(of: even, toByteOffset: 32 * element, as: SIMD2<UInt64>.self)
    bytes.storeBytes(of: odd, toByteOffset: 32 * element + 16, as: SIMD2<UInt64>.self)
  }
}

/// Dropout, of `PerturbationArguments`.
@Sendable func dropout(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: PerturbationArguments.self)
  perturb(a, task, by: Dropping(rate: a.scalars[0].level))
}

/// Noise, of `PerturbationArguments`.
@Sendable func noise(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: PerturbationArguments.self)
  perturb(a, task, by: Disturbing(deviation: a.scalars[0].level))
}

/// What values become by random numbers of 24 bits. (A closure of this size would be called, not inlined.)
private protocol Perturbation {
  func result(_ value: Lane, _ random: LaneBits) -> Lane
}

private struct Dropping: Perturbation {
  private let limit: LaneBits
  private let scale: Lane

  @inline(__always) init(rate: Float) {
    limit = LaneBits(repeating: keepLimit(rate))
    scale = Lane(repeating: 1 / (1 - rate))
  }

  @inline(__always) func result(_ value: Lane, _ random: LaneBits) -> Lane {
    (value * scale).selecting(Lane.zero, where: random .< limit)
  }
}

private struct Disturbing: Perturbation {
  private let scale: Lane

  @inline(__always) init(deviation: Float) { scale = Lane(repeating: deviation * 1.414_213_56) }

  @inline(__always) func result(_ value: Lane, _ random: LaneBits) -> Lane {
    let odd = (random &<< LaneBits(repeating: 1)) &+ LaneBits(repeating: 1)
    let uniform = signed(odd &- LaneBits(repeating: 1 << 24)) * Lane(repeating: 0x1p-24)
    return multiplyAdd(inverseErrorFunction(uniform), scale, value)
  }
}

/// A task's values, in groups that share sixteen counters.
@inline(__always) private func perturb(_ a: PerturbationArguments, _ task: Int, by perturbation: some Perturbation) {
  let (start, end) = taskRows(task, by: 16_384, of: a.count)
  var words = InlineArray<80, UInt32>(repeating: 0)
  withUnsafeMutableBytes(of: &words) { bytes in
    guard let memory = bytes.baseAddress else { return }
    let words = memory.assumingMemoryBound(to: UInt32.self)
    let scalars = a.scalars[0]
    var index = start
    while index < end {
      let element = a.firstElement &+ UInt64(truncatingIfNeeded: index)
      let skipped = Int(truncatingIfNeeded: element & 3)
      let groupEnd = index + 64 - skipped < end ? index + 64 - skipped : end
      philox(block: element >> 2, stream: a.stream, step: scalars.step, seed: scalars.seed, to: words)
      let word = UnsafeRawPointer(words + skipped - index)
      forEachLane(index, groupEnd) { index, valid in
        let bits = (word + 4 * index).loadUnaligned(as: LaneBits.self) &>> LaneBits(repeating: 8)
        let value = Lane(a.input, at: index, isBFloat16: a.isBFloat16)
        perturbation.result(value, bits & LaneBits(repeating: 0xFF_FFFF))
          .store(a.output, at: index, count: valid, isBFloat16: a.isBFloat16)
      }
      index = groupEnd
    }
  }
}

/// The smallest 24-bit number k with k · 2⁻²⁴ ≥ rate.
@inline(__always) private func keepLimit(_ rate: Float) -> Int32 {
  let scaled = rate * 16_777_216
  guard scaled > 0 else { return 0 }
  guard scaled < 16_777_216 else { return 16_777_216 }
  let whole = Int32(scaled)
  return Float(whole) < scaled ? whole + 1 : whole
}

/// Whole numbers between −2²⁴ and 2²⁴ as floats, exactly: by halves, which fit the digits of 1.5 · 2²³.
@inline(__always) private func signed(_ x: LaneBits) -> Lane {
  let half = x &>> LaneBits(repeating: 1)
  let rest = x &- (half &<< LaneBits(repeating: 1))
  return wholeNumber(half) * Lane(repeating: 2) + wholeNumber(rest)
}

/// Whole numbers of at most 2²³ in size, by the digits of a number of known exponent.
@inline(__always) private func wholeNumber(_ x: LaneBits) -> Lane {
  let upper = x &>> LaneBits(repeating: 12)
  let lower = x &- (upper &<< LaneBits(repeating: 12))
  let shifter = LaneBits(repeating: 0x4B40_0000)
  let (high, low) = (floats(upper &+ shifter) - floats(shifter), floats(lower &+ shifter) - floats(shifter))
  return multiplyAdd(high, Lane(repeating: 4096), low)
}
