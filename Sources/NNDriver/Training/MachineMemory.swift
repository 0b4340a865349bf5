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
  /// Refuses a plan of training or evaluating that would not fit into memory.
  func requireMemory(_ plan: Plan) throws(CommandFailure) {
    let what = plan.purpose == .train ? "training with" : "evaluating"
    try plans.memory(of: plan).require(
      "\(what) batches of \(plan.batch) \(plan.batch == 1 ? "sample" : "samples")", plan, place: place(ofLayer:),
      help: help(plan))
  }

  /// The line of a layer.
  private func place(ofLayer path: String) -> String? {
    for layer in plans.model.networks.flatMap(\.layers) where path == layer.path || path.hasPrefix("\(layer.path).") {
      let file = checked.sources[layer.kindSpan.file]
      return "\(file.path):\(file.position(of: layer.kindSpan.start).line)"
    }
    return nil
  }

  private func help(_ plan: Plan) -> [String] {
    var batch = plan.batch
    var smaller = plans.memory(of: plan)
    while batch > 1 {
      batch = (batch + 1) / 2
      guard let next = plan.purpose == .train ? plans.train(batch: batch) : plans.evaluate(batch: batch) else { break }
      smaller = plans.memory(of: next)
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

extension Plans {
  /// What a process takes that runs, evaluates or trains by a plan.
  func memory(of plan: Plan) -> MemoryPrediction {
    switch plan.purpose {
    case .run: runningMemory(plan)
    case .evaluate: evaluatingMemory(by: validationPlans(batch: plan.batch))
    case .train: trainingMemory(plan)
    }
  }
}
