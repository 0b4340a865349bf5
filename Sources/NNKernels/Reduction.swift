/// y = f(x + b) in each row of `[rows, channels]`; `output` may be `input`.
public struct BiasArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// b, `[channels]`.
  public var bias: UnsafePointer<Float>
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// The product of all axes but the last.
  public var rows: Int
  /// The last axis.
  public var channels: Int
  /// The function f.
  public var kind: ActivationKind
  /// The slope below zero, for `leakyRelu`.
  public var slope: Float

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, rows: Int,
    channels: Int, kind: ActivationKind = .identity, slope: Float = 0
  ) {
    self.input = input
    self.bias = bias
    self.output = output
    self.rows = rows
    self.channels = channels
    self.kind = kind
    self.slope = slope
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(rows, by: TaskGrid.rowsPerTask(channels: channels)) }
}

/// Sums of the columns of `[rows, channels]` (a bias's gradient), in two stages.
public struct ChannelSumArguments: BitwiseCopyable {
  /// `[rows, channels]`.
  public var input: UnsafePointer<Float>
  /// `[channels]`.
  public var output: UnsafeMutablePointer<Float>
  /// Working memory, `partialsCount` values.
  public var partials: UnsafeMutablePointer<Float>
  /// The product of all axes but the last.
  public var rows: Int
  /// The last axis.
  public var channels: Int
  /// Whether the sums are added to what `output` holds.
  public var accumulate: Bool

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, partials: UnsafeMutablePointer<Float>, rows: Int,
    channels: Int, accumulate: Bool = false
  ) {
    self.input = input
    self.output = output
    self.partials = partials
    self.rows = rows
    self.channels = channels
    self.accumulate = accumulate
  }

  /// The number of rows one task of the first stage adds up: at most 128 tasks.
  public var rowsPerTask: Int { Self.rowsPerTask(rows: rows, channels: channels) }

  /// The size of `partials`, in values.
  public var partialsCount: Int { Self.partialsCount(rows: rows, channels: channels) }

  private static func rowsPerTask(rows: Int, channels: Int) -> Int {
    max(64, TaskGrid.rowsPerTask(channels: channels), TaskGrid.tasks(rows, by: 128))
  }

  /// The size of `partials`, in values, for an input of these sizes.
  public static func partialsCount(rows: Int, channels: Int) -> Int {
    TaskGrid.tasks(rows, by: rowsPerTask(rows: rows, channels: channels)) * channels
  }

  /// Tasks of stage 0 (`channelSumPartials`) and stage 1 (`channelSumTotal`).
  public func taskCount(stage: Int) -> Int {
    stage == 0 ? TaskGrid.tasks(rows, by: rowsPerTask) : TaskGrid.tasks(channels, by: 256)
  }
}

/// Bias and sums over rows.
public struct ReductionKernels: Sendable {
  /// Takes `BiasArguments`.
  public let addBias: KernelFunction
  /// Stage 0 of `ChannelSumArguments`.
  public let channelSumPartials: KernelFunction
  /// Stage 1 of `ChannelSumArguments`.
  public let channelSumTotal: KernelFunction

  /// The table, entry by entry.
  public init(
    addBias: @escaping KernelFunction, channelSumPartials: @escaping KernelFunction,
    channelSumTotal: @escaping KernelFunction
  ) {
    self.addBias = addBias
    self.channelSumPartials = channelSumPartials
    self.channelSumTotal = channelSumTotal
  }
}
