import NNTensor
import NNText

extension Plan {
  /// The plan as a table for people: steps with their buffers' places, then the three totals.
  public var text: String {
    var lines = ["\(name): \(purpose.rawValue), batch \(batch), \(steps.count) steps, \(grouped(flops)) FLOPs", ""]
    lines += table(
      ["step", "kernel", "layers", "reads", "writes", "MFLOPs"],
      steps.enumerated().map { index, step in
        [
          mark(ofStep: index), step.title, step.layers.joined(separator: ", "),
          step.inputs.filter { !isScalar($0) }.map(label).joined(separator: " "),
          step.writes.map(label).joined(separator: " "),
          decimal(Double(step.flops) / 1e6, 1),
        ]
      }, rightAligned: [0, 5])
    lines += loops.map(\.text)
    lines.append("")
    lines += table(
      ["buffer", "holds", "type", "bytes", "place", "steps"],
      buffers.enumerated().compactMap { index, buffer in
        if isScalar(BufferID(index)) { return nil }
        let steps = "\(buffer.lifetime.lowerBound)…\(buffer.lifetime.upperBound)"
        let type = buffer.samples == .chunk ? "\(buffer.type) a run" : "\(buffer.type)"
        return ["b\(index)", buffer.name, type, grouped(buffer.byteCount), buffer.place.text, steps]
      }, rightAligned: [3])
    lines.append("")
    lines += totals
    return lines.joined(separator: "\n") + "\n"
  }

  /// The arena's three totals, and what is kept beside it.
  public var totals: [String] {
    [
      "arena           \(grouped(arena.bytes)) bytes",
      "lower bound     \(grouped(arena.lowerBoundBytes)) bytes (arena = \(arenaRatio) × lower bound)",
      "without sharing \(grouped(arena.unsharedBytes)) bytes",
      "parameters      \(grouped(parameterBytes)) bytes, optimizer state \(grouped(stateBytes)) bytes, "
        + "packed weights \(grouped(retainedBytes)) bytes",
    ] + (limitText.map { ["limit           \($0)"] } ?? [])
  }

  /// What keeping a limit of memory does and costs; nil where nothing was needed for it.
  public var limitText: String? {
    guard let unlimited else { return nil }
    var parts = ["arena \(ByteCount.text(arena.bytes)) instead of \(ByteCount.text(unlimited.arenaBytes))"]
    if samplesAtATime != unlimited.samples {
      parts.append("\(samplesAtATime) of \(batch) samples at a time instead of \(unlimited.samples)")
    }
    let layers = recomputedLayers
    if !layers.isEmpty {
      let shown = layers.prefix(6).joined(separator: ", ") + (layers.count > 6 ? " and \(layers.count - 6) more" : "")
      let share = decimal(100 * Double(recomputedFlops) / Double(max(1, flops)), 1)
      parts.append("\(share) % more FLOPs to compute again \(shown)")
    }
    return parts.joined(separator: "; ")
  }

  /// The layers whose results are made again instead of being kept.
  public var recomputedLayers: [String] {
    var layers: [String] = []
    for step in steps where step.recomputes && step.flops > 0 {
      for layer in step.layers where !layers.contains(layer) { layers.append(layer) }
    }
    return layers
  }

  /// Arena ÷ lower bound, with three decimals.
  public var arenaRatio: String {
    decimal(arena.lowerBoundBytes == 0 ? 1 : Double(arena.bytes) / Double(arena.lowerBoundBytes), 3)
  }

  private func mark(ofStep index: Int) -> String {
    if index < preparingSteps { return "\(index) once" }
    return loop(ofStep: index).map { "\(index) ×\($0.count)" } ?? "\(index)"
  }

  private func isScalar(_ id: BufferID) -> Bool { if case .scalar = self[id].place { true } else { false } }

  private func label(_ id: BufferID) -> String {
    switch self[id].place {
    case .parameter(let index): parameters[index].name
    case .state: "b\(id.index)"
    case .scalar(let slot): scalars[slot]
    default: "b\(id.index)"
    }
  }
}

extension Loop {
  /// `steps 5…31 run 16 times, on 1 sample each`.
  fileprivate var text: String {
    let run = count == 1 ? "run" : "run \(count) times"
    let behind = first == 0 ? "" : ", from sample \(first) on"
    return "steps \(steps.lowerBound)…\(steps.upperBound - 1) \(run), on \(samples) "
      + "\(samples == 1 ? "sample" : "samples") each\(behind)"
  }
}

extension Place {
  fileprivate var text: String {
    switch self {
    case .arena(let offset): "arena + \(grouped(offset))"
    case .retained(let offset): "retained + \(grouped(offset))"
    case .parameter: "parameter"
    case .state: "optimizer state"
    case .scalar: "scalar"
    case .view(let host, let channel): "in b\(host.index), channel \(grouped(channel))"
    case .unplaced: "unplaced"
    }
  }
}
