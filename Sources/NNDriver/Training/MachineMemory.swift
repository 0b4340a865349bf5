import NNDiagnostics
import NNLayers
import NNPlan
import NNRuntime
import NNText

extension MemoryPrediction {
  /// Whether it fits into the memory that this process may use.
  var fits: Bool { AvailableMemory.smallest.map { total <= $0.bytes / 10 * 9 } ?? true }

  /// Refuses `what` where it would not fit into memory; says what of `plan` takes the most, and what would help.
  func require(
    _ what: String, _ plan: Plan, place: (String) -> String? = { _ in nil }, help: @autoclosure () -> [String]
  ) throws(CommandFailure) {
    guard !fits, let available = AvailableMemory.smallest else { return }
    let sizes = plan.buffers.map(\.byteCount)
    let largest = sizes.indices.sorted { (sizes[$0], $1) > (sizes[$1], $0) }.prefix(3)
    let lines = largest.map { index in
      let layer = plan.layers(of: BufferID(index)).first
      let place_ = layer.flatMap { name in place(name).map { " (`\(name)`, \($0))" } ?? " (`\(name)`)" } ?? ""
      return "  \(ByteCount.text(sizes[index])) for \(plan.buffers[index].name)\(place_)"
    }
    throw .machine(
      ([
        "\(what) needs \(ByteCount.text(total)), and \(available.limit.rawValue) \(ByteCount.text(available.bytes)); "
          + "the largest of it:"
      ] + lines + help().map { "help: \($0)" }).joined(separator: "\n"))
  }
}

extension Plan {
  /// The layers that a buffer is for: of the step that writes it, else of one that reads it.
  fileprivate func layers(of id: BufferID) -> [String] {
    let step = steps.first { $0.outputs.contains(id) || $0.workspace == id } ?? steps.first { $0.inputs.contains(id) }
    return step?.layers ?? []
  }
}

extension Session {
  /// Refuses training, of batches of the spec's size, that would not fit into memory.
  func requireMemory(_ made: TrainingMade) throws(CommandFailure) {
    try require(made.steps.widest, plans.trainingMemory(made.steps, validation: made.validation)) { batch in
      plans.steps(batch: batch).map { plans.trainingMemory($0) }
    }
  }

  /// Refuses evaluating by a plan that would not fit into memory.
  func requireMemory(_ plan: Plan) throws(CommandFailure) {
    let memory = { batch in plans.evaluatingMemory(by: plans.validationPlans(batch: batch)) }
    try require(plan, memory(plan.batch), of: memory)
  }

  /// `memory` says what batches of another size take.
  private func require(
    _ plan: Plan, _ needed: MemoryPrediction, of memory: (Int) -> MemoryPrediction?
  ) throws(CommandFailure) {
    let what = plan.purpose == .train ? "training with" : "evaluating"
    try needed.require(
      "\(what) batches of \(plan.batch) \(plan.batch == 1 ? "sample" : "samples")", plan, place: place(ofLayer:),
      help: help(plan, needed, memory))
  }

  /// The line of a layer.
  private func place(ofLayer path: String) -> String? {
    for layer in plans.model.networks.flatMap(\.layers) where path == layer.path || path.hasPrefix("\(layer.path).") {
      let file = checked.sources[layer.kindSpan.file]
      return "\(file.path):\(file.position(of: layer.kindSpan.start).line)"
    }
    return nil
  }

  private func help(
    _ plan: Plan, _ needed: MemoryPrediction, _ memory: (Int) -> MemoryPrediction?
  ) -> [String] {
    var batch = plan.batch
    var smaller = needed
    while batch > 1 {
      batch = (batch + 1) / 2
      guard let next = memory(batch) else { break }
      smaller = next
      if smaller.fits { break }
    }
    guard smaller.fits else {
      return ["even one sample needs \(ByteCount.text(smaller.total)): use a smaller `shape`, or fewer filters"]
    }
    let parts = (plan.batch + batch - 1) / batch
    let accumulates =
      plan.purpose == .train ? ["`accumulate: \(parts * plans.accumulate)` keeps as many in a step"] : []
    return ["`batch_size: \(batch)` needs \(ByteCount.text(smaller.total))"] + accumulates
  }
}
