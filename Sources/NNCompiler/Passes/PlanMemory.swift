import NNPlan

extension Plan {
  /// Gives each buffer its place: one arena whose ranges buffers share when their lifetimes do not meet, results in
  /// place of operands where the kernel allows it. Without `reuse` every buffer has bytes of its own.
  mutating func planMemory(reuse: Bool) {
    retainPrepared()
    let tenants = reuse ? inPlaceTenants : unplaced.map { Tenant(buffers: [$0], plan: self) }
    let offsets = reuse ? ArenaPlanner.bestOffsets(tenants) : ArenaPlanner.stacked(tenants)
    for (tenant, offset) in zip(tenants, offsets) {
      for buffer in tenant.buffers { self[buffer].place = .arena(offset: offset) }
    }
    arena.bytes = zip(tenants, offsets).map { $1 + $0.byteCount }.max() ?? 0
    arena.lowerBoundBytes = ArenaPlanner.lowerBound(inPlaceTenants(of: tenants.flatMap(\.buffers)))
    arena.unsharedBytes = tenants.flatMap(\.buffers).reduce(0) { $0 + self[$1].byteCount }
  }

  /// The least bytes that an arena of these scheduled steps can have.
  var leastArena: Int {
    var plan = self
    plan.retainPrepared()
    return ArenaPlanner.lowerBound(plan.inPlaceTenants)
  }

  /// Results of preparing steps that later steps read stay for as long as the plan is bound; what only preparing steps use
  /// has its place in the arena.
  mutating func retainPrepared() {
    var offset = 0
    for id in retainedBuffers where self[id].place == .unplaced {
      self[id].place = .retained(offset: offset)
      offset += self[id].byteCount
    }
    retainedBytes = offset
  }

  /// What preparing steps write, and others, or the host, read.
  var retainedBuffers: [BufferID] {
    steps[..<preparingSteps].flatMap(\.writes).filter { self[$0].lifetime.upperBound >= preparingSteps }
  }

  private var unplaced: [BufferID] {
    buffers.indices.map { BufferID($0) }.filter { self[$0].place == .unplaced && self[$0].byteCount > 0 }
  }

  private var inPlaceTenants: [Tenant] { inPlaceTenants(of: unplaced) }

  /// Joins a result with the operand whose place it can take: the operand must not be needed later.
  private func inPlaceTenants(of ids: [BufferID]) -> [Tenant] {
    var head: [BufferID: BufferID] = [:]
    var members = Dictionary(uniqueKeysWithValues: ids.map { ($0, [$0]) })
    for (index, step) in steps.enumerated() {
      guard let pair = step.inPlace else { continue }
      let (input, output) = (step.inputs[pair.input], step.outputs[pair.output])
      let first = head[input] ?? input
      // What a loop does not make anew in each run is needed by the others.
      let isKept = loop(ofStep: index) != nil && [input, output].contains { self[$0].samples != .chunk }
      guard !isKept, self[input].lifetime.upperBound == index, self[input].byteCount == self[output].byteCount,
        step.inputs.filter({ $0 == input }).count == 1, members[first] != nil, members[output] != nil
      else { continue }
      members[first, default: []].append(output)
      members[output] = nil
      head[output] = first
    }
    return ids.compactMap { members[$0] }.map { Tenant(buffers: $0, plan: self) }
  }
}

/// Buffers that live one after the other in the same bytes.
struct Tenant {
  /// In the order in which they live.
  var buffers: [BufferID]
  /// Bytes of each of them.
  var byteCount: Int
  /// From the first step that uses the first of them to the last that uses the last.
  var lifetime: ClosedRange<Int>

  init(buffers: [BufferID], plan: Plan) {
    self.buffers = buffers
    byteCount = buffers.map { plan[$0].byteCount }.max() ?? 0
    let first = buffers.map { plan[$0].lifetime.lowerBound }.min() ?? 0
    let last = buffers.map { plan[$0].lifetime.upperBound }.max() ?? 0
    lifetime = first...last
  }
}
