import NNCompiler
import NNPlan
import NNText

/// What tuning found for the convolutions of a plan, or of the plans of training's steps, and what it won.
public struct TuningReport: Sendable {
  /// A convolution whose way changed.
  struct Change: Sendable {
    var item: TuningCandidates.Item
    var choice: Tuning.Choice
    /// Seconds in a run by the rules, and as it was chosen.
    var before: Double
    var after: Double
  }

  /// What was found for one plan.
  private struct Part {
    var name: String
    var result: Tuner.Result
  }

  private let plan: Plan
  private let kernels: String
  let threads: Int
  private var items: [TuningCandidates.Item] = []
  private var parts: [Part] = []

  init(_ plan: Plan, _ session: Session) {
    self.plan = plan
    kernels = session.device.kernels.name
    threads = session.device.pool.threadCount
  }

  /// Adds what was found for a plan's convolutions.
  mutating func add(_ name: String, _ items: [TuningCandidates.Item], _ result: Tuner.Result) {
    self.items += items
    parts.append(Part(name: name, result: result))
  }

  /// The convolutions so far, by name.
  var names: Set<String> { Set(items.map(\.name)) }

  /// What was chosen so far.
  var tuning: Tuning {
    Tuning(Dictionary(changes.map { ($0.item.name, $0.choice) }, uniquingKeysWith: { first, _ in first }))
  }

  private var changes: [Change] { parts.flatMap(\.result.changes) }
  private var before: Double { parts.reduce(0) { $0 + $1.result.before } }
  private var after: Double { parts.reduce(0) { $0 + $1.result.after } }

  /// Keeps what was found in the user's cache: also that nothing is better than the rules.
  /// Gives the file's path.
  public func keep(in cache: TuningCache, _ session: Session) throws(CommandFailure) -> String {
    var entries = Dictionary(items.map { ($0.name, TuningFile.Entry()) }, uniquingKeysWith: { first, _ in first })
    for change in changes {
      entries[change.item.name]?.algorithm = change.choice.algorithm
      if let blocking = change.choice.blocking { entries[change.item.name]?.blockings[threads] = blocking }
    }
    return try cache.keep(entries, threads: threads, kernels: session.device.kernels)
  }

  // MARK: Text

  /// What changed with its times, and the whole.
  public var text: String {
    let title =
      "\(plan.name): \(plan.purpose.rawValue), batch \(plan.batch), \(threads) \(threads == 1 ? "thread" : "threads"), "
      + "\(kernels), \(items.count) different convolutions"
    let rows = changes.map { change in
      [
        change.item.title, change.item.layers.joined(separator: ", "), change.text, milliseconds(change.before),
        milliseconds(change.after), percent(change.before, change.after),
      ]
    }
    var lines = [title, ""]
    if rows.isEmpty {
      lines.append("nothing is faster than what the rules choose")
    } else {
      let header = ["kernel", "layers", "now", "ms before", "ms after", ""]
      lines += table(header, rows, rightAligned: [3, 4, 5])
      lines.append("")
      for part in parts {
        let (result, name) = (part.result, part.name.isEmpty ? "a run" : "a run of \(part.name)")
        lines.append(
          "\(name): \(milliseconds(result.before)) ms before, \(milliseconds(result.after)) ms after "
            + "(\(percent(result.before, result.after))), first quartiles of \(result.runs) runs in turn")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func milliseconds(_ seconds: Double) -> String { decimal(seconds * 1e3, 3) }

  private func percent(_ before: Double, _ after: Double) -> String {
    before > 0 ? "\(after <= before ? "−" : "+")\(decimal(abs(after / before - 1) * 100, 1)) %" : ""
  }

  // MARK: JSON

  /// The same; times in milliseconds.
  public var json: JSON {
    .object([
      ("name", .string(plan.name)), ("for", .string(plan.purpose.rawValue)), ("batch", .integer(plan.batch)),
      ("threads", .integer(threads)), ("kernels", .string(kernels)), ("convolutions", .integer(items.count)),
      ("before_ms", .number(before * 1e3)), ("after_ms", .number(after * 1e3)),
      ("runs", .integer(parts.map(\.result.runs).min() ?? 0)),
      ("plans", .array(parts.map(json))),
      (
        "changes",
        .array(
          changes.map { change in
            .object([
              ("convolution", .string(change.item.name)), ("layers", .array(change.item.layers.map { .string($0) })),
              ("algorithm", change.choice.algorithm.map { .string("\($0)") } ?? .null),
              ("blocking", change.choice.blocking.map { .string($0.text) } ?? .null),
              ("before_ms", .number(change.before * 1e3)), ("after_ms", .number(change.after * 1e3)),
            ])
          })
      ),
    ])
  }
}

extension TuningReport {
  private func json(_ part: Part) -> JSON {
    .object([
      ("name", .string(part.name)), ("before_ms", .number(part.result.before * 1e3)),
      ("after_ms", .number(part.result.after * 1e3)), ("runs", .integer(part.result.runs)),
    ])
  }
}

extension TuningReport.Change {
  fileprivate var text: String {
    [choice.algorithm.map { "\($0)" }, choice.blocking?.text].compactMap { $0 }.joined(separator: ", ")
  }
}
