import NNRandom

/// Many normally distributed numbers at once: the method of Box and Muller (1958) on lanes of eight, in single
/// precision, out of exactly rounded operations only, so that every platform gives the same bits. The polynomials are
/// those of Moshier's Cephes library (`logf`, `sinf`, `cosf`).
enum Noise {
  typealias Lane = SIMD8<Float>
  typealias Words = SIMD8<UInt32>

  /// `count` values of mean 0 and standard deviation 1. The largest possible magnitude is 5.6.
  static func normals(_ count: Int, _ random: inout RandomStream) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count + 16)
    while values.count < count {
      var first = Words()
      var second = Words()
      for lane in 0..<8 {
        first[lane] = random.nextUInt32()
        second[lane] = random.nextUInt32()
      }
      let (cosines, sines) = pair(first, second)
      for lane in 0..<8 { values.append(cosines[lane]) }
      for lane in 0..<8 { values.append(sines[lane]) }
    }
    values.removeLast(values.count - count)
    return values
  }

  /// Two independent normal values per lane out of two uniform words.
  private static func pair(_ first: Words, _ second: Words) -> (Lane, Lane) {
    let uniform = 2 - unsafeBitCast(first &>> 9 | 0x3F80_0000, to: Lane.self)  // (0, 1]
    let radius = (-2 * logarithm(uniform)).squareRoot()
    let fraction = (second &<< 2) &>> 9 | 0x3F80_0000
    let angle = (unsafeBitCast(fraction, to: Lane.self) - 1.5) * (Float.pi / 2)  // ±π/4
    let square = angle * angle
    let sine = sinePolynomial(square) * square * angle + angle
    let cosine = cosinePolynomial(square) * square * square - 0.5 * square + 1
    let isOdd = second &>> 30 & 1 .== 1
    let sign = second & 0x8000_0000
    let x = cosine.replacing(with: sine, where: isOdd)
    let y = sine.replacing(with: -cosine, where: isOdd)
    return (radius * flipped(x, sign), radius * flipped(y, sign))
  }

  private static func flipped(_ value: Lane, _ sign: Words) -> Lane {
    unsafeBitCast(unsafeBitCast(value, to: Words.self) ^ sign, to: Lane.self)
  }

  private static func sinePolynomial(_ z: Lane) -> Lane {
    let high = -1.9515295891e-4 * z + 8.3321608736e-3
    return high * z - 1.6666654611e-1
  }

  private static func cosinePolynomial(_ z: Lane) -> Lane {
    let high = 2.443315711809948e-5 * z - 1.388731625493765e-3
    return high * z + 4.166664568298827e-2
  }

  /// The natural logarithm for normal positive numbers.
  static func logarithm(_ x: Lane) -> Lane {
    let bits = unsafeBitCast(x, to: Words.self)
    var exponent = unsafeBitCast(bits &>> 23 | 0x4B00_0000, to: Lane.self) - (0x1p23 + 126)
    var m = unsafeBitCast(bits & 0x7F_FFFF | 0x3F00_0000, to: Lane.self)
    let isLow = m .< 0.707106781186547524
    exponent.replace(with: exponent - 1, where: isLow)
    m = m.replacing(with: m + m, where: isLow) - 1
    let z = m * m
    var y = Lane(repeating: 7.0376836292e-2)
    for coefficient: Float in logarithmCoefficients { y = y * m + coefficient }
    y = y * m * z - 2.12194440e-4 * exponent - 0.5 * z
    return m + y + 0.693359375 * exponent
  }

  private static let logarithmCoefficients: [Float] = [
    -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
    -2.4999993993e-1, 3.3333331174e-1,
  ]
}
