import NNDiagnostics
import NNTensor

/// How to train, from `train:`. Values that are wrong are `nil` (and reported).
public struct TrainSettings: Sendable {
  /// How long: `epochs` or `steps`.
  public let length: Spanned<TrainingCount>?
  /// Samples per step.
  public let batchSize: Spanned<Int>?
  /// The seed of every random number.
  public let seed: Int
  /// Whether the order of samples changes every epoch.
  public let shuffle: Bool
  /// What updates the parameters.
  public let optimizer: Optimizer?
  /// The largest norm of a phase's gradients.
  public let clipGradientNorm: Schedule?
  /// The largest magnitude of the values of a phase's gradients.
  public let clipGradientValue: Schedule?
  /// The decay of the weights' moving average.
  public let ema: Schedule?
  /// So many batches make one update.
  public let accumulate: Int
  /// When checkpoints are written; `nil` where it is not said.
  public let checkpoint: CheckpointRule?
  /// What activations are stored and multiplied as: `float32` or `bfloat16`.
  public let precision: Spanned<ElementType>
  /// The most bytes that training may take.
  public let memoryLimit: Spanned<Int>?
  /// When to stop before the end; `nil` for never.
  public let earlyStop: EarlyStop?
  /// What is updated by what, in order; empty for one phase of everything.
  public let phases: [Phase]
  /// The key `train`.
  public let keySpan: Span
  /// The key `phases`, where it is written.
  public let phasesSpan: Span?
}

/// A part of each training step: some networks, updated by some losses.
public struct Phase: Sendable {
  /// Its name.
  public let name: Spanned<String>
  /// The networks that it updates.
  public let update: [Spanned<String>]
  /// The losses, or terms of losses, that it minimises.
  public let losses: [Spanned<String>]
  /// What updates its networks; `nil` where it is wrong or missing (and reported).
  public let optimizer: Optimizer?
  /// It takes part in every so many steps.
  public let every: Int
  /// The steps before it begins.
  public let start: TrainingCount
  /// The last step that it takes part in; `nil` for the last of all.
  public let end: TrainingCount?
}

/// When checkpoints are written, and how many are kept.
public struct CheckpointRule: Sendable {
  /// From one to the next.
  public let every: TrainingCount
  /// The newest that are kept.
  public let keep: Int
}

/// When to stop before the end.
public struct EarlyStop: Sendable {
  /// What must improve: `validation.loss` or `validation.<metric>`.
  public let metric: Spanned<String>
  /// So many evaluations without an improvement end training.
  public let patience: Int
  /// An improvement is more than this.
  public let minimumChange: Double
}

/// What updates the parameters, with its hyper-parameters.
public struct Optimizer: Sendable {
  /// The rule with its own numbers.
  public enum Rule: Sendable, Hashable {
    case sgd(momentum: Schedule, nesterov: Bool)
    case adam(beta1: Schedule, beta2: Schedule, epsilon: Schedule)
    case adamW(beta1: Schedule, beta2: Schedule, epsilon: Schedule)
    case rmsprop(alpha: Schedule, epsilon: Schedule, momentum: Schedule)
  }

  /// The rule.
  public let rule: Rule
  /// The learning rate.
  public let learningRate: Schedule
  /// The learning rate's place; the kind's token where it is not written.
  public let learningRateSpan: Span
  /// Coupled (L2) for all but `adamW`, where it is decoupled.
  public let weightDecay: Schedule
  /// Whether biases and normalisations decay too.
  public let decaysAll: Bool
  /// The kind's token.
  public let kindSpan: Span
}
