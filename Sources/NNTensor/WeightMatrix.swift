/// Weights `[…, inner, outer]` seen as a matrix with a row for each channel of one of the last two axes and a column for
/// everything else, as a spectral norm sees them. A vector of columns has the weights' order without the rows' axis.
public struct WeightMatrix: Hashable, Sendable {
  /// The axis of the weights that the matrix's rows run along.
  public enum Rows: Hashable, Sendable {
    case inner
    case outer
  }

  /// The axis of the rows.
  public var rows: Rows
  /// The product of all axes but the last two.
  public var taps: Int
  /// The last axis but one.
  public var inner: Int
  /// The last axis.
  public var outer: Int

  /// The matrix of weights of a shape; nil where they have fewer than two axes.
  public init?(_ weights: Shape, rows: Rows) {
    guard weights.rank >= 2 else { return nil }
    self.rows = rows
    outer = weights[weights.rank - 1]
    inner = weights[weights.rank - 2]
    taps = weights.dimensions.dropLast(2).reduce(1, *)
  }

  /// The number of rows: values of a left singular vector.
  public var rowCount: Int { rows == .outer ? outer : inner }

  /// The number of columns: values of a right singular vector.
  public var columnCount: Int { taps * (rows == .outer ? inner : outer) }

  /// The number of weights.
  public var valueCount: Int { taps * inner * outer }
}
