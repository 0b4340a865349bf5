import NNTensor

/// What an evaluation is judged by.
public enum Measure: Equatable, Sendable {
  /// The weighted total of the losses.
  case loss
  /// One of the run's metrics.
  case metric(Metric)

  /// As a spec names it: `validation.loss`, `validation.psnr`.
  public var description: String {
    switch self {
    case .loss: "validation.loss"
    case .metric(let metric): "validation.\(metric.rawValue)"
    }
  }

  /// The measure that a spec names so; nil where none is.
  public init?(_ name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == "validation" else { return nil }
    if parts[1] == "loss" {
      self = .loss
    } else if let metric = Metric(rawValue: String(parts[1])) {
      self = .metric(metric)
    } else {
      return nil
    }
  }

  /// The same without what all of them begin with.
  public var name: String { String(description.dropFirst("validation.".count)) }

  /// Whether more is better.
  public var isHigherBetter: Bool {
    switch self {
    case .loss: false
    case .metric(let metric): metric.isHigherBetter
    }
  }

  /// The evaluation's value; nil where it has none.
  func value(_ evaluation: Evaluation) -> Double? {
    switch self {
    case .loss: evaluation.loss
    case .metric(let metric): evaluation[metric]?.value
    }
  }

  /// A value for people.
  public func text(_ value: Double) -> String {
    switch self {
    case .loss: NumberText.short(value)
    case .metric(let metric): NumberText.metric(metric, value)
    }
  }
}

/// When to stop before the end.
public struct EarlyStopSettings: Equatable, Sendable {
  /// What must improve.
  public var measure: Measure
  /// So many evaluations in a row without an improvement end training.
  public var patience: Int
  /// An improvement is more than this.
  public var minimumChange: Double

  /// A rule.
  public init(measure: Measure, patience: Int, minimumChange: Double = 0) {
    self.measure = measure
    self.patience = patience
    self.minimumChange = minimumChange
  }
}

/// The weights of the best evaluation.
public struct BestWeights: Equatable, Sendable {
  /// What was best, and when.
  public struct Score: Equatable, Sendable {
    /// What weights were judged by.
    public var measure: Measure
    /// What these reached.
    public var value: Double
    /// The update after which they were written.
    public var step: Int

    /// What weights reached after an update.
    public init(measure: Measure, value: Double, step: Int) {
      (self.measure, self.value, self.step) = (measure, value, step)
    }
  }

  /// The file.
  public var path: String
  /// What was best, and when.
  public var score: Score
  /// The update after which they were written.
  public var step: Int { score.step }
  /// What was best, for people: `psnr 27.10`.
  public var text: String { "\(score.measure.name) \(score.measure.text(score.value))" }
}

/// Follows a measure from evaluation to evaluation: which was the best, and whether patience is at its end.
public struct MeasureProgress: Sendable {
  /// A value of the measure.
  public struct Point: Equatable, Sendable {
    /// The value.
    public var value: Double
    /// The step of its evaluation.
    public var step: Int
  }

  /// What was seen so far.
  public struct State: Equatable, Sendable {
    /// What is followed.
    public var measure: Measure
    /// Tells what it is measured of; nil where that is not known.
    public var subject: String?
    /// The best value.
    public var best: Point?
    /// The value that an improvement counts from.
    public var reference: Point?
    /// Evaluations since the last improvement.
    public var waited = 0
  }

  /// What was seen so far.
  private(set) var state: State
  private let rule: EarlyStopSettings?
  private var measure: Measure { state.measure }
  /// The best value, and the step of its evaluation.
  var best: Point? { state.best }

  /// Goes on from `state` where that is of the same measure, and of the same subject where both are known.
  init(_ measure: Measure, _ rule: EarlyStopSettings?, of subject: String? = nil, from state: State? = nil) {
    let isSame = state.map { $0.measure == measure && ($0.subject ?? subject) == (subject ?? $0.subject) } ?? false
    self.state = (isSame ? state : nil) ?? State(measure: measure)
    self.state.subject = subject ?? self.state.subject
    self.rule = rule
  }

  /// Notes an evaluation; true where it is the best so far.
  mutating func add(_ evaluation: Evaluation, step: Int) -> Bool {
    guard let value = measure.value(evaluation), value.isFinite else {
      state.waited += 1
      return false
    }
    if gain(of: value, over: state.reference?.value).map({ $0 > rule?.minimumChange ?? 0 }) ?? true {
      state.reference = Point(value: value, step: step)
      state.waited = 0
    } else {
      state.waited += 1
    }
    guard gain(of: value, over: best?.value).map({ $0 > 0 }) ?? true else { return false }
    state.best = Point(value: value, step: step)
    return true
  }

  private func gain(of value: Double, over other: Double?) -> Double? {
    other.map { measure.isHigherBetter ? value - $0 : $0 - value }
  }

  /// Whether patience is at its end.
  var isExhausted: Bool { rule.map { state.waited >= $0.patience } ?? false }

  /// Why training stops; nil where it need not.
  var reason: String? {
    guard let rule, isExhausted else { return nil }
    let count = "\(rule.patience) \(rule.patience == 1 ? "evaluation" : "evaluations")"
    guard let reference = state.reference else { return "`\(measure.description)` had no value in \(count)" }
    let change = rule.minimumChange > 0 ? " by more than \(NumberText.short(rule.minimumChange))" : ""
    return "`\(measure.description)` has not improved\(change) in \(count), from "
      + "\(measure.text(reference.value)) at step \(reference.step)"
  }

  /// The best, in a file at `path`.
  func bestWeights(at path: String) -> BestWeights? {
    best.map { best in
      BestWeights(path: path, score: .init(measure: measure, value: best.value, step: best.step))
    }
  }
}

extension TrainingSettings {
  /// What a measure is taken of; see `ValidationSubjects`.
  func subject(of measure: Measure) -> String? { measure == .loss ? subjects?.loss : subjects?.metrics }

  /// By what the best weights are chosen: what early stopping looks at, else the first metric, else the loss; nil where
  /// nothing is held out to judge by.
  func bestMeasure(isHeldOut: Bool) -> Measure? {
    earlyStop?.measure ?? (isHeldOut ? metrics.first.map { .metric($0) } ?? .loss : nil)
  }
}
