// Where the plan says `bfloat16`, addresses are those of words of two bf16 numbers.

/// Arguments of `ConvolutionKernels.packWeights`.
public struct ConvolutionPackArguments {
  public var plan: ConvolutionPlan
  /// `[kernelHeight, kernelWidth, inputChannels / groups, outputChannels]`.
  public var weights: UnsafePointer<Float>
  /// `plan.packedCount` words: `[group][block][phase][tap][source channel, or two][block's lanes]`, zero behind the channels.
  public var packed: UnsafeMutablePointer<Float>

  public init(plan: ConvolutionPlan, weights: UnsafePointer<Float>, packed: UnsafeMutablePointer<Float>) {
    self.plan = plan
    self.weights = weights
    self.packed = packed
  }
}

/// Arguments of `ConvolutionKernels.convolve` and `convolvePool`.
///
/// Each stored value is `activation(sum + bias) · gradient(saved)`, plus the destination's old value if `accumulate`; of a
/// plan with a projection, that of the projection of a pixel's `activation(sum + bias)`.
public struct ConvolutionArguments {
  public var plan: ConvolutionPlan
  public var source: UnsafePointer<Float>
  /// Packed weights; weights as they are if the plan says so.
  public var packed: UnsafePointer<Float>
  /// The destination; with pooling `[batch, pooledHeight, pooledWidth, channels]`.
  public var destination: UnsafeMutablePointer<Float>
  /// One value per destination channel.
  public var bias: UnsafePointer<Float>?
  public var activation: ActivationKind = .identity
  /// The activation whose gradient multiplies each sum, computed from its saved output: any but `gelu` and `silu`.
  public var gradient: ActivationKind = .identity
  /// Leaky relu's factor for negative values, of `activation` or `gradient`.
  public var slope: Float = 0
  /// The output of the activation named by `gradient`, in the destination's shape. Not with pooling.
  public var saved: UnsafePointer<Float>?
  /// Adds to the destination. Not with pooling.
  public var accumulate = false
  /// What follows if the plan has a projection; then there is no `saved` nor `accumulate`.
  public var projection: ProjectionArguments?
  /// With pooling: where in its window (row by row, 0 … 255) each maximum was; in the destination's shape.
  public var argmax: UnsafeMutablePointer<UInt8>?

  public init(
    plan: ConvolutionPlan, source: UnsafePointer<Float>, packed: UnsafePointer<Float>,
    destination: UnsafeMutablePointer<Float>
  ) {
    self.plan = plan
    self.source = source
    self.packed = packed
    self.destination = destination
  }
}

/// A 1×1 convolution of a convolution's results, `plan.projectedChannels` values `activation(sum + bias)` for each pixel.
public struct ProjectionArguments {
  /// `[destinationChannels, projectedChannels]`.
  public var weights: UnsafePointer<Float>
  /// One value for each projected channel.
  public var bias: UnsafePointer<Float>?
  public var activation: ActivationKind = .identity
  /// Leaky relu's factor for negative values.
  public var slope: Float = 0

  public init(weights: UnsafePointer<Float>) { self.weights = weights }
}

/// Arguments of `ConvolutionKernels.weightGradient` and `reduceWeightGradient`.
public struct WeightGradientArguments {
  public var plan: WeightGradientPlan
  /// The convolution's input `[batch, inputHeight, inputWidth, inputChannels]`
  /// (of a transposed convolution: the gradient of its output).
  public var input: UnsafePointer<Float>
  /// The gradient of the convolution's output (of a transposed convolution: its input).
  public var output: UnsafePointer<Float>
  /// The result, as the weights: `[kernelHeight, kernelWidth, inputChannels / groups, outputChannels]`.
  public var weightGradient: UnsafeMutablePointer<Float>
  /// The result if `plan.biasSide` is not `.none`: the channel sums of that side's tensor.
  public var biasGradient: UnsafeMutablePointer<Float>?
  /// `plan.partialCount` floats (may dangle if that is 0).
  public var partials: UnsafeMutablePointer<Float>
  /// Adds to both results.
  public var accumulate = false

  public init(
    plan: WeightGradientPlan, input: UnsafePointer<Float>, output: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>? = nil,
    partials: UnsafeMutablePointer<Float>, accumulate: Bool = false
  ) {
    self.plan = plan
    self.input = input
    self.output = output
    self.weightGradient = weightGradient
    self.biasGradient = biasGradient
    self.partials = partials
    self.accumulate = accumulate
  }
}

/// The convolution kernels of one instruction set.
public struct ConvolutionKernels: Sendable {
  /// To make plans with.
  public var shape: TileShape
  /// `ConvolutionPackArguments`, `plan.packTaskCount` tasks.
  public let packWeights: KernelFunction
  /// `ConvolutionArguments`, `plan.taskCount` tasks, for a plan without pooling.
  public let convolve: KernelFunction
  /// `ConvolutionArguments`, `plan.taskCount` tasks, for a plan with pooling.
  public let convolvePool: KernelFunction
  /// `WeightGradientArguments`, `plan.taskCount` tasks.
  public let weightGradient: KernelFunction
  /// `WeightGradientArguments`, `plan.reduceTaskCount` tasks (none if that is 0), after `weightGradient`.
  public let reduceWeightGradient: KernelFunction
  /// Measures the processor's peak: that many rounds of register-only products on three floats at `sink`; returns the
  /// floating-point operations done.
  public let registerProducts: @Sendable (_ iterations: Int, _ sink: UnsafeMutablePointer<Float>) -> Double

  public init(
    shape: TileShape, packWeights: @escaping KernelFunction, convolve: @escaping KernelFunction,
    convolvePool: @escaping KernelFunction, weightGradient: @escaping KernelFunction,
    reduceWeightGradient: @escaping KernelFunction,
    registerProducts: @escaping @Sendable (Int, UnsafeMutablePointer<Float>) -> Double
  ) {
    self.shape = shape
    self.packWeights = packWeights
    self.convolve = convolve
    self.convolvePool = convolvePool
    self.weightGradient = weightGradient
    self.reduceWeightGradient = reduceWeightGradient
    self.registerProducts = registerProducts
  }
}
