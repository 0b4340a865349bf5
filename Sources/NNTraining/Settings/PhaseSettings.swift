import NNTensor

/// A part of a training step: what updates some parameters by some losses, and when it takes part.
public struct PhaseSettings: Equatable, Sendable {
  /// The name, which the plan's numbers carry.
  public var name: String
  /// How parameters are updated.
  public var optimizer: OptimizerSettings
  /// What is minimised: indices into the run's losses.
  public var losses: [Int]
  /// The largest norm of the gradients; nil for no limit.
  public var clipGradientNorm: Schedule?
  /// The largest magnitude of the gradients' values; nil for no limit.
  public var clipGradientValue: Schedule?
  /// It takes part in every so many steps.
  public var every = 1
  /// The steps before it begins.
  public var start = TrainingCount.steps(0)
  /// The last step that it takes part in; nil for the last of all.
  public var end: TrainingCount?

  /// A phase that takes part in every step.
  public init(name: String, optimizer: OptimizerSettings, losses: [Int]) {
    self.name = name
    self.optimizer = optimizer
    self.losses = losses
  }

  /// How often it has taken part after `step` steps of the run.
  func updates(after step: Int, stepsPerEpoch: Int) -> Int {
    let first = start.steps(perEpoch: stepsPerEpoch)
    let last = min(step, end?.steps(perEpoch: stepsPerEpoch) ?? step)
    guard last > first else { return 0 }
    return (last - first - 1) / every + 1
  }

  /// Whether it takes part in step `step`, which counts from 1.
  func isActive(at step: Int, stepsPerEpoch: Int) -> Bool {
    updates(after: step, stepsPerEpoch: stepsPerEpoch) > updates(after: step - 1, stepsPerEpoch: stepsPerEpoch)
  }
}

/// The moving average of the weights.
public struct AverageSettings: Equatable, Sendable {
  /// How much of the average stays at each update.
  public var decay: Schedule
  /// The indices of the phases that update what is averaged, by the plans' scalar of its decay.
  public var phases: [String: [Int]] = [:]
  /// The slot of the average among the tensors that are kept for a parameter, by name.
  public var slots: [String: Int]

  /// An average.
  public init(decay: Schedule, slots: [String: Int]) {
    self.decay = decay
    self.slots = slots
  }
}

extension TrainingSettings {
  /// The phase whose total stands for the whole in reports: the first one that minimises the first loss.
  var mainPhaseIndex: Int { phases.firstIndex { $0.losses.contains(0) } ?? max(0, phases.count - 1) }

  /// See `mainPhaseIndex`.
  var mainPhase: PhaseSettings { phases[mainPhaseIndex] }
}

extension TrainingSettings {
  /// All parts that steps of training are made of, each once, in the order in which they first come up; of a run of
  /// `steps` steps, or of any length.
  public func parts(stepsPerEpoch: Int, steps: Int = .max) -> [StepPart] {
    var parts: [StepPart] = []
    for phases in phaseSets(stepsPerEpoch: stepsPerEpoch, steps: steps) {
      for (collect, update) in StepPart.parts(of: phases, accumulates: accumulate > 1) {
        for part in [collect, update].compactMap({ $0 }) where !parts.contains(part) { parts.append(part) }
      }
    }
    return parts
  }

  /// The sets of phases that come together in some step of a run, in the order in which they first do.
  private func phaseSets(stepsPerEpoch: Int, steps: Int) -> [[Int]] {
    // From where a phase begins or has ended, steps repeat after a common multiple of all distances.
    let changes = Set(
      phases.flatMap { phase in
        [phase.start, phase.end ?? .steps(0)].map { $0.steps(perEpoch: stepsPerEpoch) }
      } + [0])
    let most = Self.mostSteps / changes.count
    let period = phases.reduce(1) { min(most, $0.leastCommonMultiple(with: max(1, $1.every))) }
    var sets: [[Int]] = []
    for change in changes.sorted() where change < steps {
      for step in change + 1...change + min(period, steps - change) {
        let active = phases.indices.filter { phases[$0].isActive(at: step, stepsPerEpoch: stepsPerEpoch) }
        if !active.isEmpty, !sets.contains(active) { sets.append(active) }
        if sets.count == Self.mostSets { return sets }
      }
    }
    return sets
  }

  /// So many steps are looked at, at most.
  private static var mostSteps: Int { 10_000 }
  /// So many sets are found, at most; plans of others are made when their turn comes.
  private static var mostSets: Int { 16 }
}

extension Int {
  fileprivate func leastCommonMultiple(with other: Int) -> Int {
    var (a, b) = (self, other)
    while b != 0 { (a, b) = (b, a % b) }
    let (product, overflow) = (self / a).multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
