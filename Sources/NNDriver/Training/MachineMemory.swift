import NNDiagnostics
import NNLayers
import NNPlan
import NNRuntime
import NNText

extension Plan {
  /// Whether it fits into the memory that this process may use.
  var fitsIntoMemory: Bool {
    AvailableMemory.smallest.map { totalBytes <= $0.bytes / 10 * 9 } ?? true
  }

  /// Refuses `what` where it would not fit into memory; says what takes the most, and what would help.
  func requireMemory(
    _ what: String, place: (String) -> String? = { _ in nil }, help: @autoclosure () -> [String]
  ) throws(CommandFailure) {
    guard !fitsIntoMemory, let available = AvailableMemory.smallest else { return }
    let largest = buffers.indices.sorted { (buffers[$0].byteCount, $1) > (buffers[$1].byteCount, $0) }.prefix(3)
    let lines = largest.map { index in
      let layer = layers(of: BufferID(index)).first
      let place_ = layer.flatMap { name in place(name).map { " (`\(name)`, \($0))" } ?? " (`\(name)`)" } ?? ""
      return "  \(ByteCount.text(buffers[index].byteCount)) for \(buffers[index].name)\(place_)"
    }
    throw .machine(
      ([
        "\(what) needs \(ByteCount.text(totalBytes)), and \(available.limit.rawValue) \(ByteCount.text(available.bytes)); "
          + "the largest of it:"
      ] + lines + help().map { "help: \($0)" }).joined(separator: "\n"))
  }

  /// The layers that a buffer is for: of the step that writes it, else of one that reads it.
  private func layers(of id: BufferID) -> [String] {
    let step = steps.first { $0.outputs.contains(id) || $0.workspace == id } ?? steps.first { $0.inputs.contains(id) }
    return step?.layers ?? []
  }
}

extension Session {
  /// Refuses a plan of training or evaluating that would not fit into memory.
  func requireMemory(_ plan: Plan) throws(CommandFailure) {
    let what = plan.purpose == .train ? "training with" : "evaluating"
    try plan.requireMemory(
      "\(what) batches of \(plan.batch) \(plan.batch == 1 ? "sample" : "samples")", place: place(ofLayer:),
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
    var smaller = plan
    while batch > 1 {
      batch = (batch + 1) / 2
      guard let next = plan.purpose == .train ? plans.train(batch: batch) : plans.evaluate(batch: batch) else { break }
      smaller = next
      if next.fitsIntoMemory { break }
    }
    guard smaller.fitsIntoMemory else {
      return ["even one sample needs \(ByteCount.text(smaller.totalBytes)): use a smaller `shape`, or fewer filters"]
    }
    let parts = (plan.batch + batch - 1) / batch
    let accumulates =
      plan.purpose == .train ? ["`accumulate: \(parts * plans.accumulate)` keeps as many in a step"] : []
    return ["`batch_size: \(batch)` needs \(ByteCount.text(smaller.totalBytes))"] + accumulates
  }
}
