#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A stretch of training.
public enum TrainingCount: Hashable, Sendable, CustomStringConvertible {
  case steps(Int)
  case epochs(Int)

  /// `1 step`, `20 epochs`
  public var description: String {
    switch self {
    case .steps(let count): "\(count) \(count == 1 ? "step" : "steps")"
    case .epochs(let count): "\(count) \(count == 1 ? "epoch" : "epochs")"
    }
  }

  /// In steps; the largest integer where it does not fit.
  public func steps(perEpoch: Int) -> Int {
    switch self {
    case .steps(let count): return count
    case .epochs(let count):
      let (product, overflows) = count.multipliedReportingOverflow(by: max(1, perEpoch))
      return overflows ? .max : product
    }
  }
}

/// A number of training that may change from step to step.
///
/// Update `s` (from 1) is update `k = s - start` of the schedule, kept between 0 and `n`, the length that `over` gives.
/// With a warm-up of `w` updates the value is `from · k / w` up to `k = w`. From `a = max(w, 1)` on, where it is `from`:
///
///     linear       from + (to - from) · p                       p = (k - a) / (n - a)
///     cosine       to + (from - to) · (1 + cos(π p)) / 2
///     step         from · factor ^ ((k - 1) // every)
///     exponential  from · factor ^ ((k - a) / every)
///
/// So the last update of `over` has exactly `to`, which then stays.
public struct Schedule: Hashable, Sendable {
  /// How the number moves.
  public enum Curve: Hashable, Sendable {
    case constant
    case linear(to: Double)
    case cosine(to: Double)
    case step(factor: Double, every: TrainingCount)
    case exponential(factor: Double, every: TrainingCount)
  }

  /// The value at the beginning, after the warm-up.
  public var from: Double
  /// How it moves.
  public var curve: Curve
  /// The updates before the schedule begins.
  public var start = TrainingCount.steps(0)
  /// How long it takes, warm-up included; to the end of training where nil.
  public var over: TrainingCount?
  /// The updates in which it rises from 0.
  public var warmup = TrainingCount.steps(0)

  /// A schedule without delay and warm-up, to the end.
  public init(from: Double, _ curve: Curve) {
    self.from = from
    self.curve = curve
  }

  /// A number that stays.
  public static func constant(_ value: Double) -> Schedule { Schedule(from: value, .constant) }

  /// Whether it is the same number at every step.
  public var isConstant: Bool { curve == .constant && warmup == .steps(0) }

  /// The value at update `step`, which counts from 1.
  public func value(step: Int, totalSteps: Int, stepsPerEpoch: Int) -> Double {
    if isConstant { return from }
    let start = start.steps(perEpoch: stepsPerEpoch)
    let length = over.map { $0.steps(perEpoch: stepsPerEpoch) } ?? max(1, totalSteps - min(start, totalSteps))
    let warm = min(warmup.steps(perEpoch: stepsPerEpoch), length)
    let count = min(max(step - start, 0), length)
    if count < warm { return from * Double(count) / Double(warm) }
    let elapsed = max(0, count - max(warm, 1))
    let progress = length > max(warm, 1) ? Double(elapsed) / Double(length - max(warm, 1)) : 0
    switch curve {
    case .constant: return from
    case .linear(let to): return progress < 1 ? from + (to - from) * progress : to
    case .cosine(let to): return progress < 1 ? to + (from - to) * (1 + cos(.pi * progress)) / 2 : to
    case .step(let factor, let every):
      // Rates fall at the same epochs, whatever the warm-up.
      let turns = max(0, count - 1) / max(1, every.steps(perEpoch: stepsPerEpoch))
      return from * pow(factor, Double(turns))
    case .exponential(let factor, let every):
      return from * pow(factor, Double(elapsed) / Double(max(1, every.steps(perEpoch: stepsPerEpoch))))
    }
  }
}

extension Schedule: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public init(floatLiteral value: Double) { self.init(from: value, .constant) }
  public init(integerLiteral value: Int) { self.init(from: Double(value), .constant) }
}
