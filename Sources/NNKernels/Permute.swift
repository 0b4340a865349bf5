/// Transposes each of `batch` matrices: `[batch, rows, columns]` to `[batch, columns, rows]`; not in place.
/// NHWC to NCHW has rows H·W and columns C; NCHW to NHWC has rows C and columns H·W.
public struct PermuteArguments: BitwiseCopyable {
  /// `[batch, rows, columns]`.
  public var input: UnsafePointer<Float>
  /// `[batch, columns, rows]`.
  public var output: UnsafeMutablePointer<Float>
  /// The number of matrices.
  public var batch: Int
  /// Rows of the input.
  public var rows: Int
  /// Columns of the input.
  public var columns: Int

  /// The arguments, field by field.
  public init(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, batch: Int, rows: Int, columns: Int) {
    self.input = input
    self.output = output
    self.batch = batch
    self.rows = rows
    self.columns = columns
  }

  /// The number of input columns one task handles.
  public static let columnsPerTask = 64

  /// Tasks of the only stage.
  public var taskCount: Int { batch * TaskGrid.tasks(columns, by: Self.columnsPerTask) }
}

/// Orders of axes.
public struct PermuteKernels: Sendable {
  /// Takes `PermuteArguments`.
  public let transpose: KernelFunction

  /// The table, entry by entry.
  public init(transpose: @escaping KernelFunction) {
    self.transpose = transpose
  }
}
