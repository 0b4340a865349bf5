import NNCompiler
import NNLayers
import NNSpec
import NNTensor
import NNTraining

/// From a model's phases to what the compiler makes steps of.
extension Plans {
  /// What a part of a step does; its phases are indices of `model.phases`.
  func recipe(_ part: StepPart) -> TrainingRecipe {
    let phases = trainingPhases
    var recipe = TrainingRecipe(part.phases.map { phases[$0] })
    for index in recipe.phases.indices {
      recipe.phases[index].gradients = part.gradients
      if part.gradients.collects { recipe.phases[index].sumSlots = sumSlots }
    }
    if spec.train?.ema != nil, part.gradients != .collect {
      // What a later phase of the step updates once more is averaged then.
      recipe.averages = averages(phases).filter { name, _ in
        !part.later.contains { phases[$0].parameters.contains(name) }
      }
    }
    return recipe
  }

  /// For each parameter that some phase updates, the slot of the sum of its gradients: behind all others. Phases sum
  /// one after the other.
  private var sumSlots: [String: Int] { averageSlots.mapValues { $0 + (spec.train?.ema == nil ? 0 : 1) } }

  /// For each parameter that some phase updates, the slot of its moving average: behind all optimizers' tensors.
  private var averageSlots: [String: Int] { slots(after: trainingPhases) }

  /// What checkpoints call the tensors that optimizers keep for each parameter, by slot.
  var stateNames: [String: [String]] {
    trainingPhases.reduce(into: [:]) { names, phase in
      let own = phase.optimizer.stateNames.map { "\(phase.name).\($0)" }
      for name in phase.parameters { names[name, default: []] += own }
    }
  }

  /// The moving averages of parameters that some of these phases update.
  private func averages(_ phases: [TrainingPhase]) -> [String: TrainingRecipe.Average] {
    var names: [String: [String]] = [:]
    for phase in phases { for name in phase.parameters { names[name, default: []].append(phase.name) } }
    let slots = slots(after: phases)
    return names.reduce(into: [:]) { result, item in
      result[item.key] = TrainingRecipe.Average(slot: slots[item.key] ?? 0, phases: item.value)
    }
  }

  /// The moving average of the weights, of this decay.
  func average(_ decay: Schedule) -> AverageSettings {
    let phases = trainingPhases
    let averages = averages(phases)
    var settings = AverageSettings(decay: decay, slots: averages.mapValues(\.slot))
    for (name, average) in averages where settings.phases[average.decay] == nil {
      settings.phases[average.decay] = phases.indices.filter { phases[$0].parameters.contains(name) }
    }
    return settings
  }

  /// All phases. Each has tensors of its own for a parameter that several update.
  private var trainingPhases: [TrainingPhase] {
    var result: [TrainingPhase] = []
    for record in model.phases {
      var phase = phase(record)
      phase.firstSlots = slots(after: result).filter { phase.parameters.contains($0.key) }
      result.append(phase)
    }
    return result
  }

  private func slots(after phases: [TrainingPhase]) -> [String: Int] {
    var slots: [String: Int] = [:]
    for phase in phases { for name in phase.parameters { slots[name, default: 0] += phase.optimizer.stateCount } }
    return slots
  }

  private func phase(_ record: PhaseRecord) -> TrainingPhase {
    let losses = model.losses.filter { record.losses.contains($0.name) }
    let all = model.graph.parameters
    let own = all.indices.filter { index in record.networks.contains { all[index].belongs(to: $0) } }
    var phase = TrainingPhase(
      name: record.name, losses: losses.flatMap { $0.parts.map(\.outputName) },
      parameters: record.parameters,
      optimizer: OptimizerKind(record.optimizer.rule))
    phase.gauges = gauges(record, losses)
    for loss in losses { for part in loss.parts { phase.lossNames[part.outputName] = loss.name } }
    phase.statistics = Set(own.lazy.filter { all[$0].role == .statistic }.map { all[$0].name })
    phase.clipsGradients = spec.train?.clipGradientNorm != nil
    phase.clipsValues = spec.train?.clipGradientValue != nil
    for judge in losses.compactMap(\.judge) where judge.isOwnTerm {
      guard let bound = judge.clip?.bound else { continue }
      for index in own where all[index].isTrainable && all[index].belongs(to: judge.network) {
        phase.clamps[all[index].name] = bound
      }
    }
    return phase
  }

  /// What a phase shows: the gradients of each network that it updates, those of its losses at the outputs that they
  /// compare, and how its discriminators judge.
  private func gauges(_ record: PhaseRecord, _ losses: [LossRecord]) -> PhaseGauges {
    var gauges = PhaseGauges()
    for network in record.networks {
      let all = model.graph.parameters
      gauges.networks.reserveCapacity(all.count)
      for index in all.indices where all[index].isTrainable && all[index].belongs(to: network) {
        gauges.networks[all[index].name] = network
      }
    }
    for loss in losses where !gauges.places.contains(where: { $0.value == loss.prediction }) {
      gauges.places.append(PhaseGauges.Place(name: model.name(ofPrediction: loss), value: loss.prediction))
    }
    for loss in losses {
      guard let judge = loss.judge, judge.isOwnTerm, let threshold = judge.adversarial?.threshold else { continue }
      for (part, side) in zip(loss.parts, [AdversarialSide.real, .fake]) {
        gauges.judgements[part.outputName] = PhaseGauges.Judgement(
          loss: loss.termlessName, side: side, threshold: threshold)
      }
    }
    return gauges
  }
}
