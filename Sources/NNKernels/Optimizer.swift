/// The numbers of one step of an optimizer, prepared in double precision: kernels read them when they run.
public struct OptimizerScalars: BitwiseCopyable, Sendable {
  /// The learning rate.
  public var learningRate: Float
  /// Coupled decay: g + weightDecay · p (0 for AdamW).
  public var weightDecay: Float
  /// Decoupled decay: p · decayFactor (1 but for AdamW).
  public var decayFactor: Float
  /// SGD: momentum; Adam: β₁; RMSprop: α.
  public var beta1: Float
  /// Its complement; SGD: 1.
  public var oneMinusBeta1: Float
  /// Adam: β₂; RMSprop: momentum.
  public var beta2: Float
  /// Its complement.
  public var oneMinusBeta2: Float
  /// Added to the root; Adam: ε √(1 − β₂ᵗ).
  public var epsilon: Float
  /// Adam: learningRate √(1 − β₂ᵗ) / (1 − β₁ᵗ).
  public var stepSize: Float
  /// SGD: the momentum buffer becomes the gradient.
  public var isFirstStep: Bool

  /// The arguments, field by field.
  public init(
    learningRate: Float, weightDecay: Float, decayFactor: Float, beta1: Float, oneMinusBeta1: Float, beta2: Float,
    oneMinusBeta2: Float, epsilon: Float, stepSize: Float, isFirstStep: Bool
  ) {
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.decayFactor = decayFactor
    self.beta1 = beta1
    self.oneMinusBeta1 = oneMinusBeta1
    self.beta2 = beta2
    self.oneMinusBeta2 = oneMinusBeta2
    self.epsilon = epsilon
    self.stepSize = stepSize
    self.isFirstStep = isFirstStep
  }

  /// PyTorch's `SGD` (dampening 0).
  public static func sgd(
    learningRate: Double, momentum: Double = 0, weightDecay: Double = 0, isFirstStep: Bool
  ) -> OptimizerScalars {
    OptimizerScalars(
      learningRate: Float(learningRate), weightDecay: Float(weightDecay), decayFactor: 1, beta1: Float(momentum),
      oneMinusBeta1: 1, beta2: 0, oneMinusBeta2: 1, epsilon: 0, stepSize: Float(learningRate),
      isFirstStep: isFirstStep)
  }

  /// PyTorch's `Adam` (`decoupled: false`) and `AdamW` (`decoupled: true`) at update `step`, counted from 1.
  public static func adam(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, decoupled: Bool, step: Int
  ) -> OptimizerScalars {
    adam(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
      decoupled: decoupled, correction1: 1 - power(beta1, step), correction2: 1 - power(beta2, step))
  }

  /// The same where 1 − β₁ᵗ and 1 − β₂ᵗ are known.
  public static func adam(
    learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, decoupled: Bool,
    correction1: Double, correction2: Double
  ) -> OptimizerScalars {
    let root = correction2.squareRoot()
    return OptimizerScalars(
      learningRate: Float(learningRate), weightDecay: decoupled ? 0 : Float(weightDecay),
      decayFactor: decoupled ? Float(1 - learningRate * weightDecay) : 1, beta1: Float(beta1),
      oneMinusBeta1: Float(1 - beta1), beta2: Float(beta2), oneMinusBeta2: Float(1 - beta2),
      epsilon: Float(epsilon * root), stepSize: Float(learningRate * root / correction1), isFirstStep: false)
  }

  /// PyTorch's `RMSprop`, not centred.
  public static func rmsprop(
    learningRate: Double, alpha: Double = 0.99, epsilon: Double = 1e-8, weightDecay: Double = 0, momentum: Double = 0
  ) -> OptimizerScalars {
    OptimizerScalars(
      learningRate: Float(learningRate), weightDecay: Float(weightDecay), decayFactor: 1, beta1: Float(alpha),
      oneMinusBeta1: Float(1 - alpha), beta2: Float(momentum), oneMinusBeta2: 1, epsilon: Float(epsilon),
      stepSize: Float(learningRate), isFirstStep: false)
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, max(0, exponent))
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}

/// One update of a parameter, in place, in one pass, which may also add up the squares of the gradient.
public struct OptimizerArguments: BitwiseCopyable {
  /// p.
  public var parameter: UnsafeMutablePointer<Float>
  /// g.
  public var gradient: UnsafePointer<Float>
  /// SGD with momentum: its buffer (nil without); Adam: m; RMSprop: v.
  public var first: UnsafeMutablePointer<Float>?
  /// Adam: v; RMSprop with momentum: its buffer (nil without).
  public var second: UnsafeMutablePointer<Float>?
  /// The number of values.
  public var count: Int
  /// The numbers of this step.
  public var scalars: UnsafePointer<OptimizerScalars>
  /// A factor on g, read when the kernel runs (clipping, accumulation); nil for 1.
  public var gradientScale: UnsafePointer<Float>?
  /// SGD: Nesterov's momentum.
  public var nesterov: Bool
  /// The sum of g² of each task, in double precision, as `SquaresArguments` have it; nil for none.
  public var squares: UnsafeMutablePointer<Double>?

  /// The arguments, field by field.
  public init(
    parameter: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, first: UnsafeMutablePointer<Float>? = nil,
    second: UnsafeMutablePointer<Float>? = nil, count: Int, scalars: UnsafePointer<OptimizerScalars>,
    gradientScale: UnsafePointer<Float>? = nil, nesterov: Bool = false, squares: UnsafeMutablePointer<Double>? = nil
  ) {
    self.parameter = parameter
    self.gradient = gradient
    self.first = first
    self.second = second
    self.count = count
    self.scalars = scalars
    self.gradientScale = gradientScale
    self.nesterov = nesterov
    self.squares = squares
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count) }
}

/// Updates, on `OptimizerArguments` unless told otherwise, and what goes with them.
public struct OptimizerKernels: Sendable {
  /// Stochastic gradient descent.
  public let sgd: KernelFunction
  /// Adam, and AdamW by its scalars.
  public let adam: KernelFunction
  /// RMSprop.
  public let rmsprop: KernelFunction
  /// Takes `SquaresArguments`.
  public let squares: KernelFunction
  /// Takes `SquaresTotalArguments`.
  public let squaresTotal: KernelFunction
  /// Takes `ShareAboveArguments`.
  public let shareAbove: KernelFunction
  /// Takes `ClipFactorArguments`.
  public let clipFactor: KernelFunction
  /// Takes `ClampArguments`.
  public let clamp: KernelFunction
  /// Takes `MovingAverageArguments`.
  public let average: KernelFunction
  /// Takes `SumGradientArguments`.
  public let sum: KernelFunction

  /// The table, entry by entry.
  public init(
    sgd: @escaping KernelFunction, adam: @escaping KernelFunction, rmsprop: @escaping KernelFunction,
    squares: @escaping KernelFunction, squaresTotal: @escaping KernelFunction, shareAbove: @escaping KernelFunction,
    clipFactor: @escaping KernelFunction, clamp: @escaping KernelFunction, average: @escaping KernelFunction,
    sum: @escaping KernelFunction
  ) {
    self.sgd = sgd
    self.adam = adam
    self.rmsprop = rmsprop
    self.squares = squares
    self.squaresTotal = squaresTotal
    self.shareAbove = shareAbove
    self.clipFactor = clipFactor
    self.clamp = clamp
    self.average = average
    self.sum = sum
  }
}
