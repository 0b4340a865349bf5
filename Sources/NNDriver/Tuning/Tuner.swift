import NNCompiler
import NNPlan

/// Measures the ways in which a plan's convolutions can be computed.
struct Tuner {
  /// What was found for one plan.
  struct Result {
    /// The convolutions whose way changed.
    var changes: [TuningReport.Change] = []
    /// Seconds of a run by the rules, and as it was chosen: the first quartiles, since what else the machine does only adds.
    var (before, after) = (0.0, 0.0)
    /// How often both ran.
    var runs = 0
  }

  /// The convolutions and their ways.
  let candidates: TuningCandidates
  /// About how long it may take.
  let seconds: Double
  /// Seconds by some clock.
  let clock: () -> Double
  /// The plan with these choices, ready to run.
  let make: (Tuning) throws(CommandFailure) -> TuningRun

  /// What is no faster than this is not worth another way.
  private static let leastGain = 0.03

  /// Runs each way in turn; then the plan with what was found beside the plan by the rules, and drops what is no faster
  /// there. Where the whole plan is no faster, nothing is kept. `progress` is told which share is done.
  func run(_ progress: (Double) -> Void) throws(CommandFailure) -> Result {
    let start = clock()
    var base = try make(Tuning())
    base.run()
    var chosen = choose(try explore(&base, since: start, until: 0.65, progress))
    var result = Result()
    // What is slower beside the rules' plan than it seemed is taken back, and the rest measured once more.
    for attempt in 1...2 where !chosen.isEmpty {
      var tuned = try measured(Tuning(chosen))
      base.forget()
      let end = seconds * (attempt == 1 ? 0.85 : 1)
      while base.count < 3 || clock() - start < end && base.count < 200 {
        // In the order A B B A, so that what changes while both run falls on both.
        if base.count % 2 == 0 {
          base.run()
          tuned.run()
        } else {
          tuned.run()
          base.run()
        }
        progress(min(1, (clock() - start) / seconds))
      }
      let kept = chosen.filter { name, _ in tuned.cost(name) < base.cost(name) * (1 - Self.leastGain / 2) }
      result = compared(base, tuned, chosen)
      let isFinal = kept.count == chosen.count
      chosen = kept
      guard isFinal || attempt == 2 else { continue }
      if !isFinal { result.keep(kept) }
      // A gain that the whole does not show is none.
      if result.after >= result.before { chosen = [:] }
      break
    }
    return chosen.isEmpty ? compared(base, base, [:]) : result
  }

  /// The plan with these choices, after a first run.
  private func measured(_ tuning: Tuning) throws(CommandFailure) -> TuningRun {
    var run = try make(tuning)
    run.run()
    run.forget()
    return run
  }

  /// Runs each way in turn, again and again.
  private func explore(
    _ base: inout TuningRun, since start: Double, until share: Double, _ progress: (Double) -> Void
  ) throws(CommandFailure) -> [TuningRun] {
    let affordable = Int(min(1e6, seconds * share / (3 * max(base.lastSeconds, 1e-6))))
    let count = min(candidates.most, max(2, affordable))
    base.forget()
    var runs = [base]
    for number in 1..<max(1, count) { runs.append(try measured(candidates.variant(number))) }
    while runs[0].count < 3 || clock() - start < seconds * share && runs[0].count < 200 {
      for index in runs.indices {
        runs[index].run()
        progress(min(1, (clock() - start) / seconds))
      }
    }
    base = runs[0]
    return runs
  }

  /// For each convolution the fastest of its ways, where that is not the rules'.
  private func choose(_ runs: [TuningRun]) -> [String: Tuning.Choice] {
    var chosen: [String: Tuning.Choice] = [:]
    for item in candidates.items {
      let costs = runs.prefix(item.choices.count).map { $0.cost(item.name) }
      guard let best = costs.indices.min(by: { costs[$0] < costs[$1] }), best > 0,
        costs[best] < costs[0] * (1 - Self.leastGain)
      else { continue }
      chosen[item.name] = item.choices[best]
    }
    return chosen
  }

  private func compared(_ base: TuningRun, _ tuned: TuningRun, _ chosen: [String: Tuning.Choice]) -> Result {
    Result(
      changes: candidates.items.compactMap { item in
        chosen[item.name].map {
          TuningReport.Change(item: item, choice: $0, before: base.cost(item.name), after: tuned.cost(item.name))
        }
      }, before: base.seconds.quantile(0.25), after: tuned.seconds.quantile(0.25), runs: base.count)
  }
}

extension Tuner.Result {
  /// Drops all other changes, whose gain then counts for nothing.
  fileprivate mutating func keep(_ chosen: [String: Tuning.Choice]) {
    for change in changes where chosen[change.item.name] == nil { after += max(0, change.before - change.after) }
    changes.removeAll { chosen[$0.item.name] == nil }
  }
}
