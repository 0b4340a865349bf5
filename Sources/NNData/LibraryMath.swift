#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The C library's functions, whose own names would meet those of methods.
enum LibraryMath {
  /// e to the `exponent`.
  static func exponential(_ exponent: Double) -> Double { exp(exponent) }

  /// `base` to the `exponent`.
  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

  /// The cosine and sine of an angle.
  static func unitCircle(degrees: Double) -> (cosine: Double, sine: Double) {
    let radians = degrees * .pi / 180
    return (cos(radians), sin(radians))
  }
}
