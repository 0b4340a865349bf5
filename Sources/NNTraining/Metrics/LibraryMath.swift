#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The C library's functions, whose own names would meet those of methods.
enum LibraryMath {
  /// e to the `exponent`.
  static func exponential(_ exponent: Double) -> Double { exp(exponent) }

  /// The decimal logarithm.
  static func logarithm10(_ value: Double) -> Double { log10(value) }
}
