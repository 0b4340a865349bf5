import NNTensor

/// All that a training run is told, as plain values.
public struct TrainingSettings: Equatable, Sendable {
  /// How long to train.
  public enum Length: Equatable, Sendable {
    /// This many times through the training samples.
    case epochs(Int)
    /// This many updates.
    case steps(Int)
  }

  /// The run's name, for people and for the weights' metadata.
  public var name: String
  /// How long to train.
  public var length: Length
  /// Samples of a batch; an epoch's last may hold fewer.
  public var batchSize: Int
  /// So many batches make one update.
  public var accumulate = 1
  /// What the order of samples, augmentations and dropouts are drawn from.
  public var seed: UInt64 = 1
  /// Draws the samples of an epoch in a random order.
  public var shuffle = true
  /// What each step does, in order.
  public var phases: [PhaseSettings]
  /// When to stop before the end; nil for never.
  public var earlyStop: EarlyStopSettings?
  /// The moving average of the weights; nil for none.
  public var average: AverageSettings?
  /// When checkpoints are written, and which are kept.
  public var checkpoint = CheckpointSettings()
  /// The numbers of layers that follow a schedule, by the names of their scalars.
  public var schedules: [String: Schedule] = [:]
  /// What is minimised, in the order of the spec.
  public var losses: [LossTerm]
  /// What validation reports.
  public var metrics: [Metric] = []
  /// What metrics and previews look at.
  public var roles: SampleRoles
  /// Tells what validation measures; nil where that is not known.
  public var subjects: ValidationSubjects?
  /// A line of `metrics.jsonl` each so many steps; nil: `LogInterval.automatic`.
  public var logEvery: Int?
  /// Threads that read and augment samples ahead of training.
  public var loaderThreads = 1

  /// Settings with the defaults of the language: one phase `train` of all losses.
  public init(
    name: String, length: Length, batchSize: Int, optimizer: OptimizerSettings, losses: [LossTerm], roles: SampleRoles
  ) {
    self.name = name
    self.length = length
    self.batchSize = batchSize
    phases = [PhaseSettings(name: "train", optimizer: optimizer, losses: Array(losses.indices))]
    self.losses = losses
    self.roles = roles
  }
}

/// What validation measures: values of different subjects are not comparable.
public struct ValidationSubjects: Equatable, Sendable {
  /// Of the loss: the data, and the losses with their weights.
  public var loss: String
  /// Of metrics: the data.
  public var metrics: String

  /// Subjects.
  public init(loss: String, metrics: String) { (self.loss, self.metrics) = (loss, metrics) }
}

/// A loss by its name and its part of the total.
public struct LossTerm: Equatable, Sendable {
  /// A number of which a loss is made.
  public struct Part: Equatable, Sendable {
    /// What plans call its value; the scalar `<port>.weight` takes its weight.
    public var port: String
    /// Its factor in the loss.
    public var factor: Double

    /// A part.
    public init(port: String, factor: Double) {
      self.port = port
      self.factor = factor
    }
  }

  /// The name in the spec.
  public var name: String
  /// The factor in the total.
  public var weight: Schedule
  /// The numbers whose weighted sum it is.
  public var parts: [Part]
  /// The adversarial loss of which this is the critic's term, where it is minus the margin of real over generated
  /// samples; nil for all others.
  public var marginOf: String?

  /// A loss; where no parts are told, one that plans call `losses.<name>`.
  public init(name: String, weight: Schedule = 1, parts: [Part]? = nil) {
    self.name = name
    self.weight = weight
    self.parts = parts ?? [Part(port: "losses.\(name)", factor: 1)]
  }

  /// The loss's value, from its parts' by port; nil where one of them is missing.
  func value(_ part: (String) -> Float?) -> Double? {
    var sum = 0.0
    for item in parts {
      guard let value = part(item.port) else { return nil }
      sum += item.factor * Double(value)
    }
    return sum
  }
}

/// Which fields of a sample the network and the first loss look at, named as plan inputs are: `<source>.<field>`.
public struct SampleRoles: Equatable, Sendable {
  /// What the network is given; nil where it has several inputs.
  public var input: String?
  /// What the first loss compares the prediction with; nil where it compares with nothing.
  public var target: String?

  /// Fields by the names of plan inputs.
  public init(input: String?, target: String?) {
    self.input = input
    self.target = target
  }
}

/// An update rule with its numbers; those that a rule does not read do not matter.
public struct OptimizerSettings: Equatable, Sendable {
  /// The rule.
  public var kind: OptimizerKind
  /// The step's size.
  public var learningRate: Schedule
  /// The pull towards zero.
  public var weightDecay: Schedule = 0
  /// Of `sgd` and `rmsprop`.
  public var momentum: Schedule = 0
  /// Of `adam` and `adamw`: the decay of the mean.
  public var beta1: Schedule = 0.9
  /// Of `adam` and `adamw`: the decay of the mean square.
  public var beta2: Schedule = 0.999
  /// Of `adam`, `adamw` and `rmsprop`: what is added to the denominator.
  public var epsilon: Schedule = 1e-8
  /// Of `rmsprop`: the decay of the mean square.
  public var alpha: Schedule = 0.99
  /// Weight decay holds for biases and normalisations too.
  public var decaysAll = false

  /// A rule with PyTorch's defaults.
  public init(kind: OptimizerKind, learningRate: Schedule) {
    self.kind = kind
    self.learningRate = learningRate
  }
}
