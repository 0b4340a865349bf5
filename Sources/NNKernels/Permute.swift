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

/// Copies `channels` neighbouring values of each row, between tensors whose rows have other lengths: joining tensors
/// along the last axis, or taking a part of it.
public struct ChannelCopyArguments {
  /// The first value to read; rows follow each other after `inputStride` values.
  public var input: UnsafePointer<Float>
  /// The first value to write; rows follow each other after `outputStride` values.
  public var output: UnsafeMutablePointer<Float>
  /// The product of all axes but the last.
  public var rows: Int
  /// Values copied per row.
  public var channels: Int
  /// Values from one input row to the next.
  public var inputStride: Int
  /// Values from one output row to the next.
  public var outputStride: Int

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, rows: Int, channels: Int, inputStride: Int,
    outputStride: Int
  ) {
    self.input = input
    self.output = output
    self.rows = rows
    self.channels = channels
    self.inputStride = inputStride
    self.outputStride = outputStride
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(rows, by: TaskGrid.rowsPerTask(channels: channels)) }
}

/// Orders of axes, and parts of them.
public struct PermuteKernels: Sendable {
  /// Takes `PermuteArguments`.
  public let transpose: KernelFunction
  /// Takes `ChannelCopyArguments`.
  public let copyChannels: KernelFunction

  /// The table, entry by entry.
  public init(transpose: @escaping KernelFunction, copyChannels: @escaping KernelFunction) {
    self.transpose = transpose
    self.copyChannels = copyChannels
  }
}
