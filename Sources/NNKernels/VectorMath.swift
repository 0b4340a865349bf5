/// y = f(x); `output` may be `input`.
public struct UnaryArguments: BitwiseCopyable {
  /// x.
  public var input: UnsafePointer<Float>
  /// y.
  public var output: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int

  /// The arguments, field by field.
  public init(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int) {
    self.input = input
    self.output = output
    self.count = count
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count) }
}

/// Elementary functions, each on `UnaryArguments`, accurate to about 1e-7 relative.
public struct VectorMathKernels: Sendable {
  /// eˣ.
  public let exp: KernelFunction
  /// The natural logarithm.
  public let log: KernelFunction
  /// log(1 + x).
  public let log1p: KernelFunction
  /// The hyperbolic tangent.
  public let tanh: KernelFunction
  /// 1 / (1 + e⁻ˣ).
  public let sigmoid: KernelFunction
  /// The error function.
  public let erf: KernelFunction
  /// √x.
  public let sqrt: KernelFunction

  /// The table, entry by entry.
  public init(
    exp: @escaping KernelFunction, log: @escaping KernelFunction, log1p: @escaping KernelFunction,
    tanh: @escaping KernelFunction, sigmoid: @escaping KernelFunction, erf: @escaping KernelFunction,
    sqrt: @escaping KernelFunction
  ) {
    self.exp = exp
    self.log = log
    self.log1p = log1p
    self.tanh = tanh
    self.sigmoid = sigmoid
    self.erf = erf
    self.sqrt = sqrt
  }
}
