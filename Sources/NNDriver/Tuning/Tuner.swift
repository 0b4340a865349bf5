import NNCompiler
import NNPlan
import NNRuntime

extension Session {
  /// Measures, in runs of the whole plan, how each of its convolutions is computed fastest, for about so many seconds, and
  /// at least in three runs of each way; then measures the plan with what was found beside the plan by rules alone, and
  /// drops what is no faster there. `progress` is told which share is done.
  public func tune(
    _ options: BenchOptions, seconds: Double, progress: (Double) -> Void
  ) throws(CommandFailure) -> TuningReport {
    var session = self
    session.plans.options.tuning = Tuning()
    let plan = try session.benchPlan(options)
    // As many samples at a time for all: otherwise their convolutions would be others.
    session.plans.options.chunk = plan.loops.first?.samples ?? plan.batch
    try session.initialize(seed: plans.settings(TrainingOptions()).seed)
    var tuner = Tuner(session: session, options: options, seconds: seconds, plan: plan)
    return try tuner.run(progress)
  }
}

/// Measures the ways in which a plan's convolutions can be computed.
private struct Tuner {
  let session: Session
  let options: BenchOptions
  let seconds: Double
  let plan: Plan
  private let candidates: TuningCandidates
  private let arena = SharedArena()
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  /// What is no faster than this is not worth another way.
  private static let leastGain = 0.03

  init(session: Session, options: BenchOptions, seconds: Double, plan: Plan) {
    self.session = session
    self.options = options
    self.seconds = seconds
    self.plan = plan
    candidates = TuningCandidates(plan, tiles: session.device.kernels.tiles)
    start = clock.now
  }

  private var elapsed: Double { (clock.now - start) / .seconds(1) }

  mutating func run(_ progress: (Double) -> Void) throws(CommandFailure) -> TuningReport {
    var base = try TuningRun(session, plan, arena)
    base.run()
    var chosen = choose(try explore(&base, until: 0.65, progress))
    var report = TuningReport(plan, session, items: candidates.items)
    // What is slower beside the rules' plan than it seemed is taken back, and the rest measured once more.
    for attempt in 1...2 where !chosen.isEmpty {
      var tuned = try measured(Tuning(chosen))
      base.forget()
      let end = seconds * (attempt == 1 ? 0.85 : 1)
      while base.count < 3 || elapsed < end && base.count < 200 {
        base.run()
        tuned.run()
        progress(min(1, elapsed / seconds))
      }
      let kept = chosen.filter { name, _ in tuned.cost(name) < base.cost(name) * (1 - Self.leastGain / 2) }
      report.compare(base, tuned, chosen)
      let isFinal = kept.count == chosen.count
      chosen = kept
      guard isFinal || attempt == 2 else { continue }
      if !isFinal { report.keep(kept) }
      // A gain that the whole does not show is none.
      if tuned.seconds.quantile(0.25) >= base.seconds.quantile(0.25) { chosen = [:] }
      break
    }
    if chosen.isEmpty { report.compare(base, base, [:]) }
    return report
  }

  /// The plan with these choices.
  private func measured(_ tuning: Tuning) throws(CommandFailure) -> TuningRun {
    var session = session
    session.plans.options.tuning = tuning
    var run = try TuningRun(session, try session.benchPlan(options), arena)
    run.run()
    run.forget()
    return run
  }

  /// Runs each way in turn, again and again.
  private func explore(
    _ base: inout TuningRun, until share: Double, _ progress: (Double) -> Void
  ) throws(CommandFailure) -> [TuningRun] {
    let once = base.lastSeconds
    let affordable = Int(seconds * share / (3 * max(once, 1e-6)))
    let count = min(candidates.most, max(2, affordable))
    base.forget()
    var runs = [base]
    for number in 1..<max(1, count) { runs.append(try measured(candidates.variant(number))) }
    while runs[0].count < 3 || elapsed < seconds * share && runs[0].count < 200 {
      for index in runs.indices {
        runs[index].run()
        progress(min(1, elapsed / seconds))
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
}

/// A plan that runs again and again, and what its convolutions took.
struct TuningRun {
  private let session: Session
  private let bound: BoundPlan
  /// For each step, the convolutions that its time counts for.
  private let names: [[String]]
  private var costs: [String: [Double]] = [:]
  /// Seconds of each run.
  private(set) var seconds: [Double] = []
  /// Seconds of the last run.
  private(set) var lastSeconds = 0.0

  init(_ session: Session, _ plan: Plan, _ arena: SharedArena) throws(CommandFailure) {
    self.session = session
    bound = try session.bind(plan, arena: arena)
    names = TuningRun.names(plan)
  }

  /// How often it ran.
  var count: Int { seconds.count }

  /// Starts anew.
  mutating func forget() { (costs, seconds) = ([:], []) }

  mutating func run() {
    session.fill(bound)
    bound.startProfile()
    let clock = ContinuousClock()
    let start = clock.now
    bound.run()
    lastSeconds = (clock.now - start) / .seconds(1)
    seconds.append(lastSeconds)
    guard let profile = bound.stopProfile() else { return }
    var sums: [String: Double] = [:]
    for (index, entry) in profile.steps.enumerated() where index >= bound.plan.preparingSteps {
      for name in names[index] { sums[name, default: 0] += entry.seconds / Double(names[index].count) }
    }
    for (name, sum) in sums { costs[name, default: []].append(sum) }
  }

  /// The median seconds of a convolution in a run, at all its steps, with the packing of its weights.
  func cost(_ name: String) -> Double { (costs[name] ?? []).quantile(0.5) }

  private static func names(_ plan: Plan) -> [[String]] {
    var names = plan.steps.indices.map { ConvolutionTask(step: $0, of: plan).map { [$0.name] } ?? [] }
    var readers: [BufferID: [String]] = [:]
    for (index, step) in plan.steps.enumerated() {
      for id in step.inputs { readers[id, default: []] += names[index] }
    }
    for (index, step) in plan.steps.enumerated() {
      if case .packWeights = step.kernel { names[index] = step.outputs.flatMap { readers[$0] ?? [] } }
    }
    return names
  }
}
