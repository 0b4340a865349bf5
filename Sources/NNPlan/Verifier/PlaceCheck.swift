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
  private var states: Set<State> = []
  private var faults: [String] = []

  /// What is wrong with the places of a plan's buffers, one sentence per fault.
  static func faults(in plan: Plan) -> [String] {
    var check = PlaceCheck(plan: plan)
    for buffer in plan.buffers { check.check(buffer) }
    for port in plan.inputs + plan.outputs { check.check(port) }
    return check.faults
  }

  private init(plan: Plan) {
    self.plan = plan
    isTaken = Array(repeating: false, count: plan.parameters.count)
  }

  private mutating func check(_ buffer: Buffer) {
    switch buffer.place {
    case .arena(let offset): check(buffer, at: offset, of: plan.arena.bytes, "the arena")
    case .retained(let offset): check(buffer, at: offset, of: plan.retainedBytes, "the retained memory")
    case .parameter(let index):
      guard check(buffer, ofParameter: index) else { return }
      if isTaken[index] { faults.append("`\(buffer.name)` has the place of another buffer: parameter \(index)") }
      isTaken[index] = true
    case .state(let parameter, let slot):
      guard check(buffer, ofParameter: parameter) else { return }
      if !states.insert(State(parameter: parameter, slot: slot)).inserted {
        faults.append("`\(buffer.name)` has the place of another buffer: tensor \(slot) of parameter \(parameter)")
      }
    case .scalar(let slot):
      if !plan.scalars.indices.contains(slot) || buffer.type.byteCount > Plan.alignment {
        faults.append("`\(buffer.name)` is \(buffer.type) in scalar \(slot) of \(plan.scalars.count)")
      }
    // A step or host that uses it is at fault.
    case .unplaced: return
    }
  }

  private mutating func check(_ buffer: Buffer, at offset: Int, of bytes: Int, _ memory: String) {
    let name = buffer.name
    if buffer.type.byteCount > buffer.byteCount {
      faults.append("`\(name)` is \(buffer.type) in \(buffer.byteCount) bytes")
    }
    if offset % Plan.alignment != 0 || buffer.byteCount % Plan.alignment != 0 {
      faults.append("`\(name)` has \(buffer.byteCount) bytes at \(offset), not multiples of \(Plan.alignment)")
    }
    if offset < 0 || buffer.byteCount < 0 || offset > bytes || buffer.byteCount > bytes - offset {
      faults.append("`\(name)` has \(buffer.byteCount) bytes at \(offset) of \(memory), which has \(bytes)")
    }
  }

  /// Whether there is such a parameter.
  private mutating func check(_ buffer: Buffer, ofParameter index: Int) -> Bool {
    guard plan.parameters.indices.contains(index) else {
      faults.append("`\(buffer.name)` belongs to parameter \(index) of \(plan.parameters.count)")
      return false
    }
    let parameter = plan.parameters[index]
    if buffer.type.byteCount > TensorType(parameter.shape).byteCount {
      faults.append("`\(buffer.name)` is \(buffer.type) in the place of \(parameter.name), which is \(parameter.shape)")
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
