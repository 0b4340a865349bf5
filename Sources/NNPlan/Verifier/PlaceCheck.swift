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
    // A step or host that uses it is at fault.
    case .unplaced: return
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
  }
}
