import NNTensor

/// Adds a bias `[C]` to every `[…, C]`; after fusion also applies an activation.
public struct BiasAdd: Operation {
  /// What is applied to the sums.
  public var activation = Activation.none

  /// A bare addition.
  public init() {}

  public var name: String { "bias_add" }
  public var detail: String { activation == .none ? "" : "+ \(activation)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs[0].shape.last == inputs[1].shape[0], self, "\(inputs)")
    return [inputs[0]]
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [
      request.gradient,
      request.wanted[1] ? graph.apply(ChannelSum(), to: request.gradient, layer: request.node.layer) : nil,
    ]
  }
}

/// Sums `[…, C]` over all but the last dimension to `[C]`: a bias's gradient.
public struct ChannelSum: Operation {
  /// The operation.
  public init() {}

  public var name: String { "channel_sum" }
  public var samples: SampleRule { .sums([0]) }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    [TensorType(Shape([inputs[0].shape.last ?? 1]))]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { inputs[0].shape.elementCount }
}
