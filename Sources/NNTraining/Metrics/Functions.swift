#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The C library's functions under names of their own.
enum Logarithm {
  static func base10(_ value: Double) -> Double { log10(value) }
}

enum Exponential {
  static func of(_ value: Double) -> Double { exp(value) }
}

/// Seconds from some fixed moment; never goes back.
enum Clock {
  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
