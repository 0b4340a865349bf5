/// Errors between values, sample by sample, in double precision.
public enum ErrorMetrics {
  /// Identical pictures count as this many dB: their ratio is infinite, and a mean of infinities says nothing.
  public static let maximumPSNR = 100.0

  /// The mean of `(a - b)²`; both have as many values.
  public static func meanSquaredError(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Double {
    mean(a, b) { $0 * $0 }
  }

  /// The mean of `|a - b|`; both have as many values.
  public static func meanAbsoluteError(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Double {
    mean(a, b) { abs($0) }
  }

  /// `10 log10(range² / MSE)` in dB of one picture, as scikit-image's `peak_signal_noise_ratio`: over all its pixels and
  /// channels, values outside the range not clipped; at most `maximumPSNR`.
  public static func psnr(_ a: some Collection<Float>, _ b: some Collection<Float>, range: Double) -> Double {
    psnr(meanSquaredError: meanSquaredError(a, b), range: range)
  }

  /// The same from a mean squared error.
  static func psnr(meanSquaredError error: Double, range: Double) -> Double {
    if error.isNaN { return .nan }
    return error == 0 ? maximumPSNR : min(maximumPSNR, 10 * LibraryMath.logarithm10(range * range / error))
  }

  private static func mean(
    _ a: some Collection<Float>, _ b: some Collection<Float>, _ term: (Double) -> Double
  ) -> Double {
    precondition(a.count == b.count && !a.isEmpty, "\(a.count) values compared with \(b.count)")
    var sum = 0.0
    for (x, y) in zip(a, b) { sum += term(Double(x) - Double(y)) }
    return sum / Double(a.count)
  }

  /// Whether a prediction of classes is right. `label` is the class's index (one value) or has 1 at it; a single output
  /// is right where it is on the label's side of ½; what is no number is wrong. Nil where neither fits.
  public static func isRight(_ prediction: ArraySlice<Float>, label: ArraySlice<Float>) -> Bool? {
    guard let first = prediction.first, let mark = label.first else { return nil }
    if prediction.contains(where: \.isNaN) { return false }
    if prediction.count == 1 && label.count == 1 { return (first >= 0.5) == (mark >= 0.5) }
    guard let best = largest(prediction) else { return nil }
    if label.count == 1 { return Float(best) == mark }
    return label.count == prediction.count ? best == largest(label) : nil
  }

  /// The place of the largest value, the first of equals.
  static func largest(_ values: ArraySlice<Float>) -> Int? {
    values.indices.max { values[$0] < values[$1] || (values[$0] == values[$1] && $0 > $1) }.map {
      $0 - values.startIndex
    }
  }
}
