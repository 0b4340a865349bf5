import NNTensor

/// The sum of the squares of all values, in double precision: values and perhaps the sum `[]` of others to a sum `[]`.
public struct SumOfSquares: Operation {
  /// The sum.
  public init() {}

  public var name: String { "sum_of_squares" }
  public var samples: SampleRule { .sums([0]) }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let sum = TensorType([], .float64)
    require((1...2).contains(inputs.count) && inputs.dropFirst().allSatisfy { $0 == sum }, self, "\(inputs)")
    return [sum]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 2 * inputs[0].shape.elementCount }
}

/// The share of values that are larger than a threshold, `[]`.
public struct ShareAbove: Operation {
  /// What values are compared with.
  public var threshold: Float

  /// The share above `threshold`.
  public init(threshold: Float) { self.threshold = threshold }

  public var name: String { "share_above" }
  public var samples: SampleRule { .sums([0]) }
  public var detail: String { "\(threshold)" }
  public var passesGradients: Bool { false }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] { [TensorType([])] }
  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { inputs[0].shape.elementCount }
}
