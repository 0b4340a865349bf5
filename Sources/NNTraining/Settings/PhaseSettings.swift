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
