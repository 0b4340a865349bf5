/// The kernels that are not convolutions, as one instruction set has them.
public struct VectorKernels: Sendable {
  /// Activations and their gradients.
  public let activation: ActivationKernels
  /// Arithmetic on whole buffers.
  public let elementwise: ElementwiseKernels
  /// Losses of images.
  public let imageLoss: ImageLossKernels
  /// Losses and their gradients.
  public let loss: LossKernels
  /// Elementary functions.
  public let math: VectorMathKernels
  /// Normalisation and its gradients.
  public let normalization: NormalizationKernels
  /// Parameter updates.
  public let optimizer: OptimizerKernels
  /// Orders of axes.
  public let permute: PermuteKernels
  /// Dropout and noise.
  public let perturbation: PerturbationKernels
  /// Pooling and its gradients.
  public let pooling: PoolingKernels
  /// Bias and sums over rows.
  public let reduction: ReductionKernels
  /// Upsampling and its gradients.
  public let resampling: ResamplingKernels
  /// Moving pixels.
  public let spatial: SpatialKernels
  /// The spectral norm of weights.
  public let spectral: SpectralKernels

  /// The kernels of one instruction set.
  public init(
    activation: ActivationKernels, elementwise: ElementwiseKernels, imageLoss: ImageLossKernels, loss: LossKernels,
    math: VectorMathKernels, normalization: NormalizationKernels, optimizer: OptimizerKernels,
    permute: PermuteKernels, perturbation: PerturbationKernels, pooling: PoolingKernels,
    reduction: ReductionKernels, resampling: ResamplingKernels, spatial: SpatialKernels, spectral: SpectralKernels
  ) {
    self.activation = activation
    self.elementwise = elementwise
    self.imageLoss = imageLoss
    self.loss = loss
    self.math = math
    self.normalization = normalization
    self.optimizer = optimizer
    self.permute = permute
    self.perturbation = perturbation
    self.pooling = pooling
    self.reduction = reduction
    self.resampling = resampling
    self.spatial = spatial
    self.spectral = spectral
  }
}

/// How work is cut into tasks: by sizes only, so that results do not depend on the number of threads.
public enum TaskGrid {
  /// The number of values one task of an elementwise kernel handles.
  public static let chunk = 16_384

  /// The number of tasks for `count` values in pieces of `size`.
  public static func tasks(_ count: Int, by size: Int = chunk) -> Int {
    count == 0 ? 0 : (count - 1) / size + 1
  }

  /// How many rows of `channels` values one task handles: about a chunk, at least one.
  public static func rowsPerTask(channels: Int) -> Int { max(1, chunk / max(1, channels)) }
}
