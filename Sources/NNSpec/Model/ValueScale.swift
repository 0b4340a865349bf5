import NNDiagnostics

/// What numbers black, white and what lies between have: `range`, `mean` and `std` as written, of a data source or of a
/// network's input. A sample `u` of a picture, 0 for black and 1 for white, is `(low + (high - low) u - mean) / std`.
public struct ValueScale: Sendable {
  /// The values that black and white become before `mean` and `std`; `nil` where it is not written.
  public let range: Spanned<(low: Double, high: Double)>?
  /// Means per channel, subtracted after the range is applied.
  public let mean: Spanned<[Double]>?
  /// Standard deviations per channel, divided by after `mean`.
  public let standardDeviation: Spanned<[Double]>?

  /// Nothing is written.
  public static let unwritten = ValueScale(range: nil, mean: nil, standardDeviation: nil)

  /// The first of the keys that are written; `nil` where none is.
  public var span: Span? { range?.span ?? mean?.span ?? standardDeviation?.span }

  /// The values of black (0) and white (1) in channel `channel`: `value = factor · u + offset`.
  public func line(channel: Int) -> (factor: Double, offset: Double) {
    let (low, high) = range?.value ?? (0, 1)
    let mean = mean.map { $0.value[channel % $0.value.count] } ?? 0
    let deviation = standardDeviation.map { $0.value[channel % $0.value.count] } ?? 1
    return ((high - low) / deviation, (low - mean) / deviation)
  }
}

extension ValueScale {
  /// Reads the three keys out of a section's arguments.
  init(_ arguments: Arguments, diagnostics: inout Diagnostics) {
    mean = arguments.reals("mean")
    standardDeviation = arguments.reals("std")
    range = ValueScale.range(arguments, diagnostics: &diagnostics)
  }

  private static func range(
    _ arguments: Arguments, diagnostics: inout Diagnostics
  ) -> Spanned<(low: Double, high: Double)>? {
    guard let numbers = arguments.reals("range"), numbers.value.count == 2 else { return nil }
    let (low, high) = (numbers.value[0], numbers.value[1])
    guard low < high else {
      diagnostics.add(.emptyRange(low, high, what: "`range`", at: numbers.span))
      return nil
    }
    return Spanned((low, high), at: numbers.span)
  }
}

extension Arguments {
  /// A list of numbers, with its place.
  func reals(_ key: String) -> Spanned<[Double]>? {
    guard let list = list(key) else { return nil }
    return Spanned(list.compactMap(\.value.real), at: span(of: key))
  }
}
