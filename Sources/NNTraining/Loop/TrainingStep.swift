import NNData
import NNPlan
import NNRuntime

/// One step: its batches through the plans of the phases whose turn it is.
final class TrainingStep {
  /// The values of the losses when they were last computed, in the order of the spec; nil where never.
  private(set) var losses: [Double?]
  /// The step in which each of them was.
  private var computed: [Int]

  /// Called after each step of the plans, while it is set.
  var observer: ((BoundPlan, Int) -> Void)?
  /// What gauges showed when they were last read.
  var gauges = GaugeReadings()

  private let settings: TrainingSettings
  private let source: DataSource
  private let make: StepPlanMaker
  private let store: ParameterStore
  private let device: Device
  private var numbers: Numbers
  private var plans: [StepPart: PlanCache] = [:]
  private var parts: [[Int]: [(collect: StepPart?, update: StepPart)]] = [:]
  private var scalars: [ObjectIdentifier: [(name: String, meaning: Numbers.Meaning)]] = [:]

  init(
    _ settings: TrainingSettings, source: DataSource, plans: @escaping StepPlanMaker, store: ParameterStore,
    device: Device
  ) {
    self.settings = settings
    self.source = source
    make = plans
    self.store = store
    self.device = device
    numbers = Numbers(settings, batchesPerEpoch: source.updates(perEpochOf: settings))
    losses = Array(repeating: nil, count: settings.losses.count)
    computed = Array(repeating: 0, count: settings.losses.count)
  }

  /// The plans of full batches of all parts.
  func plans(batch: Int) throws -> [Plan] { try numbers.parts.map { try cache($0).make(batch) } }

  /// Reserves the memory of the plans of all parts, so that none is refused later.
  func prepare(batch: Int) throws { for part in numbers.parts { _ = try cache(part).plan(batch: batch) } }

  /// Makes step `step`, which counts from 1, of all these batches, and checks its losses. Each phase sees all batches
  /// before the next begins, as if they were one, but for what a forward pass itself changes or draws: statistics of
  /// batch normalisations and singular vectors of spectral norms move with each batch, and so do masks of dropouts.
  func run(_ batches: [Batch], step: Int) throws {
    let samples = batches.reduce(0) { $0 + $1.count }
    for part in parts(of: numbers.activePhases(step: step)) {
      for (index, batch) in batches.enumerated() {
        let isLast = index == batches.count - 1
        let share = Double(batch.count) / Double(samples)
        try run(isLast ? part.update : part.collect ?? part.update, batch, step, index, share: share)
      }
    }
  }

  private func run(_ part: StepPart, _ batch: Batch, _ step: Int, _ index: Int, share: Double) throws {
    let plan = try cache(part).plan(batch: batch.count)
    try plan.load(batch, from: source)
    for scalar in meanings(of: plan.bound) {
      plan.bound.set(
        scalar: scalar.name, numbers.value(scalar.meaning, step: step, share: share, isFirst: index == 0))
    }
    plan.bound.set(seed: settings.seed, step: (step - 1) * settings.accumulate + index + 1)
    if let observer { plan.bound.observer = observer }
    plan.bound.run()
    try readLosses(of: part.phases, plan.bound, step: step, share: share, isFirst: index == 0)
    gauges.add(plan.bound.gauges, step: step, share: share, isFirst: index == 0)
  }

  private func parts(of phases: [Int]) -> [(collect: StepPart?, update: StepPart)] {
    if let known = parts[phases] { return known }
    let made = StepPart.parts(of: phases, accumulates: settings.accumulate > 1)
    parts[phases] = made
    return made
  }

  private func cache(_ part: StepPart) -> PlanCache {
    if let cache = plans[part] { return cache }
    let cache = PlanCache({ [make] batch in try make(batch, part) }, store: store, device: device)
    plans[part] = cache
    return cache
  }

  private func readLosses(of phases: [Int], _ plan: BoundPlan, step: Int, share: Double, isFirst: Bool) throws {
    for index in Set(phases.flatMap { settings.phases[$0].losses }).sorted() {
      let value = settings.losses[index].value { plan.output($0).first } ?? .nan
      losses[index] = share * value + (isFirst ? 0 : losses[index] ?? 0)
      computed[index] = step
      guard value.isFinite else {
        let name = settings.losses[index].name
        throw TrainingFailure.diverged(Divergence(step: step, what: .loss(name, value: Float(value))))
      }
    }
  }

  /// How often each phase has taken part after `step` steps, by its name.
  func updates(after step: Int) -> [String: Int] {
    let counts = settings.phases.indices.map { (settings.phases[$0].name, numbers.updates(phase: $0, after: step)) }
    return Dictionary(counts) { first, _ in first }
  }

  /// Takes up what a checkpoint says.
  func goOn(from checkpoint: CheckpointState) {
    numbers.goOn(after: checkpoint.training.step, updates: checkpoint.updates)
    lastLosses = checkpoint.losses
    gauges = GaugeReadings(checkpoint.gauges)
  }

  /// The losses as they were last computed, for a checkpoint, and from one.
  private(set) var lastLosses: [String: CheckpointState.LastLoss] {
    get {
      var result: [String: CheckpointState.LastLoss] = [:]
      for (index, loss) in settings.losses.enumerated() {
        result[loss.name] = losses[index].map { CheckpointState.LastLoss(value: $0, step: computed[index]) }
      }
      return result
    }
    set {
      for (index, loss) in settings.losses.enumerated() {
        guard let last = newValue[loss.name] else { continue }
        (losses[index], computed[index]) = (last.value, last.step)
      }
    }
  }

  /// What the phases of step `step` showed, with the weights of that step; of all phases where `isWhole`, each when it
  /// last took part.
  func report(of step: Int, isWhole: Bool = false) -> StepReport {
    let known = settings.losses.indices.filter { losses[$0] != nil && (isWhole || computed[$0] == step) }
    return StepReport(
      losses: known.map { index in
        StepReport.Loss(
          name: settings.losses[index].name, value: Float(losses[index] ?? .nan),
          weight: numbers.weight(index, step: step))
      },
      margins: known.compactMap { index in settings.losses[index].marginOf.map { ($0, -(losses[index] ?? .nan)) } },
      gauges.readings.filter { isWhole || $0.step == step }, phases: settings.phases.map(\.name))
  }

  /// The weighted total of the main phase's losses, each as it was last computed; nil before any was.
  func total(step: Int) -> Double? {
    let known = settings.mainPhase.losses.filter { losses[$0] != nil }
    return known.isEmpty ? nil : known.reduce(0.0) { $0 + numbers.weight($1, step: step) * (losses[$1] ?? 0) }
  }

  /// The learning rates that step `step` used.
  func learningRates(step: Int) -> LearningRates {
    let active = numbers.activePhases(step: step)
    let rates = active.map { (name: settings.phases[$0].name, rate: numbers.learningRate(phase: $0, step: step)) }
    let main = active.firstIndex(of: settings.mainPhaseIndex).map { rates[$0].rate }
    return LearningRates(main: main, phases: settings.phases.count == 1 ? [] : rates)
  }

  private func meanings(of plan: BoundPlan) -> [(name: String, meaning: Numbers.Meaning)] {
    if let known = scalars[ObjectIdentifier(plan)] { return known }
    let found = plan.plan.scalars.map { name in
      guard let meaning = numbers.meaning(name) else { preconditionFailure("training does not know `\(name)`") }
      return (name: name, meaning: meaning)
    }
    scalars[ObjectIdentifier(plan)] = found
    return found
  }
}
