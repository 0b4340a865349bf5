import NNPlan
import NNTensor

extension Plan {
  /// A buffer's type as a run on these samples sees it.
  func type(_ id: BufferID, _ samples: Range<Int>) -> TensorType {
    var type = self[id].type
    if self[id].samples == .batch { type.shape[0] = samples.count }
    return type
  }
}

/// Floats that lie in rows.
struct FloatRows: Sequence {
  var start: UnsafePointer<Float>
  var rows: Int
  /// Floats of a row, and from one to the next.
  var count: Int
  var pitch: Int

  func makeIterator() -> some IteratorProtocol<Float> {
    (0..<rows).lazy.flatMap { UnsafeBufferPointer(start: start + $0 * pitch, count: count) }.makeIterator()
  }
}

/// The memory of a plan's buffers. Every address is checked against the memory that it lies in.
final class PlanMemory {
  let plan: Plan
  private let arena: Memory
  private let prepared: [BufferID: Prepared]
  /// What no other plan had prepared.
  private let new: Memory
  private let scalars: Memory
  private let parameters: [Memory]
  private let states: [BufferID: Memory]

  /// Reserves what the plan needs and adds its parameters and optimizer tensors to the store.
  init(
    _ plan: Plan, _ store: ParameterStore, _ shared: SharedArena?, _ kernels: KernelTable
  ) throws(MemoryFailure) {
    self.plan = plan
    try store.add(plan.parameters)
    parameters = plan.parameters.compactMap { store.values($0.name) }
    var states: [BufferID: Memory] = [:]
    for (index, buffer) in plan.buffers.enumerated() {
      guard case .state(let parameter, let slot) = buffer.place else { continue }
      let name = plan.parameters[parameter].name
      try store.addState(name, slot: slot)
      states[BufferID(index)] = store.state(name, slot: slot)
    }
    self.states = states
    arena = try (shared ?? SharedArena()).reserve(plan.arena.bytes, for: "the arena of `\(plan.name)`")
    (prepared, new) = try store.prepared(plan, kernels: kernels.name)
    scalars = try Memory(plan.scalars.count * Plan.alignment, for: "the scalars of `\(plan.name)`")
  }

  /// Where a buffer starts. Its type fits into it, and all of it into the memory where it is placed.
  func address(_ id: BufferID) -> UnsafeMutableRawPointer {
    let buffer = plan[id]
    precondition(
      buffer.type.byteCount <= buffer.byteCount, "`\(buffer.name)`: \(buffer.type) in \(buffer.byteCount) bytes")
    switch buffer.place {
    case .arena(let offset): return inside(arena, offset, buffer.byteCount, buffer)
    case .retained:
      guard let prepared = prepared[id], prepared.byteCount == buffer.byteCount else {
        preconditionFailure("`\(buffer.name)` is not prepared")
      }
      return prepared.start
    case .parameter(let index): return inside(parameters[index], 0, buffer.type.byteCount, buffer)
    case .state:
      guard let memory = states[id] else { preconditionFailure("`\(buffer.name)`: no optimizer tensor") }
      return inside(memory, 0, buffer.type.byteCount, buffer)
    case .scalar(let slot): return inside(scalars, slot * Plan.alignment, buffer.type.byteCount, buffer)
    case .view:
      let window = plan.window(of: id)
      precondition(window.channel + buffer.channels <= plan[window.root].channels, "`\(buffer.name)`: \(window)")
      return address(window.root) + window.channel * buffer.type.element.size
    case .unplaced: preconditionFailure("`\(buffer.name)` has no place")
    }
  }

  /// Where these samples of a buffer start; the buffer, where it has no others.
  func address(_ id: BufferID, _ samples: Range<Int>) -> UnsafeMutableRawPointer {
    let start = address(id)
    guard plan[id].samples == .batch else { return start }
    precondition(samples.lowerBound >= 0 && samples.upperBound <= plan.batch, "samples \(samples) of \(plan.batch)")
    return start + plan[plan.root(of: id)].type.byteCount / plan.batch * samples.lowerBound
  }

  /// Numbers from a pixel of a buffer to the next: its channels, or those of the buffer in which it lies.
  func pitch(_ id: BufferID) -> Int { plan[plan.root(of: id)].channels }

  private func inside(_ memory: Memory, _ offset: Int, _ bytes: Int, _ buffer: Buffer) -> UnsafeMutableRawPointer {
    precondition(
      offset >= 0 && offset % Plan.alignment == 0 && bytes >= 0 && offset <= memory.byteCount
        && bytes <= memory.byteCount - offset,
      "`\(buffer.name)`: bytes \(offset) … \(offset + bytes) of \(memory.byteCount)")
    return memory.start + offset
  }

  /// The float of a scalar's slot.
  func scalar(_ slot: Int) -> UnsafeMutablePointer<Float> {
    precondition(plan.scalars.indices.contains(slot), "no scalar \(slot)")
    return (scalars.start + slot * Plan.alignment).assumingMemoryBound(to: Float.self)
  }

  /// What a run on these samples sees of a buffer: `rows` times `count` floats, `pitch` floats apart.
  func rows(_ id: BufferID, _ samples: Range<Int>) -> FloatRows {
    let start = UnsafePointer(address(id, samples).assumingMemoryBound(to: Float.self))
    let count = plan.type(id, samples).shape.elementCount
    if !plan.isView(id) { return FloatRows(start: start, rows: 1, count: count, pitch: count) }
    let channels = plan[id].channels
    return FloatRows(start: start, rows: count / channels, count: channels, pitch: pitch(id))
  }

  /// A port's numbers.
  func floats(_ port: Port) -> UnsafeMutableBufferPointer<Float> {
    precondition(port.type.element == .float32, "`\(port.name)` is \(port.type)")
    precondition(port.type.byteCount <= plan[port.buffer].byteCount, "`\(port.name)`: \(port.type)")
    let start = address(port.buffer).assumingMemoryBound(to: Float.self)
    return UnsafeMutableBufferPointer(start: start, count: port.type.shape.elementCount)
  }

  /// The number of a port that holds one, in single or double precision.
  func number(_ port: Port) -> Double {
    guard port.type.element == .float64 else { return floats(port).first.map(Double.init) ?? .nan }
    precondition(port.type.byteCount <= plan[port.buffer].byteCount, "`\(port.name)`: \(port.type)")
    return address(port.buffer).load(as: Double.self)
  }

  /// Where preparing steps put a buffer for others to read; nil for one that is elsewhere.
  func prepared(at id: BufferID) -> Prepared? { prepared[id] }

  /// The bytes that buffers share, and those that this plan's preparing steps are the first to fill.
  var shared: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: arena.start, count: plan.arena.bytes)
  }
  var unprepared: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: new.start, count: new.byteCount)
  }

  /// Bytes of everything here, parameters and optimizer tensors among them.
  var byteCount: Int {
    arena.byteCount + prepared.values.reduce(0) { $0 + $1.byteCount } + scalars.byteCount
      + parameters.reduce(0) { $0 + $1.byteCount } + states.values.reduce(0) { $0 + $1.byteCount }
  }
}
