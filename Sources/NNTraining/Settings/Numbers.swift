import NNData
import NNTensor

/// The one place where the numbers of a training step come from: loss weights and the optimizers', by the names of
/// `Plan.scalars`, at a step.
struct Numbers {
  /// What a scalar of a plan means.
  enum Meaning: Equatable {
    /// The weight of the loss at this index, times the factor of one of its parts.
    case lossWeight(Int, factor: Double)
    /// A number of the optimizer of the phase at this index.
    case optimizer(phase: Int, OptimizerNumber, decays: Bool)
    /// The largest norm of the gradients of the phase at this index.
    case clipGradientNorm(phase: Int)
    /// The largest magnitude of a gradient's values of the phase at this index.
    case clipGradientValue(phase: Int)
    /// A number of a layer.
    case layer(Schedule)
    /// 0 for a step's first batch, then 1.
    case keepsSums
    /// The decay of the moving average of weights that these phases update; 0 in the first step that does, as PyTorch's
    /// `AveragedModel` begins.
    case averageDecay(phases: [Int])
  }

  private let settings: TrainingSettings
  private let batchesPerEpoch: Int
  private let steps: Int
  private let meanings: [String: Meaning]
  /// How often each phase had taken part when training went on, and after which step.
  private var updatesBefore: (step: Int, counts: [Int])

  /// `batchesPerEpoch` is the number of steps of an epoch of the training samples.
  init(_ settings: TrainingSettings, batchesPerEpoch: Int) {
    self.settings = settings
    self.batchesPerEpoch = batchesPerEpoch
    steps = TrainingSchedule(settings.length, stepsPerEpoch: batchesPerEpoch).steps
    updatesBefore = (0, settings.phases.map { _ in 0 })
    meanings = Numbers.meanings(settings)
  }

  /// Counts updates from a checkpoint on: the turns of phases may have been others before.
  mutating func goOn(after step: Int, updates: [String: Int]) {
    updatesBefore = (step, settings.phases.map { updates[$0.name] ?? 0 })
  }

  /// How often the phase at `index` has taken part after `step` steps.
  func updates(phase index: Int, after step: Int) -> Int {
    let phase = settings.phases[index]
    let since =
      phase.updates(after: step, stepsPerEpoch: batchesPerEpoch)
      - phase.updates(after: updatesBefore.step, stepsPerEpoch: batchesPerEpoch)
    return updatesBefore.counts[index] + since
  }

  /// The indices of the phases that take part in step `step`, which counts from 1.
  func activePhases(step: Int) -> [Int] {
    settings.phases.indices.filter { settings.phases[$0].isActive(at: step, stepsPerEpoch: batchesPerEpoch) }
  }

  /// The parts that the steps of the run are made of.
  var parts: [StepPart] { settings.parts(stepsPerEpoch: batchesPerEpoch, steps: steps) }

  private func value(_ schedule: Schedule, _ step: Int) -> Double {
    schedule.value(step: step, totalSteps: steps, stepsPerEpoch: batchesPerEpoch)
  }

  /// The weight of the loss at `index` in step `step`.
  func weight(_ index: Int, step: Int) -> Double { value(settings.losses[index].weight, step) }

  /// The learning rate of the phase at `index` in step `step`.
  func learningRate(phase index: Int, step: Int) -> Double {
    value(settings.phases[index].optimizer.learningRate, step)
  }

  /// The value in step `step`, which counts from 1.
  ///
  /// `share` is the part of the step's samples that are in the batch, and `isFirst` whether it is the step's first.
  func value(_ meaning: Meaning, step: Int, share: Double = 1, isFirst: Bool = true) -> Double {
    switch meaning {
    case .lossWeight(let index, let factor): return share * factor * weight(index, step: step)
    case .layer(let schedule): return value(schedule, step)
    case .keepsSums: return isFirst ? 0 : 1
    case .optimizer(let phase, let number, let decays): return value(number, phase: phase, step, decays: decays)
    case .clipGradientNorm(let phase):
      return settings.phases[phase].clipGradientNorm.map { value($0, step) } ?? .infinity
    case .clipGradientValue(let phase):
      return settings.phases[phase].clipGradientValue.map { value($0, step) } ?? .infinity
    case .averageDecay(let phases):
      let isFirst = phases.allSatisfy { updates(phase: $0, after: step - 1) == 0 }
      return isFirst ? 0 : settings.average.map { value($0.decay, step) } ?? 0
    }
  }

  private func value(_ number: OptimizerNumber, phase index: Int, _ step: Int, decays: Bool) -> Double {
    let optimizer = settings.phases[index].optimizer
    var update: Int { updates(phase: index, after: step) }
    switch number {
    case .learningRate: return value(optimizer.learningRate, step)
    case .weightDecay: return decays || optimizer.decaysAll ? value(optimizer.weightDecay, step) : 0
    case .momentum: return value(optimizer.momentum, step)
    case .beta1: return value(optimizer.beta1, step)
    case .beta2: return value(optimizer.beta2, step)
    case .epsilon: return value(optimizer.epsilon, step)
    case .alpha: return value(optimizer.alpha, step)
    case .correction1: return 1 - Power.of(value(optimizer.beta1, step), update)
    case .correction2: return 1 - Power.of(value(optimizer.beta2, step), update)
    case .firstStep: return update == 1 ? 1 : 0
    }
  }

  /// What the plan's scalar `name` means; nil for one that training does not know.
  func meaning(_ name: String) -> Meaning? { meanings[name] }

  private static func meanings(_ settings: TrainingSettings) -> [String: Meaning] {
    var found: [String: Meaning] = [StepScalar.keepsSums.name: .keepsSums]
    for (index, loss) in settings.losses.enumerated() {
      for part in loss.parts {
        found[StepScalar.lossWeight(part: part.port).name] = .lossWeight(index, factor: part.factor)
      }
    }
    for (index, phase) in settings.phases.enumerated() {
      found[StepScalar.clipGradientNorm(phase: phase.name).name] = .clipGradientNorm(phase: index)
      found[StepScalar.clipGradientValue(phase: phase.name).name] = .clipGradientValue(phase: index)
      for number in phase.optimizer.kind.numbers {
        for decays in [true, false] {
          let scalar = StepScalar.optimizer(phase: phase.name, number, decays: decays)
          found[scalar.name] = .optimizer(phase: index, number, decays: decays)
        }
      }
    }
    for (name, phases) in settings.average?.phases ?? [:] { found[name] = .averageDecay(phases: phases) }
    for (name, schedule) in settings.schedules { found[name] = .layer(schedule) }
    return found
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
  /// Updates of an epoch of the training samples.
  func updates(perEpochOf settings: TrainingSettings) -> Int {
    let batches = batchCount(
      .training(seed: settings.seed, epoch: 0, shuffle: settings.shuffle), batchSize: settings.batchSize)
    return batches / settings.accumulate + (batches % settings.accumulate == 0 ? 0 : 1)
  }
}
