import NNTensor

/// An activation function of each value (or, for softmax, of each pixel's channels).
public struct Activate: Operation {
  /// The function.
  public var activation: Activation

  /// Applies `activation`.
  public init(_ activation: Activation) { self.activation = activation }

  public var name: String { activation.description }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] { [inputs[0]] }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    activation.isElementwise && inputs[0].hasPairs() ? [.all(1)] : []
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let saved = activation.gradientUsesOutput ? request.output() : request.input(0)
    return [graph.apply(ActivationGradient(activation), to: request.gradient, saved, layer: request.node.layer)]
  }
}

/// An activation's gradient: the output's gradient and the saved output (or input, see
/// `Activation.gradientUsesOutput`) to the input's gradient.
public struct ActivationGradient: Operation {
  /// The function whose gradient this is.
  public var activation: Activation

  /// The gradient of `activation`.
  public init(_ activation: Activation) { self.activation = activation }

  public var name: String { "\(activation) gradient" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs[0] == inputs[1], self, "\(inputs)")
    return [inputs[0]]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    activation.isElementwise && inputs[0].hasPairs() ? [.all(2)] : []
  }
}
