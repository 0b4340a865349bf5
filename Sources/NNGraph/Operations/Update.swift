import NNTensor

/// One optimizer step for one parameter, in place: parameter, gradient, the rule's state tensors and its scalars (in
/// the order of `OptimizerKind.scalarNames`) to the new parameter and state, which take the old ones' place.
public struct Update: Operation {
  /// The rule.
  public var optimizer: OptimizerKind

  /// An update by `optimizer`.
  public init(_ optimizer: OptimizerKind) { self.optimizer = optimizer }

  public var name: String { "update" }
  public var detail: String { optimizer.description }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs[0] == inputs[1], self, "\(inputs)")
    return [inputs[0]] + (0..<optimizer.stateCount).map { inputs[2 + $0] }
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 10 * inputs[0].shape.elementCount }
}
