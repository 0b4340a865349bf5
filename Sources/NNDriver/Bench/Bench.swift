import NNPlan
import NNRuntime
import NNTraining

/// What is measured.
public struct BenchOptions: Sendable {
  /// Running or training; where nil, training where the spec trains.
  public var purpose: Purpose?
  /// Samples in a batch; where nil, 1 for running and the spec's for training.
  public var batch: Int?
  /// The network to run; the one that no other network and no loss uses where nil.
  public var network: String?
  /// At least this many runs are measured.
  public var leastRuns = 10
  /// At least so long is measured.
  public var leastSeconds = 2.0

  /// Ten runs and two seconds at least.
  public init() {}
}

extension Session {
  /// Runs a plan of the spec again and again on made-up inputs, and times every step of it. Between two runs the
  /// processor's peak is measured, so that what else the machine does falls on both.
  public func bench(_ options: BenchOptions) throws(CommandFailure) -> BenchReport {
    let plan = try benchPlan(options)
    try initialize(seed: plans.settings(TrainingOptions()).seed)
    return measure(try bind(plan), options)
  }

  /// A plan that is ready to run on made-up inputs.
  func bind(_ plan: Plan, arena: SharedArena? = nil) throws(CommandFailure) -> BoundPlan {
    let settings = plans.settings(TrainingOptions())
    let bound: BoundPlan
    do {
      bound = try BoundPlan(plan, store: store, pool: device.pool, kernels: device.kernels, arena: arena)
    } catch {
      throw CommandFailure(error)
    }
    for scalar in plan.scalars {
      guard let value = settings.valueInFirstStep(of: scalar) else {
        preconditionFailure("training does not know `\(scalar)`")
      }
      bound.set(scalar: scalar, value)
    }
    bound.set(seed: settings.seed, step: 1)
    return bound
  }

  /// The plan that is measured.
  func benchPlan(_ options: BenchOptions) throws(CommandFailure) -> Plan {
    let trains = !plans.model.phases.isEmpty
    let purpose = options.purpose ?? (trains ? .train : .run)
    let batch = options.batch ?? (purpose == .run ? 1 : plans.trainingBatch)
    if let problem = plans.problem(batch: batch) { throw .usage(problem) }
    if let name = options.network, plans.model.network(name) == nil {
      let names = plans.model.networks.map(\.name).joined(separator: ", ")
      throw .usage("\(checked.path) has no network `\(name)`; it has \(names)")
    }
    switch purpose {
    case .run: return plans.run(batch: batch, network: options.network)
    case .evaluate: return plans.evaluate(batch: batch)
    case .train:
      guard let plan = plans.train(batch: batch) else {
        throw .usage("\(checked.path) does not say how to train; use --for run")
      }
      return plan
    }
  }

  private func measure(_ bound: BoundPlan, _ options: BenchOptions) -> BenchReport {
    let clock = ContinuousClock()
    var report = BenchReport(bound.plan, threads: device.pool.threadCount, kernels: device.kernels.name)
    let begin = clock.now
    var warmUps = 0
    while warmUps < 3 && (warmUps == 0 || clock.now - begin < .seconds(options.leastSeconds)) {
      fill(bound)
      bound.run()
      warmUps += 1
    }
    let start = clock.now
    while report.runs.count < options.leastRuns || clock.now - start < .seconds(options.leastSeconds) {
      fill(bound)
      report.peaks.append(device.pool.peakRate(device.kernels))
      bound.startProfile()
      let first = clock.now
      bound.run()
      let seconds = (clock.now - first) / .seconds(1)
      guard let profile = bound.stopProfile() else { preconditionFailure("nothing was measured") }
      report.add(seconds, profile)
    }
    return report
  }

  /// Writes inputs between 0 and 1; a run uses their memory for other things.
  func fill(_ bound: BoundPlan) {
    for port in bound.plan.inputs {
      let values = bound.input(port.name)
      // A linear congruential generator: quick, and as good as any here.
      var state: UInt32 = 1
      for index in values.indices {
        state = state &* 1_664_525 &+ 1_013_904_223
        values[index] = Float(state >> 8) * 0x1p-24
      }
    }
  }
}
