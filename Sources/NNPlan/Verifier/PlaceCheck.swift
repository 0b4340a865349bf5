import NNTensor

/// Whether each buffer has a place of its own kind, with room for all its bytes. Buffers share bytes of the arena over
/// time, which `Playback` follows; what is learnt, and each of an optimizer's tensors, has one buffer.
struct PlaceCheck {
  private struct State: Hashable {
    var parameter: Int
    var slot: Int
  }

  private let plan: Plan
  private var isTaken: [Bool]
  /// For each parameter, a bit for each of the first tensors that optimizers keep for it; all others.
  private var firstStates: [UInt64]
  private var states: Set<State> = []
  private var faults: [String] = []

  /// What is wrong with the places of a plan's buffers, one sentence per fault.
  static func faults(in plan: Plan) -> [String] {
    var check = PlaceCheck(plan: plan)
    for index in plan.buffers.indices { check.check(BufferID(index)) }
    for port in plan.inputs + plan.outputs { check.check(port) }
    if check.faults.isEmpty { for step in plan.steps.indices { check.checkViews(ofStep: step) } }
    return check.faults
  }

  private init(plan: Plan) {
    self.plan = plan
    isTaken = Array(repeating: false, count: plan.parameters.count)
    firstStates = Array(repeating: 0, count: plan.parameters.count)
  }

  /// Whether no buffer before has this place; then one has.
  private mutating func insert(_ state: State) -> Bool {
    guard (0..<UInt64.bitWidth).contains(state.slot) else { return states.insert(state).inserted }
    let bit = UInt64(1) << state.slot
    defer { firstStates[state.parameter] |= bit }
    return firstStates[state.parameter] & bit == 0
  }

  private mutating func check(_ id: BufferID) {
    switch plan.buffers[id.index].place {
    case .arena(let offset): check(id, at: offset, of: plan.arena.bytes, "the arena")
    case .retained(let offset): check(id, at: offset, of: plan.retainedBytes, "the retained memory")
    case .parameter(let index):
      guard check(id, ofParameter: index) else { return }
      if isTaken[index] { faults.append("`\(plan[id].name)` has the place of another buffer: parameter \(index)") }
      isTaken[index] = true
    case .state(let parameter, let slot):
      guard check(id, ofParameter: parameter), !insert(State(parameter: parameter, slot: slot)) else { return }
      faults.append("`\(plan[id].name)` has the place of another buffer: tensor \(slot) of parameter \(parameter)")
    case .scalar(let slot):
      if !plan.scalars.indices.contains(slot) || plan.buffers[id.index].type.byteCount > Plan.alignment {
        faults.append("`\(plan[id].name)` is \(plan[id].type) in scalar \(slot) of \(plan.scalars.count)")
      }
    case .view(let host, let channel): check(id, in: host, channel)
    // A step or host that uses it is at fault.
    case .unplaced: return
    }
  }

  /// A view has room among the channels of its host, and the last one around it a place of its own.
  private mutating func check(_ id: BufferID, in host: BufferID, _ channel: Int) {
    guard plan.buffers.indices.contains(host.index), hasRoom(plan[host], for: plan[id], at: channel) else {
      faults.append("`\(plan[id].name)` is \(plan[id].type) at channel \(channel) of a buffer without room for it")
      return
    }
    var (around, depth) = (host, 0)
    while case .view(let next, _) = plan[around].place, plan.buffers.indices.contains(next.index),
      depth <= plan.buffers.count
    {
      (around, depth) = (next, depth + 1)
    }
    switch plan[around].place {
    case .arena, .unplaced: return
    case .view: faults.append("`\(plan[id].name)` lies in itself")
    default: faults.append("`\(plan[id].name)` lies in `\(plan[around].name)`, which is not in the arena")
    }
  }

  /// Whether each pixel of a buffer has room for one of a view's from a channel on, and no word holds numbers of both.
  private func hasRoom(_ host: Buffer, for view: Buffer, at channel: Int) -> Bool {
    let (outer, inner) = (host.type.shape.dimensions, view.type.shape.dimensions)
    let perWord = max(1, 4 / view.type.element.size)
    guard let all = outer.last, let own = inner.last, outer.count > 1, outer.dropLast() == inner.dropLast(),
      host.type.element == view.type.element, host.samples == view.samples
    else { return false }
    return channel >= 0 && channel <= all - own && [all, own, channel].allSatisfy { $0 % perWord == 0 }
  }

  /// Kernels find only those operands and results among other channels of which they know that they may be there.
  private mutating func checkViews(ofStep index: Int) {
    let step = plan.steps[index]
    func isView(_ id: BufferID) -> Bool { if case .view = plan[id].place { true } else { false } }
    for (place, id) in step.inputs.enumerated() where isView(id) && !step.kernel.readsViews(at: place) {
      faults.append("step \(index) (\(step.name)) cannot read `\(plan[id].name)` among other channels")
    }
    for (place, id) in step.outputs.enumerated() where isView(id) && !step.kernel.writesViews(at: place) {
      faults.append("step \(index) (\(step.name)) cannot write `\(plan[id].name)` among other channels")
    }
    if let id = step.workspace, isView(id) {
      faults.append("step \(index) (\(step.name)) cannot work in `\(plan[id].name)` among other channels")
    }
  }

  private mutating func check(_ id: BufferID, at offset: Int, of bytes: Int, _ memory: String) {
    let byteCount = plan.buffers[id.index].byteCount
    var name: String { plan[id].name }
    if plan.buffers[id.index].type.byteCount > byteCount {
      faults.append("`\(name)` is \(plan[id].type) in \(byteCount) bytes")
    }
    if offset % Plan.alignment != 0 || byteCount % Plan.alignment != 0 {
      faults.append("`\(name)` has \(byteCount) bytes at \(offset), not multiples of \(Plan.alignment)")
    }
    if offset < 0 || byteCount < 0 || offset > bytes || byteCount > bytes - offset {
      faults.append("`\(name)` has \(byteCount) bytes at \(offset) of \(memory), which has \(bytes)")
    }
  }

  /// Whether there is such a parameter.
  private mutating func check(_ id: BufferID, ofParameter index: Int) -> Bool {
    guard plan.parameters.indices.contains(index) else {
      faults.append("`\(plan[id].name)` belongs to parameter \(index) of \(plan.parameters.count)")
      return false
    }
    let room = plan.parameters[index].shape.elementCount.multipliedSaturated(by: MemoryLayout<Float>.size)
    if plan.buffers[id.index].type.byteCount > room {
      let parameter = plan.parameters[index]
      faults.append("`\(plan[id].name)` is \(plan[id].type) in the place of \(parameter.name), \(parameter.shape)")
    }
    return true
  }

  private mutating func check(_ port: Port) {
    let buffer = plan[port.buffer]
    if port.type.byteCount > buffer.byteCount {
      faults.append("the host sees \(port.type) in `\(buffer.name)`, which has \(buffer.byteCount) bytes")
    }
    if case .view = buffer.place { faults.append("the host sees `\(port.name)` among other channels") }
  }
}
