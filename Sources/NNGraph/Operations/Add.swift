import NNTensor

/// The sum of two tensors of one shape; where a value is used twice, its gradients meet here.
public struct Add: Operation {
  /// The operation.
  public init() {}

  public var name: String { "add" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs[0] == inputs[1], self, "\(inputs)")
    return [inputs[0]]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    inputs[0].hasPairs() ? [.all(2)] : []
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [request.gradient, request.gradient]
  }
}
