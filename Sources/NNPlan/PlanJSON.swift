import NNText

extension Plan {
  /// The plan as one JSON object: `steps`, `loops`, `arena`, `parameters`, `flops`, and `buffers` with their places.
  public var json: String {
    let steps = steps.map { step in
      let reads = step.inputs.map { "\($0.index)" }.joined(separator: ", ")
      let writes = step.writes.map { "\($0.index)" }.joined(separator: ", ")
      return """
            {"kernel": \(JSON.quoted(step.title)), "layers": [\(step.layers.map(JSON.quoted).joined(separator: ", "))], \
        "flops": \(step.flops), "recomputes": \(step.recomputes), "reads": [\(reads)], "writes": [\(writes)]}
        """
    }
    let loops = loops.map { loop in
      """
          {"first_step": \(loop.steps.lowerBound), "last_step": \(loop.steps.upperBound - 1), "runs": \(loop.count), \
      "first_sample": \(loop.first), "samples_per_run": \(loop.samples)}
      """
    }
    let buffers = buffers.map { buffer in
      """
          {"name": \(JSON.quoted(buffer.name)), "shape": \(buffer.type.shape), "element": "\(buffer.type.element.rawValue)", \
      "bytes": \(buffer.byteCount), "place": \(buffer.place.json), "samples": "\(buffer.samples.rawValue)", \
      "first_step": \(buffer.lifetime.lowerBound), "last_step": \(buffer.lifetime.upperBound)}
      """
    }
    return """
      {
        "name": \(JSON.quoted(name)), "for": "\(purpose.rawValue)", "batch": \(batch),
        "steps": [
      \(steps.joined(separator: ",\n"))
        ],
        "loops": [
      \(loops.joined(separator: ",\n"))
        ],
        "buffers": [
      \(buffers.joined(separator: ",\n"))
        ],
        "arena": {"bytes": \(arena.bytes), "lower_bound_bytes": \(arena.lowerBoundBytes), \
      "unshared_bytes": \(arena.unsharedBytes)},
        "parameters": \(parameters.reduce(0) { $0 + $1.shape.elementCount }), "flops": \(flops), \
      "recomputed_flops": \(recomputedFlops)
      }

      """
  }
}

extension Place {
  fileprivate var json: String {
    switch self {
    case .arena(let offset): "{\"arena\": \(offset)}"
    case .retained(let offset): "{\"retained\": \(offset)}"
    case .parameter(let index): "{\"parameter\": \(index)}"
    case .state(let parameter, let slot): "{\"state\": [\(parameter), \(slot)]}"
    case .scalar(let slot): "{\"scalar\": \(slot)}"
    case .view(let host, let channel): "{\"view\": [\(host.index), \(channel)]}"
    case .unplaced: "null"
    }
  }
}
