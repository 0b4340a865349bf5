/// What changes from step to step: the kernel reads it when it runs.
public struct PerturbationScalars: BitwiseCopyable, Sendable {
  /// The training's seed: the generator's key.
  public var seed: UInt64
  /// The training step.
  public var step: UInt32
  /// Dropout: the probability that a value becomes zero, in [0, 1]; noise: the standard deviation.
  public var level: Float

  /// The arguments, field by field.
  public init(seed: UInt64, step: UInt32, level: Float) {
    self.seed = seed
    self.step = step
    self.level = level
  }
}

/// y of x and a random number; `output` may be `input`.
///
/// Value e of the batch (`firstElement` is the first one here) takes word w, the one at e mod 4 of Philox4x32-10 with key
/// `seed` and counter (e / 4 mod 2³², e / 2³⁴, `stream`, `step`).
public struct PerturbationArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// Seed, step and level.
  public var scalars: UnsafePointer<PerturbationScalars>
  /// A number of the layer's own.
  public var stream: UInt32
  /// The index in the whole batch of the first value here.
  public var firstElement: UInt64
  /// Whether all are stored as bf16 numbers; `firstElement` is even then.
  public var isBFloat16 = false

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int,
    scalars: UnsafePointer<PerturbationScalars>, stream: UInt32, firstElement: UInt64 = 0
  ) {
    self.input = input
    self.output = output
    self.count = count
    self.scalars = scalars
    self.stream = stream
    self.firstElement = firstElement
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count) }
}

/// What is random in training; all take `PerturbationArguments`.
public struct PerturbationKernels: Sendable {
  /// y = x / (1 − level) where (w >> 8) · 2⁻²⁴ ≥ level, otherwise 0; the same kernel on dy gives dx.
  public let dropout: KernelFunction
  /// y = x + level · z with z = √2 erf⁻¹((2 (w >> 8) + 1) · 2⁻²⁴ − 1): the normal quantile of a uniform number.
  public let noise: KernelFunction

  /// The table, entry by entry.
  public init(dropout: @escaping KernelFunction, noise: @escaping KernelFunction) {
    self.dropout = dropout
    self.noise = noise
  }
}
