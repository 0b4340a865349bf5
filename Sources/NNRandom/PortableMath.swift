/// Logarithm and sine out of `+ - * /` alone, which IEEE 754 rounds the same everywhere; the system's libraries
/// differ in the last bit. Accurate to a few units in the last place.
enum PortableMath {
  /// The natural logarithm of a positive, normal `x`, by log m = 2 artanh((m − 1)/(m + 1)).
  static func log(_ x: Double) -> Double {
    var exponent = x.exponent
    var mantissa = x.significand
    if mantissa > 1.414_213_562_373_095_1 {
      mantissa /= 2
      exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let square = s * s
    var sum = 0.0
    for term in stride(from: 23, through: 3, by: -2) { sum = (sum + 1 / Double(term)) * square }
    let high = Double(exponent) * 0.693_147_180_559_945_3
    return high + (2 * s + 2 * s * sum)
  }

  /// Cosine and sine of a whole turn times `turns`, for `turns` in [0, 1).
  static func unitCircle(turns: Double) -> (cosine: Double, sine: Double) {
    let quarter = (turns * 4).rounded()
    let angle = (turns * 4 - quarter) * 1.570_796_326_794_896_6
    let cosine = smallCosine(angle)
    let sine = smallSine(angle)
    switch Int(quarter) & 3 {
    case 0: return (cosine, sine)
    case 1: return (-sine, cosine)
    case 2: return (-cosine, -sine)
    default: return (sine, -cosine)
    }
  }

  /// Taylor's series to x¹⁷, for |x| ≤ π/4.
  private static func smallSine(_ x: Double) -> Double {
    let square = x * x
    var sum = 0.0
    for term in stride(from: 17.0, through: 3, by: -2) { sum = -(1 + sum) * square / (term * (term - 1)) }
    return x + x * sum
  }

  /// Taylor's series to x¹⁸, for |x| ≤ π/4.
  private static func smallCosine(_ x: Double) -> Double {
    let square = x * x
    var sum = 0.0
    for term in stride(from: 18.0, through: 2, by: -2) { sum = -(1 + sum) * square / (term * (term - 1)) }
    return 1 + sum
  }
}
