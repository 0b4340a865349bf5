import NNData
import NNRuntime

/// One update: a batch through the training plan.
final class TrainingStep {
  /// The values of the losses of the last update, in the order of the spec.
  private(set) var losses: [Float]

  private let settings: TrainingSettings
  private let source: DataSource
  private let plans: PlanCache
  private let numbers: Numbers
  private let ports: [String]
  private var scalars: [Int: [(name: String, meaning: Numbers.Meaning)]] = [:]

  init(_ settings: TrainingSettings, source: DataSource, plans: PlanCache) {
    self.settings = settings
    self.source = source
    self.plans = plans
    numbers = Numbers(settings, batchesPerEpoch: source.updates(perEpochOf: settings))
    ports = settings.losses.map(\.port)
    losses = Array(repeating: 0, count: settings.losses.count)
  }

  /// Makes update `update`, which counts from 1, and checks its losses.
  func run(_ batch: Batch, update: Int) throws {
    let step = try plans.plan(batch: batch.count)
    try step.load(batch, from: source)
    for scalar in meanings(of: step.bound, batch: batch.count) {
      step.bound.set(scalar: scalar.name, numbers.value(scalar.meaning, update: update))
    }
    step.bound.set(seed: settings.seed, step: update)
    step.bound.run()
    for index in ports.indices {
      let value = step.bound.output(ports[index]).first ?? .nan
      losses[index] = value
      if !value.isFinite {
        throw TrainingFailure.nonFiniteLoss(step: update, loss: settings.losses[index].name, value: value)
      }
    }
  }

  /// The weighted total of the last update's losses.
  func total(update: Int) -> Double {
    losses.indices.reduce(0.0) { $0 + numbers.value(.lossWeight($1), update: update) * Double(losses[$1]) }
  }

  /// The learning rate of an update.
  func learningRate(update: Int) -> Double { numbers.value(.learningRate, update: update) }

  private func meanings(of plan: BoundPlan, batch: Int) -> [(name: String, meaning: Numbers.Meaning)] {
    if let known = scalars[batch] { return known }
    let found = plan.plan.scalars.map { name in
      guard let meaning = numbers.meaning(name) else { preconditionFailure("training does not know `\(name)`") }
      return (name: name, meaning: meaning)
    }
    scalars[batch] = found
    return found
  }
}
