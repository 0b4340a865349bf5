import NNTensor

/// What a step computes, with all that its kernel must know besides its operands' shapes. The runtime binds each case to
/// a function of the processor's kernel table.
public enum Kernel: Hashable, Sendable {
  /// Weights `[kh, kw, Cin / groups, Cout]` to the blocks that `convolution` reads in this direction.
  case packWeights(ConvolutionProblem, ConvolutionDirection, ConvolutionAlgorithm)
  /// Operand, packed weights, then the epilogue's bias, saved output and projection's weights and bias to the result and
  /// the epilogue's argmax.
  case convolution(ConvolutionProblem, ConvolutionDirection, Epilogue, ConvolutionAlgorithm)
  /// Convolution input and output gradient to the weights' and optionally the bias's gradient; a workspace for
  /// partial sums.
  case weightGradient(ConvolutionProblem, biasGradient: BiasSide, ConvolutionAlgorithm)
  case biasAdd(Activation)
  /// A workspace for partial sums.
  case channelSum
  case activation(Activation)
  case activationGradient(Activation)
  /// The operand's extent is told, since its buffer may have another shape after a reshape.
  case maxPool(PoolWindow, inputSize: Size2D)
  /// Gradient and argmax, then the saved pooled output where an activation's gradient is fused.
  case maxPoolGradient(PoolWindow, gradientOf: Activation)
  case averagePool(PoolWindow, inputSize: Size2D)
  case averagePoolGradient(PoolWindow)
  case spatialMean
  case spatialMeanGradient
  case upsample(Upsampling)
  case upsampleGradient(Upsampling)
  /// `[N, H, W, C]` to `[N, C, H, W]`, or back.
  case permute(channelsFirst: Bool)
  /// Operand and, if affine, weight and bias to the result and, except over channels, mean and variance of each channel;
  /// a workspace for partial sums.
  case normalize(NormalizationExtent, epsilon: Float, isAffine: Bool, Activation)
  /// Gradient, operand, mean and variance (except over channels), the weight if affine, and the saved output where an
  /// activation's gradient is fused.
  case normalizeGradient(NormalizationExtent, epsilon: Float, isAffine: Bool, gradientOf: Activation)
  /// Running mean and variance, and a batch's, of `count` values per channel, to the first two in place.
  case trackStatistics(momentum: Float, count: Int)
  /// Mean, variance and, if affine, weight and bias to scale and shift.
  case channelScale(epsilon: Float, isAffine: Bool)
  /// Operand, scale and perhaps shift.
  case channelAffine(hasShift: Bool, Activation)
  /// Weights `[kh, kw, Cin / groups, Cout]` and a factor for each channel of the result in this direction.
  case scaleWeights(Shape, ConvolutionDirection, groups: Int)
  /// Weights, u and v to the last two in place, after one step towards the first singular vectors; a workspace.
  case powerIteration(WeightMatrix)
  /// Weights, u and v to the weights divided by σ = uᵀ W v, and σ; a workspace.
  case spectralNormalize(WeightMatrix)
  /// The gradient for the divided weights, these, u, v and σ; a workspace.
  case spectralNormalizeGradient(WeightMatrix)
  /// Values and perhaps the probability.
  case dropout(rate: Float, stream: Int, isScheduled: Bool)
  /// Values and perhaps the deviation.
  case noise(deviation: Float, stream: Int, isScheduled: Bool)
  case depthToSpace(factor: Size2D)
  case spaceToDepth(factor: Size2D)
  /// Rows and columns of a value around an image; the operand's extent follows from the result's.
  case pad(Margins, value: Float)
  case crop(Margins)
  case add
  case multiply
  /// Operands joined along the last dimension.
  case concatenate
  /// Channels `start ..< start + count` of the last dimension.
  case slice(start: Int, count: Int)
  /// Prediction and target to a scalar; a workspace for partial sums.
  case loss(LossKind)
  /// The same of images of this shape; total variation has no target.
  case imageLoss(LossKind, Shape)
  /// Prediction, target where there is one, and the loss's gradient; for the structural similarity a workspace.
  case lossGradient(LossKind)
  /// Operand times a constant plus a constant, for each channel.
  case mapChannels(scale: [Float], shift: [Float])
  /// Parameter, gradient, state, scalars and perhaps a factor on the gradient to parameter and state in place; or perhaps a
  /// sum of others' squares, to the sum of the gradient's squares as well, with a workspace for partial sums.
  case update(OptimizerKind, NormUse)
  /// Gradient, sum and whether the sum stays, to the sum in place.
  case sumGradient
  /// Values and perhaps a sum of others' squares to the sum of squares; a workspace for partial sums.
  case sumOfSquares
  /// The share of values that are larger.
  case shareAbove(Float)
  /// A limit and sums of gradients' squares to the factor that keeps their norm within it; a workspace for a sum.
  case clipFactor
  /// A parameter, in place, to within ± `bound`.
  case clampParameter(bound: Float)
  /// A gradient and a limit to the gradient's values within ± the limit.
  case clampGradient
  /// Parameter, average and decay to the average in place.
  case movingAverage
}

/// What measurements chose for a step.
public struct TunedChoice: Hashable, Sendable {
  /// The algorithm that rules would have chosen; nil where it is the same.
  public var replaced: ConvolutionAlgorithm?
  /// How the work is cut into tasks; as by the kernels' rule where nil.
  public var blocking: ConvolutionBlocking?

  /// A choice.
  public init(replaced: ConvolutionAlgorithm?, blocking: ConvolutionBlocking?) {
    self.replaced = replaced
    self.blocking = blocking
  }

  /// What is added to the step's name in a plan.
  var text: String {
    let parts = [replaced.map { "instead of \($0)" }, blocking?.text].compactMap { $0 }
    return parts.isEmpty ? "" : " (tuned: \(parts.joined(separator: "; ")))"
  }
}

/// A pair of an input and an output of a step that may share their place.
public struct InPlace: Hashable, Sendable {
  /// The index into the step's inputs.
  public var input: Int
  /// The index into the step's outputs.
  public var output: Int

  /// A pair by index.
  public init(input: Int, output: Int) {
    self.input = input
    self.output = output
  }
}
