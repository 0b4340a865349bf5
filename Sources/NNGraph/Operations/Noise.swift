import NNTensor

/// Adds normally distributed noise in training. Like dropout's mask it is a function of the run's seed, the step,
/// `stream` and the element's index.
public struct Noise: Operation {
  /// The noise's standard deviation.
  public var deviation: Float
  /// Distinguishes the noises and dropouts of a network.
  public var stream: Int

  /// Noise of this standard deviation.
  public init(deviation: Float, stream: Int) {
    self.deviation = deviation
    self.stream = stream
  }

  public var name: String { "noise" }
  public var detail: String { "\(deviation)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] { [inputs[0]] }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] { [request.gradient] }
}
