import NNTensor

/// Adds normally distributed noise in training. Like dropout's mask it is a function of the run's seed, the step,
/// `stream` and the element's index.
public struct Noise: Operation {
  /// The noise's standard deviation.
  public var deviation: Float
  /// Distinguishes the noises and dropouts of a network.
  public var stream: Int
  /// Whether a second operand `[]` gives the deviation instead, step by step.
  public var isScheduled: Bool

  /// Noise of this standard deviation.
  public init(deviation: Float, stream: Int, isScheduled: Bool = false) {
    self.deviation = deviation
    self.stream = stream
    self.isScheduled = isScheduled
  }

  public var name: String { "noise" }
  public var detail: String { isScheduled ? "from \(deviation)" : "\(deviation)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == (isScheduled ? 2 : 1), self, "\(inputs)")
    return [inputs[0]]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    inputs[0].hasPairs() ? [StorageGroup(.input(0), .output(0))] : []
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    isScheduled ? [request.gradient, nil] : [request.gradient]
  }
}
