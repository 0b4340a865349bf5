import NNTensor

/// Plays a plan through, byte range by byte range, and finds whatever step would read something else than what was
/// written for it. It shares no code with the planner, so that it cannot share its mistakes.
public struct PlanVerifier {
  /// Which buffer's bytes a range of the arena holds.
  private struct Owner {
    var start: Int
    var end: Int
    var buffer: BufferID
  }

  private let plan: Plan
  /// In the order of their bytes, and apart from each other.
  private var arena: [Owner] = []
  private var written: IDSet<BufferID>

  /// What is wrong with `plan`, one sentence per fault; empty where nothing is.
  public static func faults(in plan: Plan) -> [String] {
    var verifier = PlanVerifier(plan: plan)
    return verifier.play()
  }

  /// Traps with the first fault: a bug of the pass named.
  public static func verify(_ plan: Plan, after pass: String) {
    if let fault = faults(in: plan).first { preconditionFailure("\(pass): \(fault)") }
  }

  private init(plan: Plan) {
    self.plan = plan
    written = IDSet(capacity: plan.buffers.count)
  }

  private mutating func play() -> [String] {
    var faults: [String] = []
    for port in plan.inputs { write(port.buffer) }
    var next = 0
    for loop in plan.loops {
      for step in next..<loop.steps.lowerBound { faults += play(step) }
      // The second run shows all that any later one would.
      for run in 0..<min(2, loop.count) { for index in loop.steps { faults += play(index, loop, run: run) } }
      next = loop.steps.upperBound
    }
    for step in next..<plan.steps.count { faults += play(step) }
    faults += plan.outputs.compactMap { unreadable($0.buffer).map { "the host \($0)" } }
    return faults
  }

  private mutating func play(_ index: Int, _ loop: Loop? = nil, run: Int = 0) -> [String] {
    let step = plan.steps[index]
    var place: String { "step \(index) (\(step.name))" }
    var faults: [String] = []
    func read(_ id: BufferID) { if let fault = unreadable(id) { faults.append("\(place) \(fault)") } }
    for id in step.inputs { read(id) }
    if let loop, !loop.run(run).contains(0) { for sum in step.sums { read(step.outputs[sum]) } }
    faults += overlaps(in: step).map { "\(place) \($0)" }
    if loop == nil {
      var usesChunk = false
      step.forEachUse { usesChunk = usesChunk || plan.buffers[$0.index].samples == .chunk }
      if usesChunk { faults.append("\(place) uses a loop's samples outside of it") }
    }
    step.forEachWrite { write($0) }
    return faults
  }

  /// Why `id` does not hold what was written to it, if so.
  private func unreadable(_ id: BufferID) -> String? {
    var name: String { plan[id].name }
    switch plan.buffers[id.index].place {
    case .parameter, .state, .scalar: return nil
    case .unplaced: return "reads `\(name)`, which has no place"
    case .retained: return written.contains(id) ? nil : "reads `\(name)` before it is made"
    case .arena:
      if owns(id) { return nil }
      return written.contains(id)
        ? "reads `\(name)` after its bytes were overwritten" : "reads `\(name)` before it is made"
    }
  }

  /// Outputs that lie over inputs or each other, other than the pair that may.
  private func overlaps(in step: Step) -> [String] {
    var faults: [String] = []
    if step.outputs.count == 1, step.workspace == nil, !step.inputs.contains(where: { overlap($0, step.outputs[0]) }) {
      return faults
    }
    let writes = step.writes
    for (o, output) in writes.enumerated() {
      for (i, input) in step.inputs.enumerated() where overlap(input, output) {
        let allowed = step.inPlace == InPlace(input: i, output: o) && plan[input].place == plan[output].place
        if !allowed { faults.append("writes `\(plan[output].name)` over its operand `\(plan[input].name)`") }
      }
      for other in writes[(o + 1)...] where overlap(other, output) {
        faults.append("writes `\(plan[output].name)` over `\(plan[other].name)`")
      }
    }
    return faults
  }

  private func overlap(_ a: BufferID, _ b: BufferID) -> Bool {
    guard case .arena(let x) = plan.buffers[a.index].place, case .arena(let y) = plan.buffers[b.index].place else {
      return false
    }
    return x < y + plan.buffers[b.index].byteCount && y < x + plan.buffers[a.index].byteCount
  }

  private mutating func write(_ id: BufferID) {
    written.insert(id)
    guard case .arena(let start) = plan.buffers[id.index].place else { return }
    let end = start + plan.buffers[id.index].byteCount
    let first = firstOwner(endingBehind: start)
    var last = first
    while last < arena.count, arena[last].start < end { last += 1 }
    arena.replaceSubrange(first..<last, with: CollectionOfOne(Owner(start: start, end: end, buffer: id)))
  }

  /// Whether the bytes of `id` still hold it.
  private func owns(_ id: BufferID) -> Bool {
    guard case .arena(let start) = plan.buffers[id.index].place else { return false }
    let index = firstOwner(endingBehind: start)
    return index < arena.count && arena[index].buffer == id
  }

  /// The index of the first owner with bytes behind `offset`.
  private func firstOwner(endingBehind offset: Int) -> Int {
    var (low, high) = (0, arena.count)
    while low < high {
      let middle = (low + high) / 2
      if arena[middle].end <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
