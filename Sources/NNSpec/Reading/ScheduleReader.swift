import NNDiagnostics
import NNTensor

/// Reads a schedule: `cosine: {from: 1e-3, to: 1e-5}`.
enum ScheduleReader {
  /// The schedule; `nil` where it is wrong, which is reported.
  static func read(
    _ node: Node, _ entry: Node.Entry, _ bounds: RealBounds, in environment: Environment,
    diagnostics: inout Diagnostics
  ) -> Schedule? {
    guard let item = KindItem(node, noun: "schedule", diagnostics: &diagnostics),
      let arguments = ScheduleKeys.family(bounds).decode(item, in: environment, diagnostics: &diagnostics),
      arguments.isValid, areLengths(arguments, diagnostics: &diagnostics), let curve = curve(arguments),
      let from = arguments.real("from") ?? arguments.real("value")
    else { return nil }
    var schedule = Schedule(from: from, curve)
    schedule.start = count("start", arguments) ?? schedule.start
    schedule.over = count("over", arguments)
    schedule.warmup = count("warmup", arguments) ?? schedule.warmup
    return schedule
  }

  private static func count(_ key: String, _ arguments: Arguments) -> TrainingCount? {
    if case .count(let count)? = arguments.value(key) { count } else { nil }
  }

  private static func curve(_ arguments: Arguments) -> Schedule.Curve? {
    switch arguments.kind {
    case "constant": return .constant
    case "linear": return arguments.real("to").map { .linear(to: $0) }
    case "cosine": return arguments.real("to").map { .cosine(to: $0) }
    default:
      guard let factor = arguments.real("factor"), let every = count("every", arguments) else { return nil }
      return arguments.kind == "step"
        ? .step(factor: factor, every: every) : .exponential(factor: factor, every: every)
    }
  }

  /// `every` and `over` are at least one; a warm-up fits into `over`.
  private static func areLengths(_ arguments: Arguments, diagnostics: inout Diagnostics) -> Bool {
    for key in ["every", "over"] {
      guard let count = count(key, arguments), count == .steps(0) || count == .epochs(0) else { continue }
      diagnostics.add(.emptySchedule(key, of: arguments.kind, at: arguments.span(of: key)))
      return false
    }
    guard let over = count("over", arguments), let warmup = count("warmup", arguments) else { return true }
    let isLonger =
      switch (over, warmup) {
      case (.steps(let over), .steps(let warmup)), (.epochs(let over), .epochs(let warmup)): warmup > over
      default: false
      }
    guard isLonger else { return true }
    diagnostics.add(.warmupTooLong(at: arguments.span(of: "warmup"), over: arguments.span(of: "over")))
    return false
  }
}
