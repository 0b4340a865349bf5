/// The sum of the squares of many values, in double precision, one partial sum per task.
public struct SquaresArguments: BitwiseCopyable {
  /// What is squared.
  public var values: UnsafePointer<Float>
  /// One sum per task.
  public var partials: UnsafeMutablePointer<Double>
  /// The number of values.
  public var count: Int

  /// The arguments, field by field.
  public init(values: UnsafePointer<Float>, partials: UnsafeMutablePointer<Double>, count: Int) {
    self.values = values
    self.partials = partials
    self.count = count
  }

  /// Tasks, and partial sums, for this many values.
  public static func partialsCount(count: Int) -> Int { TaskGrid.tasks(count) }
}

/// All partial sums, and perhaps another sum before them, which may be where the result goes.
public struct SquaresTotalArguments: BitwiseCopyable {
  /// Sums of squares.
  public var partials: UnsafePointer<Double>
  /// How many.
  public var partialsCount: Int
  /// What they are added to; nil for nothing.
  public var previous: UnsafePointer<Double>?
  /// The result, one value.
  public var total: UnsafeMutablePointer<Double>

  /// The arguments, field by field.
  public init(
    partials: UnsafePointer<Double>, partialsCount: Int, previous: UnsafePointer<Double>? = nil,
    total: UnsafeMutablePointer<Double>
  ) {
    self.partials = partials
    self.partialsCount = partialsCount
    self.previous = previous
    self.total = total
  }
}

/// The share of values that are larger than a threshold.
public struct ShareAboveArguments: BitwiseCopyable {
  /// The values.
  public var values: UnsafePointer<Float>
  /// How many.
  public var count: Int
  /// What they are compared with.
  public var threshold: Float
  /// The result, one value.
  public var share: UnsafeMutablePointer<Float>
  /// All values, of which these are some.
  public var meanCount: Int
  /// Whether the share is added to what is there.
  public var accumulate = false

  /// The arguments, field by field; `meanCount` is `count` where nil.
  public init(
    values: UnsafePointer<Float>, count: Int, threshold: Float, share: UnsafeMutablePointer<Float>,
    meanCount: Int? = nil
  ) {
    self.values = values
    self.count = count
    self.threshold = threshold
    self.share = share
    self.meanCount = meanCount ?? count
  }
}

/// min(1, limit / (norm + 1e-6)) of the norm whose square is the sum of all partial sums; NaN where that is.
public struct ClipFactorArguments: BitwiseCopyable {
  /// Sums of squares.
  public var partials: UnsafePointer<Double>
  /// How many.
  public var partialsCount: Int
  /// The largest norm, read when the kernel runs.
  public var limit: UnsafePointer<Float>
  /// The result, one value.
  public var factor: UnsafeMutablePointer<Float>

  /// The arguments, field by field.
  public init(
    partials: UnsafePointer<Double>, partialsCount: Int, limit: UnsafePointer<Float>,
    factor: UnsafeMutablePointer<Float>
  ) {
    self.partials = partials
    self.partialsCount = partialsCount
    self.limit = limit
    self.factor = factor
  }
}

/// p = max(−bound, min(bound, p)), in place.
public struct ClampArguments: BitwiseCopyable {
  /// What is clamped.
  public var source: UnsafePointer<Float>
  /// Where it goes, perhaps the same place.
  public var values: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// The largest magnitude.
  public var bound: Float
  /// Where the largest magnitude stands instead, if not nil.
  public var limit: UnsafePointer<Float>?

  /// The arguments, field by field.
  public init(
    _ source: UnsafePointer<Float>, to values: UnsafeMutablePointer<Float>, count: Int, bound: Float = 0,
    limit: UnsafePointer<Float>? = nil
  ) {
    self.source = source
    self.values = values
    self.count = count
    self.bound = bound
    self.limit = limit
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count) }
}

/// s = g, or s + g where `keep` is not 0, in place.
public struct SumGradientArguments: BitwiseCopyable {
  /// g.
  public var gradient: UnsafePointer<Float>
  /// s.
  public var sum: UnsafeMutablePointer<Float>
  /// Read when the kernel runs.
  public var keep: UnsafePointer<Float>
  /// The number of values.
  public var count: Int

  /// The arguments, field by field.
  public init(
    gradient: UnsafePointer<Float>, sum: UnsafeMutablePointer<Float>, keep: UnsafePointer<Float>, count: Int
  ) {
    self.gradient = gradient
    self.sum = sum
    self.keep = keep
    self.count = count
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count) }
}

/// a = decay · a + (1 − decay) · p, in place.
public struct MovingAverageArguments: BitwiseCopyable {
  /// p.
  public var parameter: UnsafePointer<Float>
  /// a.
  public var average: UnsafeMutablePointer<Float>
  /// Read when the kernel runs.
  public var decay: UnsafePointer<Float>
  /// The number of values.
  public var count: Int

  /// The arguments, field by field.
  public init(
    parameter: UnsafePointer<Float>, average: UnsafeMutablePointer<Float>, decay: UnsafePointer<Float>, count: Int
  ) {
    self.parameter = parameter
    self.average = average
    self.decay = decay
    self.count = count
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count) }
}
