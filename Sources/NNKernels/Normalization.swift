/// The sizes of a normalisation over rows: `[segments, rows, channels]`, where the values of a segment's group of
/// neighbouring channels share mean and variance. Over a batch there is one segment, over samples one for each.
public struct NormalizationShape: BitwiseCopyable, Sendable {
  /// The outermost axis.
  public var segments: Int
  /// Rows of each segment.
  public var rows: Int
  /// The last axis.
  public var channels: Int
  /// Neighbouring channels that share statistics.
  public var groupSize: Int

  /// The sizes.
  public init(segments: Int, rows: Int, channels: Int, groupSize: Int = 1) {
    self.segments = segments
    self.rows = rows
    self.channels = channels
    self.groupSize = groupSize
  }

  /// The number of rows one task handles: at most 512 tasks for a segment.
  public var rowsPerTask: Int { max(16, TaskGrid.rowsPerTask(channels: channels), TaskGrid.tasks(rows, by: 512)) }
  /// Tasks for a segment.
  public var chunks: Int { TaskGrid.tasks(rows, by: rowsPerTask) }
  /// Tasks of the stages that go through all rows.
  public var rowTasks: Int { segments * chunks }
  /// Groups that one task of the stage between them handles.
  public var groupsPerTask: Int { max(1, 256 / groupSize) }
  /// Tasks of that stage.
  public var groupTasks: Int { segments * TaskGrid.tasks(channels / groupSize, by: groupsPerTask) }
  /// Floats of working memory: two sums for each task and channel, and five numbers for each segment's channel.
  public var workspaceCount: Int { (2 * rowTasks + 5 * segments) * channels }
}

/// y = f((x − mean) / √(variance + ε) · weight + bias), in three stages: `partials` (`shape.rowTasks` tasks), `statistics`
/// (`shape.groupTasks`), `apply` (`shape.rowTasks`). `output` may be `input`.
public struct NormalizeArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// `[channels]`; nil for ones.
  public var weight: UnsafePointer<Float>?
  /// `[channels]`; nil for zeros.
  public var bias: UnsafePointer<Float>?
  /// Written: `[segments, channels]`.
  public var mean: UnsafeMutablePointer<Float>
  /// Written: the biased variance `[segments, channels]`.
  public var variance: UnsafeMutablePointer<Float>
  /// Working memory, `shape.workspaceCount` values.
  public var workspace: UnsafeMutablePointer<Float>
  /// The sizes.
  public var shape: NormalizationShape
  /// ε.
  public var epsilon: Float
  /// The function f.
  public var kind: ActivationKind
  /// The slope below zero, for `leakyRelu`.
  public var slope: Float
  /// Numbers from a row of x to the next, and of y.
  public var inputPitch: Int
  public var outputPitch: Int
  /// Whether the values, not the channels' numbers, are stored as bf16.
  public var isBFloat16 = false

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, weight: UnsafePointer<Float>?,
    bias: UnsafePointer<Float>?, mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutablePointer<Float>, shape: NormalizationShape, epsilon: Float,
    kind: ActivationKind = .identity, slope: Float = 0
  ) {
    self.input = input
    self.output = output
    self.weight = weight
    self.bias = bias
    self.mean = mean
    self.variance = variance
    self.workspace = workspace
    self.shape = shape
    self.epsilon = epsilon
    self.kind = kind
    self.slope = slope
    (inputPitch, outputPitch) = (shape.channels, shape.channels)
  }

  /// Whether other values lie between the rows of x or y.
  public var isApart: Bool { inputPitch != shape.channels || outputPitch != shape.channels }
}

/// The gradients of such a normalisation, in four stages: `gradientPartials` (`shape.rowTasks` tasks), `gradientTotals`
/// (`shape.groupTasks`), `gradientParameters` (`parameterTasks`; only where there is a weight), `gradientApply`
/// (`shape.rowTasks`). `inputGradient` may be `outputGradient`.
public struct NormalizeGradientArguments: BitwiseCopyable {
  /// dy.
  public var outputGradient: UnsafePointer<Float>
  /// x.
  public var input: UnsafePointer<Float>
  /// `[segments, channels]`.
  public var mean: UnsafePointer<Float>
  /// `[segments, channels]`.
  public var variance: UnsafePointer<Float>
  /// `[channels]`; nil for ones.
  public var weight: UnsafePointer<Float>?
  /// dx.
  public var inputGradient: UnsafeMutablePointer<Float>
  /// `[channels]`; nil where there is no weight.
  public var weightGradient: UnsafeMutablePointer<Float>?
  /// `[channels]`; nil where there is no bias.
  public var biasGradient: UnsafeMutablePointer<Float>?
  /// Working memory, `shape.workspaceCount` values.
  public var workspace: UnsafeMutablePointer<Float>
  /// The sizes.
  public var shape: NormalizationShape
  /// ε.
  public var epsilon: Float
  /// f(y) of an activation that follows; dy is then f's gradient. Nil where none does.
  public var saved: UnsafePointer<Float>?
  /// That function: `relu` or `leakyRelu` with a positive slope.
  public var kind: ActivationKind
  /// The slope below zero, for `leakyRelu`.
  public var slope: Float
  /// Numbers from a row of dy to the next, of x and of `saved`; the rows of dx follow each other.
  public var gradientPitch: Int
  public var inputPitch: Int
  public var savedPitch: Int
  /// Whether the gradients of weight and bias are added to what is there.
  public var accumulate = false
  /// Whether the values, not the channels' numbers, are stored as bf16.
  public var isBFloat16 = false

  /// The arguments, field by field.
  public init(
    outputGradient: UnsafePointer<Float>, input: UnsafePointer<Float>, mean: UnsafePointer<Float>,
    variance: UnsafePointer<Float>, weight: UnsafePointer<Float>?, inputGradient: UnsafeMutablePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>?, biasGradient: UnsafeMutablePointer<Float>?,
    workspace: UnsafeMutablePointer<Float>, shape: NormalizationShape, epsilon: Float,
    saved: UnsafePointer<Float>? = nil, kind: ActivationKind = .identity, slope: Float = 0
  ) {
    self.outputGradient = outputGradient
    self.input = input
    self.mean = mean
    self.variance = variance
    self.weight = weight
    self.inputGradient = inputGradient
    self.weightGradient = weightGradient
    self.biasGradient = biasGradient
    self.workspace = workspace
    self.shape = shape
    self.epsilon = epsilon
    self.saved = saved
    self.kind = kind
    self.slope = slope
    (gradientPitch, inputPitch, savedPitch) = (shape.channels, shape.channels, shape.channels)
  }

  /// Whether other values lie between the rows of an operand.
  public var isApart: Bool {
    gradientPitch != shape.channels || inputPitch != shape.channels || savedPitch != shape.channels
  }

  /// Tasks of `gradientParameters`.
  public var parameterTasks: Int { TaskGrid.tasks(shape.channels, by: 256) }
}

/// Normalisation of each row of `[rows, channels]`, and its gradients. Forward: `rows`, with `taskCount` tasks; `output`
/// may be `input`. Backward: `rowsGradient` (`taskCount`), then, where there is a weight, `rowsParameters`
/// (`parameterTasks`); `output` is dx and may be `outputGradient`.
public struct NormalizeRowsArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// y, or dx.
  public var output: UnsafeMutablePointer<Float>
  /// `[channels]`; nil for ones.
  public var weight: UnsafePointer<Float>?
  /// `[channels]`; nil for zeros. Forward only.
  public var bias: UnsafePointer<Float>?
  /// The product of all axes but the last.
  public var rows: Int
  /// The last axis.
  public var channels: Int
  /// ε.
  public var epsilon: Float
  /// The function that is applied to y. Forward only.
  public var kind = ActivationKind.identity
  /// The slope below zero, for `leakyRelu`.
  public var slope: Float = 0
  /// dy. Backward only.
  public var outputGradient: UnsafePointer<Float>?
  /// `[channels]`. Backward only.
  public var weightGradient: UnsafeMutablePointer<Float>?
  /// `[channels]`. Backward only.
  public var biasGradient: UnsafeMutablePointer<Float>?
  /// Working memory for the gradients of weight and bias, `partialsCount` values. Backward only.
  public var partials: UnsafeMutablePointer<Float>?
  /// Whether these are added to what is there. Backward only.
  public var accumulate = false

  /// The arguments of both directions.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, weight: UnsafePointer<Float>?,
    bias: UnsafePointer<Float>? = nil, rows: Int, channels: Int, epsilon: Float
  ) {
    self.input = input
    self.output = output
    self.weight = weight
    self.bias = bias
    self.rows = rows
    self.channels = channels
    self.epsilon = epsilon
  }

  /// The number of rows one task handles.
  public var rowsPerTask: Int { Self.rowsPerTask(channels) }
  /// Tasks of the stages that go through all rows.
  public var taskCount: Int { TaskGrid.tasks(rows, by: rowsPerTask) }
  /// Tasks of `rowsParameters`.
  public var parameterTasks: Int { TaskGrid.tasks(channels, by: 256) }

  private static func rowsPerTask(_ channels: Int) -> Int { min(256, TaskGrid.rowsPerTask(channels: channels)) }

  /// The size of `partials`, in values.
  public static func partialsCount(rows: Int, channels: Int) -> Int {
    2 * channels * TaskGrid.tasks(rows, by: rowsPerTask(channels))
  }
}

/// Running values of a normalisation over batches, and what follows from them; everything `[channels]`.
public struct StatisticsArguments: BitwiseCopyable {
  /// `track`: the running mean, changed; `scale`: the mean.
  public var mean: UnsafeMutablePointer<Float>
  /// `track`: the running variance, changed; `scale`: the variance.
  public var variance: UnsafeMutablePointer<Float>
  /// `track`: the batch's mean; `scale`: the weight, nil for ones.
  public var first: UnsafePointer<Float>?
  /// `track`: the batch's biased variance; `scale`: the bias, nil for zeros.
  public var second: UnsafePointer<Float>?
  /// `scale`: weight / √(variance + ε).
  public var scale: UnsafeMutablePointer<Float>?
  /// `scale`: bias − mean · scale.
  public var shift: UnsafeMutablePointer<Float>?
  /// How many.
  public var channels: Int
  /// ε.
  public var epsilon: Float = 0
  /// How much the batch counts.
  public var momentum: Float = 0
  /// Values per channel in the batch; with one the variance stays.
  public var count: Int = 0

  /// Arguments of both; the rest is set by name.
  public init(
    mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>, first: UnsafePointer<Float>?,
    second: UnsafePointer<Float>?, channels: Int
  ) {
    self.mean = mean
    self.variance = variance
    self.first = first
    self.second = second
    self.channels = channels
  }

  /// Tasks of the only stage.
  public var taskCount: Int { 1 }
}

/// y = f(x · scale + shift) in each row of `[rows, channels]`; `output` may be `input`.
public struct ChannelAffineArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// `[channels]`.
  public var scale: UnsafePointer<Float>
  /// `[channels]`; nil for zeros.
  public var shift: UnsafePointer<Float>?
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
  /// Numbers from a row of x to the next, and of y.
  public var inputPitch: Int
  public var outputPitch: Int
  /// Whether the values, not the channels' numbers, are stored as bf16.
  public var isBFloat16 = false

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, rows: Int, channels: Int, kind: ActivationKind = .identity, slope: Float = 0
  ) {
    self.input = input
    self.scale = scale
    self.shift = shift
    self.output = output
    self.rows = rows
    self.channels = channels
    self.kind = kind
    self.slope = slope
    (inputPitch, outputPitch) = (channels, channels)
  }

  /// Whether other values lie between the rows of x or y.
  public var isApart: Bool { inputPitch != channels || outputPitch != channels }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(rows, by: TaskGrid.rowsPerTask(channels: channels)) }
}

/// A convolution's weights `[taps, inner, outer]` times a factor per channel of its result: per outer channel, or for the
/// adjoint per inner channel of each group (of the outer channels). `output` may be `input`.
public struct ScaleWeightsArguments: BitwiseCopyable {
  /// The weights.
  public var input: UnsafePointer<Float>
  /// The factors: `[outer]`, for the adjoint `[groups · inner]`.
  public var scale: UnsafePointer<Float>
  /// The scaled weights.
  public var output: UnsafeMutablePointer<Float>
  /// Rows times columns of the kernel.
  public var taps: Int
  /// Channels along the last axis but one.
  public var inner: Int
  /// Channels along the last axis.
  public var outer: Int
  /// Groups.
  public var groups: Int
  /// Whether the factors belong to the inner channels.
  public var isAdjoint: Bool

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, scale: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, taps: Int,
    inner: Int, outer: Int, groups: Int, isAdjoint: Bool
  ) {
    self.input = input
    self.scale = scale
    self.output = output
    self.taps = taps
    self.inner = inner
    self.outer = outer
    self.groups = groups
    self.isAdjoint = isAdjoint
  }

  /// Tasks of the only stage.
  public var taskCount: Int { taps }
}
