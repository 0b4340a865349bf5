import NNPlan
import NNTensor
import NNText

/// Numbers for people.
public enum NumberText {
  /// `inf`, `-inf` or `nan`, whose sign says nothing.
  static func notFinite(_ value: some BinaryFloatingPoint) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }

  /// Four significant digits: `0.01234`, `12.35`, `1.234e-05`.
  public static func short(_ value: Double) -> String {
    guard value.isFinite else { return notFinite(value) }
    let size = abs(value)
    if size == 0 { return "0" }
    if size >= 1e6 || size < 1e-4 { return scientific(value) }
    return decimal(value, max(0, 3 - exponent(size)))
  }

  /// As the metric is usually given: dB with two decimals, similarity with four, accuracy in per cent.
  static func metric(_ metric: Metric, _ value: Double) -> String {
    switch metric {
    case .psnr: decimal(value, 2)
    case .ssim: decimal(value, 4)
    case .accuracy: decimal(100 * value, 2) + "%"
    case .mse, .mae: short(value)
    }
  }

  /// A rate with as many digits as say something: `812`, `31.4`, `0.52`.
  static func rate(_ value: Double) -> String {
    value >= 100 ? decimal(value, 0) : value >= 10 ? decimal(value, 1) : decimal(value, 2)
  }

  /// Whole seconds as `0:23`, `12:05`, `1:02:03`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "–" }
    let total = Int(max(0, seconds).rounded())
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    let tail = (rest < 10 ? "0" : "") + "\(rest)"
    return hours == 0 ? "\(minutes):\(tail)" : "\(hours):\(minutes < 10 ? "0" : "")\(minutes):\(tail)"
  }

  private static func scientific(_ value: Double) -> String {
    var power = exponent(abs(value))
    if abs(value) / tenTo(power) >= 9.9995 { power += 1 }  // it rounds to 10
    let mantissa = value / tenTo(power)
    return "\(decimal(mantissa, 3))e\(power < 0 ? "-" : "+")\(abs(power) < 10 ? "0" : "")\(abs(power))"
  }

  /// The power of ten of the first digit.
  private static func exponent(_ size: Double) -> Int { Int(LibraryMath.logarithm10(size).rounded(.down)) }

  private static func tenTo(_ power: Int) -> Double {
    power >= 0 ? Power.of(10, power) : 1 / Power.of(10, -power)
  }
}
