/// Steps that run several times, one run on some samples of the batch, the next on those behind them.
public struct Loop: Hashable, Sendable {
  /// The steps, which follow each other.
  public var steps: Range<Int>
  /// How often they run.
  public var count: Int
  /// Samples of each run.
  public var samples: Int
  /// The first run's first sample.
  public var first: Int

  /// A loop.
  public init(steps: Range<Int>, count: Int, samples: Int, first: Int) {
    self.steps = steps
    self.count = count
    self.samples = samples
    self.first = first
  }

  /// The samples of run `index`, counted from 0.
  public func run(_ index: Int) -> Range<Int> {
    let start = first + index * samples
    return start..<start + samples
  }
}

extension [Loop] {
  /// The loop that a step belongs to; nil for a step that runs once.
  public func loop(ofStep step: Int) -> Loop? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].steps.upperBound <= step { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].steps.contains(step) ? self[low] : nil
  }
}

extension Plan {
  /// The loop that a step belongs to; nil for a step that runs once.
  public func loop(ofStep step: Int) -> Loop? { loops.loop(ofStep: step) }
}
