import NNTensor

/// Sets each value to zero with probability `rate` and scales the others by `1 / (1 - rate)`. The mask is a function
/// of the run's seed, the step, `stream` and the element's index, so the gradient recomputes it instead of storing it.
public struct Dropout: Operation {
  /// The probability, in `0 ..< 1`.
  public var rate: Float
  /// Distinguishes the dropouts of a network.
  public var stream: Int

  /// A dropout.
  public init(rate: Float, stream: Int) {
    self.rate = rate
    self.stream = stream
  }

  public var name: String { "dropout" }
  public var detail: String { "\(rate)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] { [inputs[0]] }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(self, to: request.gradient, layer: request.node.layer)]
  }
}
