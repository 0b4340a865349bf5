import NNCompiler
import NNPlan
import NNText

/// What tuning found for the convolutions of a plan, and what it won.
public struct TuningReport: Sendable {
  /// A convolution whose way changed.
  struct Change: Sendable {
    var item: TuningCandidates.Item
    var choice: Tuning.Choice
    /// Seconds in a run by the rules, and as it was chosen.
    var before: Double
    var after: Double
  }

  private let plan: Plan
  private let items: [TuningCandidates.Item]
  private let kernels: String
  let threads: Int
  private(set) var changes: [Change] = []
  private var (before, after) = (0.0, 0.0)
  private var runs = 0

  init(_ plan: Plan, _ session: Session, items: [TuningCandidates.Item]) {
    self.plan = plan
    self.items = items
    kernels = session.device.kernels.name
    threads = session.device.pool.threadCount
  }

  mutating func compare(_ base: TuningRun, _ tuned: TuningRun, _ chosen: [String: Tuning.Choice]) {
    (before, after) = (base.seconds.quantile(0.5), tuned.seconds.quantile(0.5))
    runs = base.count
    changes = items.compactMap { item in
      chosen[item.name].map {
        Change(item: item, choice: $0, before: base.cost(item.name), after: tuned.cost(item.name))
      }
    }
  }

  /// Drops all other changes, whose gain then counts for nothing.
  mutating func keep(_ chosen: [String: Tuning.Choice]) {
    for change in changes where chosen[change.item.name] == nil { after += max(0, change.before - change.after) }
    changes.removeAll { chosen[$0.item.name] == nil }
  }

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
      lines += [
        "",
        "a run: \(milliseconds(before)) ms before, \(milliseconds(after)) ms after (\(percent(before, after))), "
          + "medians of \(runs) runs in turn",
      ]
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
      ("before_ms", .number(before * 1e3)), ("after_ms", .number(after * 1e3)), ("runs", .integer(runs)),
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

extension TuningReport.Change {
  fileprivate var text: String {
    [choice.algorithm.map { "\($0)" }, choice.blocking?.text].compactMap { $0 }.joined(separator: ", ")
  }
}
