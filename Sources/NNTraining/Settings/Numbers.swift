import NNData
import NNTensor

/// The one place where the numbers of a training step come from: loss weights and the optimizer's, by the names of
/// `Plan.scalars`, at an update.
struct Numbers {
  /// What a scalar of a plan means.
  enum Meaning: Equatable {
    /// The weight of the loss at this index.
    case lossWeight(Int)
    case learningRate
    /// Zero for parameters that are spared.
    case weightDecay(spared: Bool)
    case momentum
    case beta1
    case beta2
    case epsilon
    case alpha
    /// `1 - beta1^t` at update `t`.
    case correction1
    /// `1 - beta2^t` at update `t`.
    case correction2
    /// 1 at the first update, then 0.
    case firstStep
  }

  private let settings: TrainingSettings
  private let batchesPerEpoch: Int
  private let steps: Int

  /// `batchesPerEpoch` is the number of updates of an epoch of the training samples.
  init(_ settings: TrainingSettings, batchesPerEpoch: Int) {
    self.settings = settings
    self.batchesPerEpoch = batchesPerEpoch
    steps = TrainingSchedule(settings.length, batchesPerEpoch: batchesPerEpoch).steps
  }

  private func value(_ schedule: Schedule, _ update: Int) -> Double {
    schedule.value(step: update, totalSteps: steps, stepsPerEpoch: batchesPerEpoch)
  }

  /// The value at `update`, which counts from 1.
  func value(_ meaning: Meaning, update: Int) -> Double {
    let optimizer = settings.optimizer
    switch meaning {
    case .lossWeight(let index): return value(settings.losses[index].weight, update)
    case .learningRate: return value(optimizer.learningRate, update)
    case .weightDecay(let spared): return spared && !optimizer.decaysAll ? 0 : value(optimizer.weightDecay, update)
    case .momentum: return optimizer.momentum
    case .beta1: return optimizer.beta1
    case .beta2: return optimizer.beta2
    case .epsilon: return optimizer.epsilon
    case .alpha: return optimizer.alpha
    case .correction1: return 1 - Power.of(optimizer.beta1, update)
    case .correction2: return 1 - Power.of(optimizer.beta2, update)
    case .firstStep: return update == 1 ? 1 : 0
    }
  }

  /// What the plan's scalar `name` means; nil for one that training does not know.
  func meaning(_ name: String) -> Meaning? {
    if let loss = settings.losses.firstIndex(where: { "\($0.port).weight" == name }) { return .lossWeight(loss) }
    for (group, spared) in [("decayed", false), ("spared", true)] {
      let prefix = "\(settings.phase).\(group)."
      if name.hasPrefix(prefix) { return Self.meaning(String(name.dropFirst(prefix.count)), spared: spared) }
    }
    return nil
  }

  private static func meaning(_ number: String, spared: Bool) -> Meaning? {
    switch number {
    case "learning_rate": .learningRate
    case "weight_decay": .weightDecay(spared: spared)
    case "momentum": .momentum
    case "beta1": .beta1
    case "beta2": .beta2
    case "epsilon": .epsilon
    case "alpha": .alpha
    case "correction1": .correction1
    case "correction2": .correction2
    case "first_step": .firstStep
    default: nil
    }
  }
}

/// Powers with whole exponents by repeated squaring: the same bits everywhere, unlike the C library's `pow`.
enum Power {
  /// `base` to the power of `exponent`, which is not negative.
  static func of(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}

extension DataSource {
  /// Batches of an epoch of the training samples.
  func updates(perEpochOf settings: TrainingSettings) -> Int {
    batchCount(.training(seed: settings.seed, epoch: 0, shuffle: settings.shuffle), batchSize: settings.batchSize)
  }
}
