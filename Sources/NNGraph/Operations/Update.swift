import NNTensor

/// One optimizer step for one parameter, in place: parameter, gradient, the rule's state tensors and its scalars (in the
/// order of `OptimizerKind.numbers`) to the new parameter and state, which take the old ones' place. The gradient's norm
/// may add an operand and a result (`NormUse`).
public struct Update: Operation {
  /// The rule.
  public var optimizer: OptimizerKind
  /// What becomes of the gradient's norm.
  public var norm: NormUse

  /// An update by `optimizer`.
  public init(_ optimizer: OptimizerKind, norm: NormUse = .ignored) {
    self.optimizer = optimizer
    self.norm = norm
  }

  /// Whether the last of so many operands is a sum of others' squares, which the gradient's are added to.
  public func addsUp(_ operands: Int) -> Bool {
    norm == .measured && operands > 2 + optimizer.stateCount + optimizer.numbers.count
  }

  public var name: String { "update" }
  public var detail: String { norm == .measured ? "\(optimizer) + norm" : optimizer.description }
  public var overwrites: [Int] { [0] + (2..<2 + optimizer.stateCount) }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs[0] == inputs[1], self, "\(inputs)")
    let count = 2 + optimizer.stateCount + optimizer.numbers.count
    let sum = TensorType([], .float64)
    let isValid =
      switch norm {
      case .ignored: inputs.count == count
      case .limited: inputs.count == count + 1
      case .measured: inputs.count == count || inputs.count == count + 1 && inputs[count] == sum
      }
    require(isValid, self, "\(inputs)")
    return [inputs[0]] + (0..<optimizer.stateCount).map { inputs[2 + $0] } + (norm == .measured ? [sum] : [])
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int {
    (norm == .measured ? 12 : 10) * inputs[0].shape.elementCount
  }
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
