/// What changes from step to step: the kernel reads it when it runs.
public struct DropoutScalars: BitwiseCopyable, Sendable {
  /// The training's seed: the generator's key.
  public var seed: UInt64
  /// The training step.
  public var step: UInt32
  /// Dropout: the probability that a value becomes zero, in [0, 1]; noise: the standard deviation.
  public var rate: Float

  /// The arguments, field by field.
  public init(seed: UInt64, step: UInt32, rate: Float) {
    self.seed = seed
    self.step = step
    self.rate = rate
  }
}

/// y = x / (1 − rate) where kept, otherwise 0; the same kernel on dy gives dx. `output` may be `input`.
///
/// Value e of the batch (`firstElement` is the first one here) is kept if word e mod 4 of Philox4x32-10 with key `seed`
/// and counter (e / 4 mod 2³², e / 2³⁴, `stream`, `step`) gives (word >> 8) · 2⁻²⁴ ≥ rate.
public struct DropoutArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// Seed, step and rate.
  public var scalars: UnsafePointer<DropoutScalars>
  /// A number of the layer's own.
  public var stream: UInt32
  /// The index in the whole batch of the first value here.
  public var firstElement: UInt64
  /// Whether all are stored as bf16 numbers; `firstElement` is even then.
  public var isBFloat16 = false

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int,
    scalars: UnsafePointer<DropoutScalars>, stream: UInt32, firstElement: UInt64 = 0
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

/// y = x + deviation · z with z normally distributed; `output` may be `input`.
///
/// Value e of the batch takes the word w that `DropoutArguments` says, and z = √2 erf⁻¹((2 (w >> 8) + 1) · 2⁻²⁴ − 1): the
/// quantile of a uniform number.
public struct NoiseArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// Seed, step and deviation.
  public var scalars: UnsafePointer<DropoutScalars>
  /// A number of the layer's own.
  public var stream: UInt32
  /// The index in the whole batch of the first value here.
  public var firstElement: UInt64
  /// Whether all are stored as bf16 numbers; `firstElement` is even then.
  public var isBFloat16 = false

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int,
    scalars: UnsafePointer<DropoutScalars>, stream: UInt32, firstElement: UInt64 = 0
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

/// What is random in training.
public struct DropoutKernels: Sendable {
  /// Takes `DropoutArguments`.
  public let dropout: KernelFunction
  /// Takes `NoiseArguments`.
  public let noise: KernelFunction

  /// The table, entry by entry.
  public init(dropout: @escaping KernelFunction, noise: @escaping KernelFunction) {
    self.dropout = dropout
    self.noise = noise
  }
}
