import NNCompiler
import NNLayers
import NNSpec
import NNTensor
import NNTraining

extension Plans {
  /// What the trainer and the evaluator are told.
  func settings(_ options: TrainingOptions) -> TrainingSettings {
    let losses = model.losses
    var settings = TrainingSettings(
      name: spec.name, length: length(options), batchSize: trainingBatch,
      optimizer: OptimizerSettings(kind: .adam, learningRate: 1e-3),
      losses: losses.map { loss in
        let parts = loss.parts.map { LossTerm.Part(port: $0.outputName, factor: $0.factor) }
        var term = LossTerm(name: loss.name, weight: loss.weight, parts: parts)
        if let judge = loss.judge, judge.isOwnTerm, judge.adversarial == .wgan { term.marginOf = loss.termlessName }
        return term
      },
      roles: SampleRoles(
        input: losses.leading.flatMap { model.onlyDataInput(of: $0.network) }, target: losses.leading?.targetName))
    if !model.phases.isEmpty { settings.phases = model.phases.map(phaseSettings) }
    settings.average = spec.train?.ema.map { average($0) }
    settings.accumulate = accumulate
    if let rule = spec.train?.checkpoint {
      (settings.checkpoint.every, settings.checkpoint.keep) = (rule.every, rule.keep)
    }
    let frozen = model.networks.filter(\.isFrozen).map(\.name)
    settings.checkpoint.frozen = Set(
      model.graph.parameters.filter { parameter in frozen.contains { parameter.belongs(to: $0) } }.map(\.name))
    settings.checkpoint.states = stateNames
    settings.schedules = model.schedules
    settings.earlyStop = spec.train?.earlyStop.flatMap(EarlyStopSettings.init)
    settings.seed = UInt64(bitPattern: Int64(spec.train?.seed ?? 1))
    settings.shuffle = spec.train?.shuffle ?? true
    settings.metrics = spec.metrics.map(\.value)
    settings.logEvery = options.logEvery
    return settings
  }

  private func phaseSettings(_ record: PhaseRecord) -> PhaseSettings {
    let losses = model.losses.indices.filter { record.losses.contains(model.losses[$0].name) }
    var phase = PhaseSettings(name: record.name, optimizer: OptimizerSettings(record.optimizer), losses: losses)
    (phase.every, phase.start, phase.end) = (record.every, record.start, record.end)
    phase.clipGradientNorm = spec.train?.clipGradientNorm
    phase.clipGradientValue = spec.train?.clipGradientValue
    return phase
  }

  private func length(_ options: TrainingOptions) -> TrainingSettings.Length {
    if let steps = options.steps { return .steps(steps) }
    if let epochs = options.epochs { return .epochs(epochs) }
    switch spec.train?.length?.value {
    case .steps(let steps): return .steps(steps)
    case .epochs(let epochs): return .epochs(epochs)
    case nil: return .epochs(1)
    }
  }
}

extension EarlyStopSettings {
  /// A spec's rule; nil where its metric is not one, which `check` refuses.
  init?(_ rule: EarlyStop) {
    guard let measure = Measure(rule.metric.value) else { return nil }
    self.init(measure: measure, patience: rule.patience, minimumChange: rule.minimumChange)
  }
}

extension OptimizerSettings {
  /// A spec's optimizer.
  init(_ optimizer: Optimizer) {
    self.init(kind: OptimizerKind(optimizer.rule), learningRate: optimizer.learningRate)
    weightDecay = optimizer.weightDecay
    decaysAll = optimizer.decaysAll
    switch optimizer.rule {
    case .sgd(let momentum, _): self.momentum = momentum
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
      (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    case .rmsprop(let alpha, let epsilon, let momentum):
      (self.alpha, self.epsilon, self.momentum) = (alpha, epsilon, momentum)
    }
  }
}
