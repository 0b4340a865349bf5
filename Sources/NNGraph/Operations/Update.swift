import NNTensor

/// One optimizer step for one parameter, in place: parameter, gradient, the rule's state tensors, its scalars (in the
/// order of `OptimizerKind.numbers`) and perhaps a factor on the gradient `[]` to the new parameter and state, which
/// take the old ones' place.
public struct Update: Operation {
  /// The rule.
  public var optimizer: OptimizerKind
  /// Whether the last operand is a factor on the gradient.
  public var isScaled: Bool

  /// An update by `optimizer`.
  public init(_ optimizer: OptimizerKind, isScaled: Bool = false) {
    self.optimizer = optimizer
    self.isScaled = isScaled
  }

  public var name: String { "update" }
  public var detail: String { optimizer.description }
  public var overwrites: [Int] { [0] + (2..<2 + optimizer.stateCount) }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs[0] == inputs[1], self, "\(inputs)")
    let count = 2 + optimizer.stateCount + optimizer.numbers.count + (isScaled ? 1 : 0)
    require(inputs.count == count, self, "\(inputs)")
    return [inputs[0]] + (0..<optimizer.stateCount).map { inputs[2 + $0] }
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 10 * inputs[0].shape.elementCount }
}

/// The sum of a parameter's gradients over the batches of a step: gradient, sum and keep `[]` to
/// `keep · sum + gradient`, or the gradient alone where keep is 0, which takes the sum's place.
public struct SumGradient: Operation {
  /// The sum after a batch.
  public init() {}

  public var name: String { "sum_gradient" }
  public var overwrites: [Int] { [1] }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == 3 && inputs[0] == inputs[1], self, "\(inputs)")
    return [inputs[1]]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { inputs[0].shape.elementCount }
}

/// The factor that keeps gradients within a norm: the limit `[]` and sums of their squares `[]` (`SumOfSquares`) to
/// `min(1, limit / (norm + 1e-6))` `[]` of their common 2-norm (PyTorch's `clip_grad_norm_`).
public struct ClipFactor: Operation {
  /// The factor for gradients.
  public init() {}

  public var name: String { "clip_factor" }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let sum = TensorType([], .float64)
    let isValid = inputs.count >= 2 && inputs[0].shape.rank == 0 && inputs.dropFirst().allSatisfy { $0 == sum }
    require(isValid, self, "\(inputs)")
    return [inputs[0]]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { inputs.count }
}

/// Keeps a parameter's values within `-bound ... bound`, in place: a Wasserstein discriminator's weights.
public struct ClampParameter: Operation {
  /// The largest magnitude.
  public var bound: Float

  /// A clamp to ± `bound`.
  public init(bound: Float) { self.bound = bound }

  public var name: String { "clamp" }
  public var overwrites: [Int] { [0] }
  public var detail: String { "±\(bound)" }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] { [inputs[0]] }
}

/// A gradient's values within ± a limit `[]`: what PyTorch's `clip_grad_value_` does.
public struct ClampGradient: Operation {
  /// A clamp to the limit.
  public init() {}

  public var name: String { "clamp_gradient" }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == 2 && inputs[1].shape.rank == 0, self, "\(inputs)")
    return [inputs[0]]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 2 * inputs[0].shape.elementCount }
}

/// A parameter's moving average: parameter, average and decay `[]` to `decay · average + (1 - decay) · parameter`, which
/// takes the average's place.
public struct MovingAverage: Operation {
  /// The average after an update.
  public init() {}

  public var name: String { "moving_average" }
  public var overwrites: [Int] { [1] }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == 3 && inputs[0] == inputs[1], self, "\(inputs)")
    return [inputs[1]]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 3 * inputs[0].shape.elementCount }
}
