/// z = x ∘ y; `output` may be `left` or `right`.
public struct BinaryArguments: BitwiseCopyable {
  /// x.
  public var left: UnsafePointer<Float>
  /// y.
  public var right: UnsafePointer<Float>
  /// z.
  public var output: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// Whether all are stored as bf16 numbers.
  public var isBFloat16 = false
  /// How the values lie where others stand between them; nil where they follow each other.
  public var pixels: PixelRows?

  /// The arguments, field by field.
  public init(
    left: UnsafePointer<Float>, right: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int
  ) {
    self.left = left
    self.right = right
    self.output = output
    self.count = count
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count, in: pixels) }
}

/// y = factor · scalar · x for `scale`, y += factor · scalar · x for `addScaled`; `output` may be `input`.
public struct ScaleArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// The constant factor.
  public var factor: Float
  /// A further factor, read when the kernel runs; nil for none.
  public var scalar: UnsafePointer<Float>?

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int, factor: Float = 1,
    scalar: UnsafePointer<Float>? = nil
  ) {
    self.input = input
    self.output = output
    self.count = count
    self.factor = factor
    self.scalar = scalar
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count) }
}

/// y = value.
public struct FillArguments: BitwiseCopyable {
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// The value.
  public var value: Float

  /// The arguments, field by field.
  public init(output: UnsafeMutablePointer<Float>, count: Int, value: Float = 0) {
    self.output = output
    self.count = count
    self.value = value
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count) }
}

/// Arithmetic on whole buffers.
public struct ElementwiseKernels: Sendable {
  /// x + y, of `BinaryArguments` (to accumulate, `output` is `left`).
  public let add: KernelFunction
  /// x − y, of `BinaryArguments`.
  public let subtract: KernelFunction
  /// x · y, of `BinaryArguments`.
  public let multiply: KernelFunction
  /// Takes `ScaleArguments`.
  public let scale: KernelFunction
  /// Takes `ScaleArguments`.
  public let addScaled: KernelFunction
  /// Takes `UnaryArguments`.
  public let copy: KernelFunction
  /// Takes `FillArguments`.
  public let fill: KernelFunction

  /// The table, entry by entry.
  public init(
    add: @escaping KernelFunction, subtract: @escaping KernelFunction, multiply: @escaping KernelFunction,
    scale: @escaping KernelFunction, addScaled: @escaping KernelFunction, copy: @escaping KernelFunction,
    fill: @escaping KernelFunction
  ) {
    self.add = add
    self.subtract = subtract
    self.multiply = multiply
    self.scale = scale
    self.addScaled = addScaled
    self.copy = copy
    self.fill = fill
  }
}
