import NNData
import NNRuntime

/// One step: a batch through the plan of the phases whose turn it is.
final class TrainingStep {
  /// The values of the losses when they were last computed, in the order of the spec; nil where never.
  private(set) var losses: [Double?]
  /// The step in which each of them was.
  private var computed: [Int]

  private let settings: TrainingSettings
  private let source: DataSource
  private let make: StepPlanMaker
  private let store: ParameterStore
  private let device: Device
  private let numbers: Numbers
  private var plans: [[Int]: PlanCache] = [:]
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

  /// Reserves the memory of the largest plan, that of all phases, so that the others find it.
  func prepare(batch: Int) throws {
    let phases = numbers.usedPhases
    if !phases.isEmpty { _ = try plan(phases, batch: batch) }
  }

  /// Makes step `step`, which counts from 1, and checks its losses.
  func run(_ batch: Batch, step: Int) throws {
    let phases = numbers.activePhases(step: step)
    if phases.isEmpty { return }
    let plan = try plan(phases, batch: batch.count)
    try plan.load(batch, from: source)
    for scalar in meanings(of: plan.bound) {
      plan.bound.set(scalar: scalar.name, numbers.value(scalar.meaning, step: step))
    }
    plan.bound.set(seed: settings.seed, step: step)
    plan.bound.run()
    try readLosses(of: phases, plan.bound, step: step)
  }

  private func plan(_ phases: [Int], batch: Int) throws -> BoundStep {
    if let cache = plans[phases] { return try cache.plan(batch: batch) }
    let cache = PlanCache({ [make] batch in try make(batch, phases) }, store: store, device: device)
    plans[phases] = cache
    return try cache.plan(batch: batch)
  }

  private func readLosses(of phases: [Int], _ plan: BoundPlan, step: Int) throws {
    for index in Set(phases.flatMap { settings.phases[$0].losses }).sorted() {
      let value = settings.losses[index].value { plan.output($0).first } ?? .nan
      losses[index] = value
      computed[index] = step
      guard value.isFinite else {
        throw TrainingFailure.nonFiniteLoss(step: step, loss: settings.losses[index].name, value: Float(value))
      }
    }
  }

  /// The losses that step `step` computed.
  func losses(of step: Int) -> [(name: String, value: Float)] {
    settings.losses.indices.compactMap { index in
      guard computed[index] == step, let value = losses[index] else { return nil }
      return (settings.losses[index].name, Float(value))
    }
  }

  /// The weighted total of the main phase's losses, each as it was last computed.
  func total(step: Int) -> Double {
    settings.mainPhase.losses.reduce(0.0) { $0 + numbers.weight($1, step: step) * (losses[$1] ?? 0) }
  }

  /// The learning rate of the main phase.
  func learningRate(step: Int) -> Double { numbers.learningRate(phase: settings.mainPhaseIndex, step: step) }

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
