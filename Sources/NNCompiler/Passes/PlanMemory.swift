import NNPlan
import NNTensor

extension Plan {
  /// Gives each buffer its place, the steps as they are.
  mutating func planMemory(reuse: Bool) {
    let timetable = Timetable(self)
    place(at: ArenaDemand(self, timetable).layout(self, timetable, reuse: reuse))
  }

  /// Gives each buffer its place.
  mutating func place(at layout: ArenaLayout) {
    for (id, offset) in layout.retained { self[id].place = .retained(offset: offset) }
    for (id, offset) in layout.offsets { self[id].place = .arena(offset: offset) }
    (arena, retainedBytes) = (layout.arena, layout.retainedBytes)
  }

  /// The least bytes that an arena of these scheduled steps can have.
  var leastArena: Int { ArenaDemand(self, Timetable(self)).least }

  /// What preparing steps write, and others, or the host, read.
  var retainedBuffers: [BufferID] { retainedBuffers(Timetable(self)) }

  fileprivate func retainedBuffers(_ timetable: Timetable) -> [BufferID] {
    timetable.order[..<timetable.preparingSteps].flatMap { steps[$0].writes }
      .filter { timetable.lifetimes[$0.index].upperBound >= timetable.preparingSteps }
  }
}

/// Where each buffer of a plan is.
struct ArenaLayout {
  /// The places in the arena.
  var offsets: [(id: BufferID, offset: Int)]
  /// The places of what is retained.
  var retained: [(id: BufferID, offset: Int)]
  /// How much memory all take.
  var arena: ArenaSummary
  var retainedBytes: Int
}

/// What the buffers of a plan need of an arena, its steps in some order. Results of preparing steps that later steps read
/// stay for as long as the plan is bound; what only preparing steps use has its place in the arena.
struct ArenaDemand {
  /// The least bytes that the arena can have.
  let least: Int
  private let retained: [BufferID]
  /// Ranges that buffers share when their lifetimes do not meet, results in place of operands where the kernel allows it.
  private let shared: Tenancy

  init(_ plan: Plan, _ timetable: Timetable) {
    var seen = IDSet<BufferID>()
    retained = plan.retainedBuffers(timetable).filter { id in
      defer { seen.insert(id) }
      return plan.buffers[id.index].isUnplaced && !seen.contains(id)
    }
    shared = Tenancy(plan, timetable, without: retained, inPlace: true)
    least = ArenaPlanner.lowerBound(shared.tenants)
  }

  /// Places in one arena. Without `reuse` every buffer has bytes of its own.
  func layout(_ plan: Plan, _ timetable: Timetable, reuse: Bool) -> ArenaLayout {
    let tenancy = reuse ? shared : Tenancy(plan, timetable, without: retained, inPlace: false)
    let offsets = reuse ? ArenaPlanner.bestOffsets(tenancy.tenants) : ArenaPlanner.stacked(tenancy.tenants)
    var arena = ArenaSummary()
    for (tenant, offset) in zip(tenancy.tenants, offsets) { arena.bytes = max(arena.bytes, offset + tenant.byteCount) }
    arena.lowerBoundBytes = least
    arena.unsharedBytes = tenancy.buffers.reduce(0) { $0 + plan[$1].byteCount }
    var end = 0
    let kept = retained.map { id in
      defer { end += plan[id].byteCount }
      return (id, end)
    }
    return ArenaLayout(
      offsets: tenancy.buffers.map { ($0, offsets[tenancy.tenant(of: $0)]) }, retained: kept, arena: arena,
      retainedBytes: end)
  }
}

extension Buffer {
  fileprivate var isUnplaced: Bool { if case .unplaced = place { true } else { false } }
}

/// What the arena holds: buffers, and several of them where one can live in another's bytes after it.
struct Tenancy {
  /// Each with bytes of its own.
  private(set) var tenants: [Tenant] = []
  /// The buffers that need a place in the arena.
  private(set) var buffers: [BufferID] = []
  /// By buffer; -1 where it is not in the arena.
  private var indices: [Int]

  /// The tenants of a plan; with `inPlace`, a result joins the operand whose place it can take: the operand must not be
  /// needed later.
  init(_ plan: Plan, _ timetable: Timetable, without retained: [BufferID], inPlace: Bool) {
    indices = [Int](repeating: -1, count: plan.buffers.count)
    let retained = IDSet(retained)
    for index in plan.buffers.indices where plan.buffers[index].isUnplaced && plan.buffers[index].byteCount > 0 {
      let id = BufferID(index)
      if retained.contains(id) { continue }
      indices[index] = tenants.count
      buffers.append(id)
      tenants.append(Tenant(byteCount: plan.buffers[index].byteCount, lifetime: timetable.lifetimes[index]))
    }
    if inPlace { joinResults(plan, timetable) }
  }

  /// The index of a buffer's tenant.
  func tenant(of id: BufferID) -> Int { indices[id.index] }

  private mutating func joinResults(_ plan: Plan, _ timetable: Timetable) {
    var isJoined = [Bool](repeating: false, count: tenants.count)
    for place in timetable.order.indices {
      guard let (input, output) = plan.joins(at: place, timetable) else { continue }
      let (head, other) = (indices[input.index], indices[output.index])
      guard head >= 0, other >= 0, !isJoined[other] else { continue }
      isJoined[other] = true
      indices[output.index] = head
      tenants[head].lifetime = tenants[head].lifetime.joined(with: tenants[other].lifetime)
    }
    var kept: [Int] = []
    kept.reserveCapacity(tenants.count)
    var count = 0
    for index in tenants.indices {
      kept.append(count)
      if isJoined[index] { continue }
      tenants[count] = tenants[index]
      count += 1
    }
    tenants.removeLast(tenants.count - count)
    for id in buffers { indices[id.index] = kept[indices[id.index]] }
  }
}

/// Bytes of the arena for a time.
struct Tenant {
  /// How many.
  var byteCount: Int
  /// From the first step that uses them to the last.
  var lifetime: ClosedRange<Int>
}

extension ClosedRange<Int> {
  fileprivate func joined(with other: ClosedRange<Int>) -> ClosedRange<Int> {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }
}

extension Plan {
  /// The operand whose place the result of the step at a place can take, and the result, where the operand is not needed
  /// later.
  func joins(at place: Int, _ timetable: Timetable) -> (input: BufferID, output: BufferID)? {
    let step = steps[timetable.order[place]]
    guard let pair = step.inPlace else { return nil }
    let (input, output) = (step.inputs[pair.input], step.outputs[pair.output])
    guard timetable.lifetimes[input.index].upperBound == place,
      buffers[input.index].byteCount == buffers[output.index].byteCount,
      step.inputs.reduce(0, { $0 + (root(of: $1) == input ? 1 : 0) }) == 1
    else { return nil }
    // What a loop does not make anew in each run is needed by the others.
    let isKept =
      (buffers[input.index].samples != .chunk || buffers[output.index].samples != .chunk)
      && timetable.loop(at: place) != nil
    return isKept ? nil : (input, output)
  }
}
