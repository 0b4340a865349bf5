import NNTensor

/// Normalisation by the values' own mean and biased variance: `y = (x - mean) / sqrt(variance + epsilon) · weight + bias`.
/// Operands are `[N, …, C]` and, if affine, weight and bias `[C]`. Results are y and, except over channels, mean and
/// variance of each channel: `[C]` over the batch, `[N, C]` over groups. After fusion also an activation.
public struct Normalize: Operation {
  /// Which values share mean and variance.
  public var extent: NormalizationExtent
  /// Added to the variance.
  public var epsilon: Float
  /// Whether there are weight and bias.
  public var isAffine: Bool
  /// What is applied to y.
  public var activation = Activation.none

  /// A bare normalisation.
  public init(_ extent: NormalizationExtent, epsilon: Float, isAffine: Bool) {
    self.extent = extent
    self.epsilon = epsilon
    self.isAffine = isAffine
  }

  public var name: String { "\(extent)" }
  public var detail: String { activation == .none ? "" : "+ \(activation)" }
  public var samples: SampleRule { extent == .batch ? .mixes : .each }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    let channels = x.last ?? 1
    require(
      inputs.count == (isAffine ? 3 : 1) && inputs.dropFirst().allSatisfy { $0.shape == [channels] }, self, "\(inputs)")
    switch extent {
    case .batch: return [inputs[0], TensorType([channels]), TensorType([channels])]
    case .groups(let count):
      require(channels % count == 0, self, "\(inputs)")
      return [inputs[0], TensorType([x[0], channels]), TensorType([x[0], channels])]
    case .channels: return [inputs[0]]
    }
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    extent != .channels && inputs[0].hasPairs() ? [StorageGroup(.input(0), .output(0))] : []
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 7 * inputs[0].shape.elementCount }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    require(activation == .none, self, "differentiated after fusion")
    let operation = NormalizeGradient(extent, epsilon: epsilon, isAffine: isAffine)
    let statistics = request.node.outputs.dropFirst()
    let weight = isAffine ? [request.input(1)] : []
    return graph.apply(
      operation, [request.gradient, request.input(0)] + statistics + weight, layer: request.node.layer)
  }
}

/// A normalisation's gradient: y's gradient, x, mean and variance (except over channels) and, if affine, the weight, to
/// the gradients for x and, if affine, for weight and bias. After fusion the gradient is first multiplied by that of an
/// activation, from its saved output behind the other operands.
public struct NormalizeGradient: Operation {
  /// Which values share mean and variance.
  public var extent: NormalizationExtent
  /// Added to the variance.
  public var epsilon: Float
  /// Whether there are weight and bias.
  public var isAffine: Bool
  /// An activation whose gradient is fused, or none.
  public var gradientOf = Activation.none

  /// The gradient of a bare normalisation.
  public init(_ extent: NormalizationExtent, epsilon: Float, isAffine: Bool) {
    self.extent = extent
    self.epsilon = epsilon
    self.isAffine = isAffine
  }

  public var name: String { "\(extent) gradient" }
  public var detail: String { gradientOf == .none ? "" : "+ \(gradientOf) gradient" }
  public var samples: SampleRule { extent == .batch ? .mixes : .sums([1, 2]) }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs[0] == inputs[1], self, "\(inputs)")
    let channels = TensorType(Shape([inputs[0].shape.last ?? 1]))
    return isAffine ? [inputs[0], channels, channels] : [inputs[0]]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    let saved: [StoragePlace] = gradientOf == .none ? [] : [.input(isAffine ? 5 : 4)]
    return extent != .channels && inputs[0].hasPairs()
      ? [StorageGroup([.input(0), .input(1), .output(0)] + saved)] : []
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 10 * inputs[0].shape.elementCount }
}
