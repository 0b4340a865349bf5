/// Sizes of a pooling from `[batch, height, width, channels]` to `[batch, outputHeight, outputWidth, channels]`.
public struct PoolingShape: BitwiseCopyable, Sendable {
  /// N.
  public var batch: Int
  /// H of the input.
  public var height: Int
  /// W of the input.
  public var width: Int
  /// C.
  public var channels: Int
  /// H of the output.
  public var outputHeight: Int
  /// W of the output.
  public var outputWidth: Int
  /// Height of the window.
  public var kernelHeight: Int
  /// Width of the window.
  public var kernelWidth: Int
  /// Step from window to window, down.
  public var strideHeight: Int
  /// Step from window to window, across.
  public var strideWidth: Int
  /// Rows of padding above.
  public var paddingTop: Int
  /// Columns of padding on the left.
  public var paddingLeft: Int

  /// The arguments, field by field.
  public init(
    batch: Int, height: Int, width: Int, channels: Int, outputHeight: Int, outputWidth: Int, kernelHeight: Int,
    kernelWidth: Int, strideHeight: Int, strideWidth: Int, paddingTop: Int = 0, paddingLeft: Int = 0
  ) {
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.paddingTop = paddingTop
    self.paddingLeft = paddingLeft
  }

  /// The number of positions of a window.
  public var window: Int { kernelHeight * kernelWidth }

  /// Bytes of one stored position of a maximum: one up to 256 positions, otherwise two.
  public var argmaxStride: Int { window <= 256 ? 1 : 2 }
}

/// Maximum of each window; padding never wins, the first of equal values does, NaN wins as in PyTorch.
public struct MaxPoolArguments: BitwiseCopyable {
  /// `[N, H, W, C]`.
  public var input: UnsafePointer<Float>
  /// `[N, outputHeight, outputWidth, C]`.
  public var output: UnsafeMutablePointer<Float>
  /// Position in the window (row · kernelWidth + column) of each maximum, `argmaxStride` bytes each; nil when running.
  public var argmax: UnsafeMutableRawPointer?
  /// Sizes.
  public var shape: PoolingShape
  /// Numbers from a pixel of the input to the next; the output's follow each other.
  public var inputPitch: Int
  /// Whether all are stored as bf16 numbers.
  public var isBFloat16 = false

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, argmax: UnsafeMutableRawPointer?,
    shape: PoolingShape
  ) {
    self.input = input
    self.output = output
    self.argmax = argmax
    self.shape = shape
    inputPitch = shape.channels
  }

  /// Tasks of the only stage: rows of the output.
  public var taskCount: Int { shape.batch * shape.outputHeight }
}

/// Gradient of max pooling, with the gradient of an activation before the pool (relu or leaky relu) if wished.
/// Adds up where windows overlap.
public struct MaxPoolGradientArguments: BitwiseCopyable {
  /// As max pooling stored it.
  public var argmax: UnsafeRawPointer
  /// `[N, outputHeight, outputWidth, C]`.
  public var outputGradient: UnsafePointer<Float>
  /// `[N, H, W, C]`, every value is written.
  public var inputGradient: UnsafeMutablePointer<Float>
  /// Sizes.
  public var shape: PoolingShape
  /// The pool's output; needed unless `kind` is `identity`.
  public var output: UnsafePointer<Float>?
  /// `identity`, `relu` or `leakyRelu`: what came right before the pool.
  public var kind: ActivationKind
  /// The slope below zero, for `leakyRelu`.
  public var slope: Float
  /// Whether all are stored as bf16 numbers.
  public var isBFloat16 = false

  /// The arguments, field by field.
  public init(
    argmax: UnsafeRawPointer, outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
    shape: PoolingShape, output: UnsafePointer<Float>? = nil, kind: ActivationKind = .identity, slope: Float = 0
  ) {
    self.argmax = argmax
    self.outputGradient = outputGradient
    self.inputGradient = inputGradient
    self.shape = shape
    self.output = output
    self.kind = kind
    self.slope = slope
  }

  /// Tasks of the only stage: rows of the input.
  public var taskCount: Int { shape.batch * shape.height }
}

/// Mean of each window; padding counts as zeros (the divisor is the whole window).
public struct AveragePoolArguments: BitwiseCopyable {
  /// `[N, H, W, C]`.
  public var input: UnsafePointer<Float>
  /// `[N, outputHeight, outputWidth, C]`.
  public var output: UnsafeMutablePointer<Float>
  /// Sizes.
  public var shape: PoolingShape

  /// The arguments, field by field.
  public init(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, shape: PoolingShape) {
    self.input = input
    self.output = output
    self.shape = shape
  }

  /// Tasks of the only stage: rows of the output.
  public var taskCount: Int { shape.batch * shape.outputHeight }
}

/// Gradient of average pooling.
public struct AveragePoolGradientArguments: BitwiseCopyable {
  /// `[N, outputHeight, outputWidth, C]`.
  public var outputGradient: UnsafePointer<Float>
  /// `[N, H, W, C]`, every value is written.
  public var inputGradient: UnsafeMutablePointer<Float>
  /// Sizes.
  public var shape: PoolingShape

  /// The arguments, field by field.
  public init(outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, shape: PoolingShape) {
    self.outputGradient = outputGradient
    self.inputGradient = inputGradient
    self.shape = shape
  }

  /// Tasks of the only stage: rows of the input.
  public var taskCount: Int { shape.batch * shape.height }
}

/// Mean over the positions of `[batch, positions, channels]`, giving `[batch, channels]`; or its gradient.
public struct SpatialMeanArguments: BitwiseCopyable {
  /// Forward: `[batch, positions, channels]`; gradient: dy, `[batch, channels]`.
  public var input: UnsafePointer<Float>
  /// Forward: `[batch, channels]`; gradient: dx, `[batch, positions, channels]`.
  public var output: UnsafeMutablePointer<Float>
  /// N.
  public var batch: Int
  /// H · W.
  public var positions: Int
  /// C.
  public var channels: Int

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, batch: Int, positions: Int, channels: Int
  ) {
    self.input = input
    self.output = output
    self.batch = batch
    self.positions = positions
    self.channels = channels
  }

  /// Channels of one task of `spatialMean`.
  public static let channelsPerTask = 64

  /// Tasks of `spatialMean`.
  public var taskCount: Int { batch * TaskGrid.tasks(channels, by: Self.channelsPerTask) }

  /// Tasks of `spatialMeanGradient`: pieces of a sample.
  public var gradientTaskCount: Int { batch * gradientTasksPerSample }

  /// Pieces of a sample in `spatialMeanGradient`.
  public var gradientTasksPerSample: Int {
    TaskGrid.tasks(positions, by: TaskGrid.rowsPerTask(channels: channels))
  }
}

/// Pooling.
public struct PoolingKernels: Sendable {
  /// Takes `MaxPoolArguments`.
  public let maxPool: KernelFunction
  /// Takes `MaxPoolGradientArguments`.
  public let maxPoolGradient: KernelFunction
  /// Takes `AveragePoolArguments`.
  public let averagePool: KernelFunction
  /// Takes `AveragePoolGradientArguments`.
  public let averagePoolGradient: KernelFunction
  /// Takes `SpatialMeanArguments`.
  public let spatialMean: KernelFunction
  /// Takes `SpatialMeanArguments`, runs `gradientTaskCount` tasks.
  public let spatialMeanGradient: KernelFunction

  /// The table, entry by entry.
  public init(
    maxPool: @escaping KernelFunction, maxPoolGradient: @escaping KernelFunction,
    averagePool: @escaping KernelFunction, averagePoolGradient: @escaping KernelFunction,
    spatialMean: @escaping KernelFunction, spatialMeanGradient: @escaping KernelFunction
  ) {
    self.maxPool = maxPool
    self.maxPoolGradient = maxPoolGradient
    self.averagePool = averagePool
    self.averagePoolGradient = averagePoolGradient
    self.spatialMean = spatialMean
    self.spatialMeanGradient = spatialMeanGradient
  }
}
