import NNTensor

/// Sets each value to zero with probability `rate` and scales the others by `1 / (1 - rate)`. The mask is a function
/// of the run's seed, the step, `stream` and the element's index, so the gradient recomputes it instead of storing it.
public struct Dropout: Operation {
  /// The probability, in `0 ..< 1`.
  public var rate: Float
  /// Distinguishes the dropouts of a network.
  public var stream: Int
  /// Whether a second operand `[]` gives the probability instead, step by step.
  public var isScheduled: Bool

  /// A dropout.
  public init(rate: Float, stream: Int, isScheduled: Bool = false) {
    self.rate = rate
    self.stream = stream
    self.isScheduled = isScheduled
  }

  public var name: String { "dropout" }
  public var detail: String { isScheduled ? "from \(rate)" : "\(rate)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == (isScheduled ? 2 : 1), self, "\(inputs)")
    return [inputs[0]]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    inputs[0].hasPairs() ? [StorageGroup(.input(0), .output(0))] : []
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let operands = [request.gradient] + request.node.inputs.dropFirst()
    return graph.apply(self, operands, layer: request.node.layer) + (isScheduled ? [nil] : [])
  }
}
