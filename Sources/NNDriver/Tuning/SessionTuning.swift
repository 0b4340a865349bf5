import NNCompiler
import NNPlan
import NNRuntime
import NNTraining

extension Session {
  /// Measures, in runs of whole plans, how each of their convolutions is computed fastest, for about so many seconds, and at
  /// least in three runs of each way: of the plan that runs, or of every plan that steps of training are made of.
  /// `progress` is told which share is done.
  public func tune(
    _ options: BenchOptions, seconds: Double, progress: (Double) -> Void
  ) throws(CommandFailure) -> TuningReport {
    var session = self
    session.plans.options.tuning = Tuning()
    let parts = try session.tunedParts(options)
    try session.initialize(seed: plans.settings(TrainingOptions()).seed)
    var report = TuningReport(parts[0].plan, session)
    let share = 1 / Double(parts.count)
    for (index, part) in parts.enumerated() {
      let tuner = try session.tuner(part, report.tuning, seconds: seconds * share, report.names)
      // What a smaller part computes may all be a larger one's, too.
      if index > 0, tuner.candidates.items.isEmpty { continue }
      report.add(part.name, tuner.candidates.items, try tuner.run { progress((Double(index) + $0) * share) })
    }
    return report
  }

  /// A plan whose convolutions are tuned.
  private struct TunedPart {
    /// The phases of training that it is of; empty where there is only one plan.
    var name: String
    var plan: Plan
    /// The same with other options.
    var make: (Plans) throws(CommandFailure) -> Plan
  }

  private func tunedParts(_ options: BenchOptions) throws(CommandFailure) -> [TunedPart] {
    let whole = try benchPlan(options)
    let make = { (plans: Plans) throws(CommandFailure) -> Plan in
      var session = self
      session.plans = plans
      return try session.benchPlan(options)
    }
    guard whole.purpose == .train else { return [TunedPart(name: "", plan: whole, make: make)] }
    guard let steps = plans.steps(batch: whole.batch), steps.items.count > 1 else {
      return [TunedPart(name: "", plan: whole, make: make)]
    }
    let tuned = steps.items.map { item in
      TunedPart(name: plans.name(of: item.part), plan: item.plan) { plans in
        plans.train(batch: whole.batch, part: item.part) ?? whole
      }
    }
    return tuned.sorted { $0.plan.flops > $1.plan.flops }
  }

  /// Tunes a part's convolutions, but for those that were tuned before, which are computed as `chosen` says.
  private func tuner(
    _ part: TunedPart, _ chosen: Tuning, seconds: Double, _ known: Set<String>
  ) throws(CommandFailure) -> Tuner {
    var session = self
    // As many samples at a time for all: otherwise their convolutions would be others.
    session.plans.options.chunk = part.plan.loops.first?.samples ?? part.plan.batch
    let arena = SharedArena()
    let clock = ContinuousClock()
    let start = clock.now
    return Tuner(
      candidates: TuningCandidates(part.plan, tiles: device.kernels.tiles, without: known), seconds: seconds,
      clock: { (clock.now - start) / .seconds(1) }
    ) { [session] tuning throws(CommandFailure) in
      var plans = session.plans
      plans.options.tuning = Tuning(chosen.choices.merging(tuning.choices) { $1 })
      return try TuningRun(session, try part.make(plans), arena)
    }
  }
}

extension Plans {
  /// What people call a part of a step.
  fileprivate func name(of part: StepPart) -> String {
    let names = part.phases.map { model.phases[$0].name }.joined(separator: " and ")
    return part.gradients == .collect ? "\(names), collecting gradients" : names
  }
}
