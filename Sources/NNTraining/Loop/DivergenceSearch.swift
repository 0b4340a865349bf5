import NNData
import NNRuntime

/// Finds where values first were no numbers: makes the steps since the last checkpoint again, which gives the same bits,
/// and looks at every result of every step of the plans.
struct DivergenceSearch {
  let step: TrainingStep
  let source: DataSource
  let settings: TrainingSettings
  let store: ParameterStore
  let evaluator: Evaluator
  /// Makes the validation again.
  let validate: () throws -> Void

  /// Where it began, at `found.step` or before; nothing is added where it does not happen again. `attend` may end the
  /// search by throwing. The store's values are of no use afterwards.
  func origin(
    of found: Divergence, from checkpoint: Checkpoint, attend: () throws -> Void
  ) throws -> Divergence {
    var found = found
    found.checkpoint = checkpoint.state.training.step
    try checkpoint.load(into: store, settings)
    let watch = Watch()
    step.observer = watch.look
    defer { step.observer = nil }
    var batches = TrainingBatches(source, settings, from: checkpoint.state.training.position)
    for number in checkpoint.state.training.step + 1..<max(found.step, checkpoint.state.training.step) + 1 {
      guard try batches.take(attending: attend) else { break }
      watch.step = number
      do { try step.run(batches.current, step: number) } catch TrainingFailure.diverged {}
      if watch.origin != nil { break }
    }
    found.origin = watch.origin
    if found.origin == nil, case .validation = found.what {
      evaluator.observer = watch.look
      defer { evaluator.observer = nil }
      watch.step = found.step
      try validate()
      found.origin = watch.origin
    }
    return found
  }

  /// What an observer has seen.
  private final class Watch {
    /// The training step that is being made.
    var step = 0
    private(set) var origin: Divergence.Origin?

    func look(_ plan: BoundPlan, _ index: Int) {
      if origin != nil { return }
      for (id, statistics) in zip(plan.plan.steps[index].outputs, plan.statistics(ofStep: index)) {
        guard let statistics, statistics.nonFinite > 0 else { continue }
        let done = plan.plan.steps[index]
        let layers = done.layers.isEmpty ? [plan.plan[id].name] : done.layers
        origin = Divergence.Origin(
          step: step, kernel: done.name, layers: layers, count: statistics.nonFinite,
          total: plan.plan[id].type.shape.elementCount)
        return
      }
    }
  }
}
