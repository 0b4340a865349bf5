import NNPlan
import NNTensor

extension Plan {
  /// Gives each buffer its place: one arena whose ranges buffers share when their lifetimes do not meet, results in
  /// place of operands where the kernel allows it. Without `reuse` every buffer has bytes of its own.
  mutating func planMemory(reuse: Bool) {
    retainPrepared()
    let (ids, own) = (unplaced, Tenancy(self, inPlace: false))
    let shared = Tenancy(self, inPlace: true)
    let tenancy = reuse ? shared : own
    let offsets = reuse ? ArenaPlanner.bestOffsets(tenancy.tenants) : ArenaPlanner.stacked(tenancy.tenants)
    for id in ids { if let tenant = tenancy.tenant(of: id) { self[id].place = .arena(offset: offsets[tenant]) } }
    arena.bytes = zip(tenancy.tenants, offsets).map { $1 + $0.byteCount }.max() ?? 0
    arena.lowerBoundBytes = ArenaPlanner.lowerBound(shared.tenants)
    arena.unsharedBytes = ids.reduce(0) { $0 + self[$1].byteCount }
  }

  /// The least bytes that an arena of these scheduled steps can have.
  var leastArena: Int {
    var plan = self
    plan.retainPrepared()
    return ArenaPlanner.lowerBound(Tenancy(plan, inPlace: true).tenants)
  }

  /// What preparing steps write, and others, or the host, read.
  var retainedBuffers: [BufferID] {
    steps[..<preparingSteps].flatMap(\.writes).filter { self[$0].lifetime.upperBound >= preparingSteps }
  }

  /// Results of preparing steps that later steps read stay for as long as the plan is bound; what only preparing steps use
  /// has its place in the arena.
  private mutating func retainPrepared() {
    var offset = 0
    for id in retainedBuffers where self[id].place == .unplaced {
      self[id].place = .retained(offset: offset)
      offset += self[id].byteCount
    }
    retainedBytes = offset
  }

  /// The buffers that need a place in the arena.
  fileprivate var unplaced: [BufferID] {
    buffers.indices.filter { buffers[$0].place == .unplaced && buffers[$0].byteCount > 0 }.map { BufferID($0) }
  }
}

/// What the arena holds: buffers, and several of them where one can live in another's bytes after it.
struct Tenancy {
  /// Each with bytes of its own.
  private(set) var tenants: [Tenant] = []
  private var indices: IDMap<BufferID, Int>

  /// The tenants of a plan; with `inPlace`, a result joins the operand whose place it can take: the operand must not be
  /// needed later.
  init(_ plan: Plan, inPlace: Bool) {
    indices = IDMap(capacity: plan.buffers.count)
    for id in plan.unplaced {
      indices[id] = tenants.count
      tenants.append(Tenant(byteCount: plan.buffers[id.index].byteCount, lifetime: plan.buffers[id.index].lifetime))
    }
    if inPlace { joinResults(plan) }
  }

  /// The index of a buffer's tenant; nil where it is not in the arena.
  func tenant(of id: BufferID) -> Int? { indices[id] }

  private mutating func joinResults(_ plan: Plan) {
    var joined = [Bool](repeating: false, count: tenants.count)
    for index in plan.steps.indices {
      guard let (input, output) = plan.joins(atStep: index), let head = indices[input], let other = indices[output],
        !joined[other]
      else { continue }
      joined[other] = true
      indices[output] = head
      tenants[head].lifetime = tenants[head].lifetime.joined(with: tenants[other].lifetime)
    }
    var kept: [Int] = []
    let old = tenants
    tenants = []
    for index in old.indices {
      kept.append(tenants.count)
      if !joined[index] { tenants.append(old[index]) }
    }
    for id in plan.unplaced { indices[id] = indices[id].map { kept[$0] } }
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
  /// The operand whose place a step's result can take, and the result, where the operand is not needed later.
  fileprivate func joins(atStep index: Int) -> (input: BufferID, output: BufferID)? {
    guard let pair = steps[index].inPlace else { return nil }
    let (input, output) = (steps[index].inputs[pair.input], steps[index].outputs[pair.output])
    guard buffers[input.index].lifetime.upperBound == index,
      buffers[input.index].byteCount == buffers[output.index].byteCount,
      steps[index].inputs.reduce(0, { $0 + ($1 == input ? 1 : 0) }) == 1
    else { return nil }
    // What a loop does not make anew in each run is needed by the others.
    let isKept = [input, output].contains { buffers[$0.index].samples != .chunk } && loop(ofStep: index) != nil
    return isKept ? nil : (input, output)
  }
}
