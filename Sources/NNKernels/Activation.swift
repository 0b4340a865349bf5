/// The activations that act on each value alone.
public enum ActivationKind: Int32, BitwiseCopyable, CaseIterable, Sendable {
  /// y = x.
  case identity
  /// y = max(x, 0).
  case relu
  /// y = x, or slope · x below zero.
  case leakyRelu
  /// y = x, or eˣ − 1 below zero.
  case elu
  /// y = x Φ(x), with the exact normal distribution function.
  case gelu
  /// y = x / (1 + e⁻ˣ).
  case silu
  /// y = 1 / (1 + e⁻ˣ).
  case sigmoid
  /// y = tanh x.
  case tanh

  /// Whether the gradient kernel reads the activation's input (`gelu`, `silu`) or its output (all others).
  public var gradientReadsInput: Bool { self == .gelu || self == .silu }
}

/// y = f(x); `output` may be `input`.
public struct ActivationArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// The function.
  public var kind: ActivationKind
  /// The slope below zero, for `leakyRelu`.
  public var slope: Float
  /// Whether all are stored as bf16 numbers.
  public var isBFloat16 = false
  /// How the values lie where others stand between them; nil where they follow each other. The first operand is `input`.
  public var pixels: PixelRows?

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int, kind: ActivationKind,
    slope: Float = 0
  ) {
    self.input = input
    self.output = output
    self.count = count
    self.kind = kind
    self.slope = slope
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count, in: pixels) }
}

/// dx = dy · f′; `inputGradient` may be `outputGradient` (or `saved`).
public struct ActivationGradientArguments: BitwiseCopyable {
  /// x if `kind.gradientReadsInput`, otherwise y.
  public var saved: UnsafePointer<Float>
  /// dy.
  public var outputGradient: UnsafePointer<Float>
  /// dx.
  public var inputGradient: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// The function.
  public var kind: ActivationKind
  /// The slope below zero, for `leakyRelu`.
  public var slope: Float
  /// Whether all are stored as bf16 numbers.
  public var isBFloat16 = false
  /// How the values lie where others stand between them; nil where they follow each other. The first operand is `saved`.
  public var pixels: PixelRows?

  /// The arguments, field by field.
  public init(
    saved: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
    count: Int, kind: ActivationKind, slope: Float = 0
  ) {
    self.saved = saved
    self.outputGradient = outputGradient
    self.inputGradient = inputGradient
    self.count = count
    self.kind = kind
    self.slope = slope
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count, in: pixels) }
}

/// Softmax of each row of `[rows, channels]`; `output` may be `input`.
public struct SoftmaxArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// The product of all axes but the last.
  public var rows: Int
  /// The last axis.
  public var channels: Int

  /// The arguments, field by field.
  public init(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, rows: Int, channels: Int) {
    self.input = input
    self.output = output
    self.rows = rows
    self.channels = channels
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(rows, by: TaskGrid.rowsPerTask(channels: channels)) }
}

/// dx = y · (dy − Σ dy · y) in each row; `inputGradient` may be `outputGradient`.
public struct SoftmaxGradientArguments: BitwiseCopyable {
  /// y.
  public var output: UnsafePointer<Float>
  /// dy.
  public var outputGradient: UnsafePointer<Float>
  /// dx.
  public var inputGradient: UnsafeMutablePointer<Float>
  /// The product of all axes but the last.
  public var rows: Int
  /// The last axis.
  public var channels: Int

  /// The arguments, field by field.
  public init(
    output: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
    rows: Int, channels: Int
  ) {
    self.output = output
    self.outputGradient = outputGradient
    self.inputGradient = inputGradient
    self.rows = rows
    self.channels = channels
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(rows, by: TaskGrid.rowsPerTask(channels: channels)) }
}

/// Activations.
public struct ActivationKernels: Sendable {
  /// Takes `ActivationArguments`.
  public let forward: KernelFunction
  /// Takes `ActivationGradientArguments`.
  public let gradient: KernelFunction
  /// Takes `SoftmaxArguments`.
  public let softmax: KernelFunction
  /// Takes `SoftmaxGradientArguments`.
  public let softmaxGradient: KernelFunction

  /// The table, entry by entry.
  public init(
    forward: @escaping KernelFunction, gradient: @escaping KernelFunction, softmax: @escaping KernelFunction,
    softmaxGradient: @escaping KernelFunction
  ) {
    self.forward = forward
    self.gradient = gradient
    self.softmax = softmax
    self.softmaxGradient = softmaxGradient
  }
}
