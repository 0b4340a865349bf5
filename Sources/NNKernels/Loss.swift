/// The losses that compare value by value.
public enum LossKind: Int32, BitwiseCopyable, CaseIterable, Sendable {
  /// (p − t)².
  case meanSquaredError
  /// |p − t|.
  case meanAbsoluteError
  /// ½ d² for d = |p − t| below delta, otherwise delta · (d − ½ delta).
  case huber
  /// −t log p − (1 − t) log(1 − p), each logarithm at least −100.
  case binaryCrossEntropy
  /// The same with p = sigmoid(x), from x, without overflow.
  case binaryCrossEntropyOfLogits
  /// The same with delta as t.
  case crossEntropyWithConstant
  /// (p − delta)².
  case squareFromConstant
  /// max(0, 1 + delta · p).
  case hinge
  /// delta · p.
  case linear
}

/// What a row of a cross-entropy's prediction holds.
public enum CrossEntropyKind: Int32, BitwiseCopyable, CaseIterable, Sendable {
  /// Any reals, of which the softmax is meant.
  case logits
  /// Probabilities; the logarithm is at least −100.
  case probabilities
}

/// The mean of a loss over all values, in two stages.
public struct LossArguments: BitwiseCopyable {
  /// p (or logits).
  public var prediction: UnsafePointer<Float>
  /// t.
  public var target: UnsafePointer<Float>
  /// Working memory, `partialsCount` values.
  public var partials: UnsafeMutablePointer<Double>
  /// The loss, one value.
  public var value: UnsafeMutablePointer<Float>
  /// The number of values.
  public var count: Int
  /// The loss.
  public var kind: LossKind
  /// For `huber`, and the constant of those that have no t; these read `target` and ignore it.
  public var delta: Float
  /// What the sum is divided by; nil for `count`.
  public var meanCount: Int?

  /// The arguments, field by field.
  public init(
    prediction: UnsafePointer<Float>, target: UnsafePointer<Float>, partials: UnsafeMutablePointer<Double>,
    value: UnsafeMutablePointer<Float>, count: Int, kind: LossKind, delta: Float = 1, meanCount: Int? = nil
  ) {
    self.prediction = prediction
    self.target = target
    self.partials = partials
    self.value = value
    self.count = count
    self.kind = kind
    self.delta = delta
    self.meanCount = meanCount
  }

  /// The size of `partials`, in doubles.
  public var partialsCount: Int { Self.partialsCount(count: count) }

  /// The size of `partials`, in doubles, for this many values.
  public static func partialsCount(count: Int) -> Int { max(1, TaskGrid.tasks(count)) }

  /// Tasks of stage 0 (`elementwisePartials`) and stage 1 (`total`).
  public func taskCount(stage: Int) -> Int {
    stage == 0 ? TaskGrid.tasks(count) : 1
  }

  /// What stage 1 needs: pass a pointer to this value there.
  public var total: LossTotalArguments {
    LossTotalArguments(
      partials: partials, value: value, partialsCount: taskCount(stage: 0), divisor: Double(meanCount ?? count))
  }
}

/// dL/dp · upstream of such a mean. For the gradient in t of a symmetric loss swap p and t.
public struct LossGradientArguments: BitwiseCopyable {
  /// p (or logits).
  public var prediction: UnsafePointer<Float>
  /// t.
  public var target: UnsafePointer<Float>
  /// The result; may be `prediction`.
  public var gradient: UnsafeMutablePointer<Float>
  /// dL of the loss value, one value read when the kernel runs.
  public var upstream: UnsafePointer<Float>
  /// The number of values.
  public var count: Int
  /// The loss.
  public var kind: LossKind
  /// For `huber`, and the constant of those that have no t; these read `target` and ignore it.
  public var delta: Float
  /// What the sum is divided by; nil for `count`.
  public var meanCount: Int?

  /// The arguments, field by field.
  public init(
    prediction: UnsafePointer<Float>, target: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>,
    upstream: UnsafePointer<Float>, count: Int, kind: LossKind, delta: Float = 1, meanCount: Int? = nil
  ) {
    self.prediction = prediction
    self.target = target
    self.gradient = gradient
    self.upstream = upstream
    self.count = count
    self.kind = kind
    self.delta = delta
    self.meanCount = meanCount
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(count) }
}

/// The mean over rows of −log p[label], in two stages. A label that is no class gives NaN.
public struct CrossEntropyArguments: BitwiseCopyable {
  /// `[rows, channels]`.
  public var prediction: UnsafePointer<Float>
  /// `[rows]`, class numbers as reals.
  public var labels: UnsafePointer<Float>
  /// Working memory, `partialsCount` values.
  public var partials: UnsafeMutablePointer<Double>
  /// The loss, one value.
  public var value: UnsafeMutablePointer<Float>
  /// N, or N · H · W.
  public var rows: Int
  /// The number of classes.
  public var channels: Int
  /// What `prediction` holds.
  public var kind: CrossEntropyKind
  /// What the sum is divided by; nil for `rows`.
  public var meanCount: Int?

  /// The arguments, field by field.
  public init(
    prediction: UnsafePointer<Float>, labels: UnsafePointer<Float>, partials: UnsafeMutablePointer<Double>,
    value: UnsafeMutablePointer<Float>, rows: Int, channels: Int, kind: CrossEntropyKind = .logits,
    meanCount: Int? = nil
  ) {
    self.prediction = prediction
    self.labels = labels
    self.partials = partials
    self.value = value
    self.rows = rows
    self.channels = channels
    self.kind = kind
    self.meanCount = meanCount
  }

  /// The size of `partials`, in doubles.
  public var partialsCount: Int { Self.partialsCount(rows: rows, channels: channels) }

  /// The size of `partials`, in doubles, for a prediction of these sizes.
  public static func partialsCount(rows: Int, channels: Int) -> Int {
    max(1, TaskGrid.tasks(rows, by: TaskGrid.rowsPerTask(channels: channels)))
  }

  /// Tasks of stage 0 (`crossEntropyPartials`) and stage 1 (`total`).
  public func taskCount(stage: Int) -> Int {
    stage == 0 ? TaskGrid.tasks(rows, by: TaskGrid.rowsPerTask(channels: channels)) : 1
  }

  /// What stage 1 needs: pass a pointer to this value there.
  public var total: LossTotalArguments {
    LossTotalArguments(
      partials: partials, value: value, partialsCount: taskCount(stage: 0), divisor: Double(meanCount ?? rows))
  }
}

/// dL/dprediction · upstream of such a mean.
public struct CrossEntropyGradientArguments: BitwiseCopyable {
  /// `[rows, channels]`.
  public var prediction: UnsafePointer<Float>
  /// `[rows]`, class numbers as reals.
  public var labels: UnsafePointer<Float>
  /// The result; may be `prediction`.
  public var gradient: UnsafeMutablePointer<Float>
  /// dL of the loss value, one value read when the kernel runs.
  public var upstream: UnsafePointer<Float>
  /// N, or N · H · W.
  public var rows: Int
  /// The number of classes.
  public var channels: Int
  /// What `prediction` holds.
  public var kind: CrossEntropyKind
  /// What the sum is divided by; nil for `rows`.
  public var meanCount: Int?

  /// The arguments, field by field.
  public init(
    prediction: UnsafePointer<Float>, labels: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>,
    upstream: UnsafePointer<Float>, rows: Int, channels: Int, kind: CrossEntropyKind = .logits, meanCount: Int? = nil
  ) {
    self.prediction = prediction
    self.labels = labels
    self.gradient = gradient
    self.upstream = upstream
    self.rows = rows
    self.channels = channels
    self.kind = kind
    self.meanCount = meanCount
  }

  /// Tasks of the only stage.
  public var taskCount: Int { TaskGrid.tasks(rows, by: TaskGrid.rowsPerTask(channels: channels)) }
}

/// The last stage of every loss: value = Σ partials / divisor, added to the value where it accumulates.
public struct LossTotalArguments: BitwiseCopyable {
  /// One sum per task of stage 0.
  public var partials: UnsafePointer<Double>
  /// The loss, one value.
  public var value: UnsafeMutablePointer<Float>
  /// How many.
  public var partialsCount: Int
  /// What the sum is divided by.
  public var divisor: Double
  /// Whether the quotient is added to the value.
  public var accumulate = false

  /// The arguments, field by field.
  public init(
    partials: UnsafePointer<Double>, value: UnsafeMutablePointer<Float>, partialsCount: Int, divisor: Double
  ) {
    self.partials = partials
    self.value = value
    self.partialsCount = partialsCount
    self.divisor = divisor
  }

  /// Tasks of the only stage.
  public var taskCount: Int { 1 }
}

/// Losses.
public struct LossKernels: Sendable {
  /// Stage 0 of `LossArguments`.
  public let elementwisePartials: KernelFunction
  /// Takes `LossGradientArguments`.
  public let elementwiseGradient: KernelFunction
  /// Stage 0 of `CrossEntropyArguments`.
  public let crossEntropyPartials: KernelFunction
  /// Takes `CrossEntropyGradientArguments`.
  public let crossEntropyGradient: KernelFunction
  /// Stage 1 of both: takes `LossTotalArguments`.
  public let total: KernelFunction

  /// The table, entry by entry.
  public init(
    elementwisePartials: @escaping KernelFunction, elementwiseGradient: @escaping KernelFunction,
    crossEntropyPartials: @escaping KernelFunction, crossEntropyGradient: @escaping KernelFunction,
    total: @escaping KernelFunction
  ) {
    self.elementwisePartials = elementwisePartials
    self.elementwiseGradient = elementwiseGradient
    self.crossEntropyPartials = crossEntropyPartials
    self.crossEntropyGradient = crossEntropyGradient
    self.total = total
  }
}
