import NNPlan

/// What a tensor's values are like.
public struct TensorStatistics: Hashable, Sendable {
  /// The smallest and largest finite values, 0 where there are none.
  public var minimum: Float = 0
  public var maximum: Float = 0
  /// The mean of the finite values.
  public var mean: Double = 0
  /// How many values are NaN or infinite.
  public var nonFinite = 0

  /// Whether any of these values is NaN or infinite.
  static func hasNonFinite(_ values: UnsafeMutableBufferPointer<Float>) -> Bool {
    // Both have an exponent of ones.
    var found: UInt32 = 0
    for value in values { found |= (value.bitPattern & 0x7F80_0000) == 0x7F80_0000 ? 1 : 0 }
    return found != 0
  }

  /// Of these values.
  public init(_ values: some Sequence<Float>) {
    var sum = 0.0
    var finite = 0
    for value in values {
      guard value.isFinite else {
        nonFinite += 1
        continue
      }
      minimum = finite == 0 ? value : min(minimum, value)
      maximum = finite == 0 ? value : max(maximum, value)
      sum += Double(value)
      finite += 1
    }
    mean = finite == 0 ? 0 : sum / Double(finite)
  }
}

extension BoundPlan {
  /// What the results of a step are like, one entry for each of its `outputs`, nil for those that are not numbers; of a
  /// step in a loop, those of the samples that it was at. Only right after the step: for an observer.
  public func statistics(ofStep step: Int) -> [TensorStatistics?] {
    plan.steps[step].outputs.map { id in
      guard plan[id].type.element == .float32 else { return nil }
      return TensorStatistics(memory.rows(id, samples))
    }
  }
}
