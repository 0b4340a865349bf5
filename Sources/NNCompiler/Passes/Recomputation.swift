import NNPlan
import NNTensor

/// Which steps of a scheduled plan could run once more on the way back instead of keeping what they made, and what that
/// does to the bytes that live at each step.
struct Recomputation {
  /// What some choice leads to.
  struct Outcome {
    /// The most bytes at a step.
    var peak = 0
    /// Bytes beyond the target, added up over the steps.
    var excess = 0
  }

  private let plan: Plan
  /// For each buffer: its bytes in the arena, the only step that writes it (-1 where there is none, or are several), the
  /// steps that read it, and its life.
  private var bytes: [Int]
  private var writers: [Int]
  private var readers: [[Int]]
  private let lives: [ClosedRange<Int>]
  /// For each step, the buffers in the arena that it reads, those that it makes, and the one that it works in.
  private let operands: [[BufferID]]
  private let results: [[BufferID]]
  private let workspaces: [BufferID?]
  /// For each buffer, the step that makes another in its place; -1 where none does.
  private var followers: [Int]
  /// For each step that may run again: the last that reads its results on the way forward, and the first after that.
  private var lastEarly: [Int]
  private var firstLate: [Int]
  /// The first step that changes what such a step reads.
  private var changes: [Int]
  /// The bytes that live at each step of the plan as it is, and those that a result and its operand share there.
  private var base: LiveBytes
  private var baseSavings: [Int]

  /// No step, among places of steps.
  private static let never = Int.max

  /// The steps of a plan whose buffers have lifetimes and no places.
  init(_ plan: Plan) {
    self.plan = plan
    let count = plan.steps.count
    let retained = Set(plan.retainedBuffers)
    bytes = plan.buffers.indices.map {
      plan.buffers[$0].place == .unplaced && !retained.contains(BufferID($0)) ? plan.buffers[$0].byteCount : 0
    }
    lives = plan.buffers.map(\.lifetime)
    let bytes = bytes
    operands = plan.steps.map { step in step.inputs.map { plan.root(of: $0) }.filter { bytes[$0.index] > 0 } }
    results = plan.steps.map { step in step.outputs.filter { bytes[$0.index] > 0 } }
    workspaces = plan.steps.map(\.workspace)
    writers = Array(repeating: -1, count: plan.buffers.count)
    readers = Array(repeating: [], count: plan.buffers.count)
    followers = writers
    (lastEarly, firstLate) = (Array(repeating: -1, count: count), Array(repeating: Self.never, count: count))
    changes = firstLate
    (base, baseSavings) = (LiveBytes(-1...count), Array(repeating: 0, count: count))
    findUses()
    findCandidates()
    findBase()
  }

  // MARK: What there is

  private mutating func findUses() {
    var isWritten = [Bool](repeating: false, count: plan.buffers.count)
    for (index, step) in plan.steps.enumerated() {
      for id in step.inputs where readers[id.index].last != index { readers[id.index].append(index) }
      for id in step.writes {
        writers[id.index] = isWritten[id.index] ? -1 : index
        isWritten[id.index] = true
      }
    }
    for port in plan.inputs + plan.outputs { writers[port.buffer.index] = -1 }
    // What lies in a buffer is written and read with it.
    for buffer in plan.buffers { if case .view(let host, _) = buffer.place { writers[host.index] = -1 } }
  }

  /// Finds the steps that may run again: they belong to the way forward, and change nothing but buffers of their own
  /// which are used within the same run of a loop.
  private mutating func findCandidates() {
    var loops = [Int](repeating: -1, count: plan.steps.count)
    for (number, loop) in plan.loops.enumerated() { for step in loop.steps { loops[step] = number } }
    var nextChange: [BufferID: Int] = [:]
    for index in plan.steps.indices.reversed() {
      let step = plan.steps[index]
      changes[index] = step.inputs.compactMap { nextChange[$0] }.min() ?? Self.never
      for id in step.outputs where plan[id].place != .unplaced { nextChange[id] = index }
      guard index >= plan.preparingSteps, !step.isGradient, step.sums.isEmpty,
        step.outputs.allSatisfy({ isOwn($0, of: index, loops) })
      else { continue }
      let uses = step.outputs.flatMap { readers[$0.index] }
      lastEarly[index] = uses.filter { !plan.steps[$0].isGradient }.max() ?? index
      firstLate[index] = uses.filter { $0 > lastEarly[index] }.min() ?? Self.never
    }
  }

  /// Whether a step alone writes a buffer, and only steps of the same loop read it.
  private func isOwn(_ id: BufferID, of step: Int, _ loops: [Int]) -> Bool {
    plan[id].place == .unplaced && writers[id.index] == step && (loops[step] < 0 || plan[id].samples == .chunk)
      && readers[id.index].allSatisfy { loops[$0] == loops[step] }
  }

  private mutating func findBase() {
    for (index, life) in lives.enumerated() where bytes[index] > 0 { base.add(bytes[index], life) }
    let timetable = Timetable(plan)
    for index in plan.steps.indices {
      guard let (input, output) = plan.joins(at: index, timetable), bytes[input.index] > 0, bytes[output.index] > 0
      else { continue }
      followers[input.index] = index
      baseSavings[index] += bytes[input.index]
    }
  }

  // MARK: What may be chosen

  /// Steps that may run again together, at least one whose results the way back reads.
  struct Candidate {
    /// The steps, in order.
    var steps: [Int]
    /// What running them again costs, in operations: memory that is written counts as what could be computed meanwhile.
    var cost: Int
  }

  /// Operations in the time in which a byte is written to memory.
  static let operationsPerByte = 20

  /// All candidates, at most `limit`: where there are more steps, neighbours go together.
  func candidates(atMost limit: Int) -> [Candidate] {
    let steps = plan.steps.indices.filter { firstLate[$0] != Self.never }
    let size = { (step: Int) in plan.steps[step].outputs.reduce(0) { $0 + bytes[$1.index] } }
    var groups: [[Int]] = []
    if steps.count <= limit {
      groups = steps.map { [$0] }
    } else {
      let share = steps.reduce(0) { $0 + size($1) } / limit + 1
      var filled = share
      for step in steps {
        if filled >= share {
          groups.append([])
          filled = 0
        }
        groups[groups.count - 1].append(step)
        filled += size(step)
      }
    }
    return groups.map { group in
      let all = closure(of: group)
      let cost = all.saturatedSum { step in
        plan.steps[step].flops.addingSaturated(Self.operationsPerByte * size(step))
      }
      return Candidate(steps: all, cost: cost)
    }
  }

  /// These steps, and those before them whose results only the way forward reads, and which they need.
  private func closure(of steps: [Int]) -> [Int] {
    var all = Set(steps)
    var waiting = steps
    while let step = waiting.popLast() {
      for id in plan.steps[step].inputs {
        let writer = writers[id.index]
        guard writer >= 0, lastEarly[writer] >= 0, firstLate[writer] == Self.never, all.insert(writer).inserted
        else { continue }
        waiting.append(writer)
      }
    }
    return all.sorted()
  }

  // MARK: What comes of it

  /// Where steps run again.
  struct Places {
    /// Each of them with the step before which it does, in order.
    var steps: [(step: Int, before: Int)] = []
    /// The same for every step of the plan: 0, before which none does, where it does not run again.
    var before: [Int]
  }

  /// Where each of the chosen steps, given in order, runs again. Nil where one cannot, as what it reads is changed before.
  func places(_ chosen: [Int]) -> Places? {
    var places = Places(before: Array(repeating: 0, count: plan.steps.count))
    for step in chosen.reversed() {
      var place = firstLate[step]
      for id in plan.steps[step].outputs {
        for reader in readers[id.index] where places.before[reader] > 0 { place = min(place, places.before[reader]) }
      }
      guard place != Self.never else { continue }
      if changes[step] < place { return nil }
      places.before[step] = place
      places.steps.append((step, place))
    }
    places.steps.reverse()
    return places
  }

  /// What lives where the chosen steps, given in order, run again; nil where they cannot.
  func outcome(_ chosen: [Int], target: Int) -> Outcome? {
    guard let places = places(chosen) else { return nil }
    var (live, savings) = (base, baseSavings)
    var ends = [Int](repeating: 0, count: chosen.isEmpty ? 0 : plan.buffers.count)
    var prolonged: [BufferID] = []
    for (step, place) in places.steps {
      for id in operands[step] {
        let writer = writers[id.index]
        if writer >= 0, places.before[writer] > 0 { continue }
        if place > lives[id.index].upperBound {
          if ends[id.index] == 0 { prolonged.append(id) }
          ends[id.index] = max(ends[id.index], place)
        }
      }
      for id in results[step] {
        let uses = readers[id.index]
        let early = uses.last { $0 < place } ?? step
        let late = uses.reduce(place) { max($0, $1, places.before[$1]) }
        move(id, to: early, &live, &savings)
        live.add(bytes[id.index], place...late)
      }
      if let workspace = workspaces[step] {
        live.add(bytes[workspace.index], place...place)
      }
    }
    for id in prolonged { move(id, to: ends[id.index], &live, &savings) }
    return outcome(live, savings, target)
  }

  /// Lets a buffer live up to another step than it does.
  private func move(_ id: BufferID, to end: Int, _ live: inout LiveBytes, _ savings: inout [Int]) {
    live.move(bytes[id.index], from: lives[id.index].upperBound, to: end)
    let follower = followers[id.index]
    if follower >= 0, end > follower { savings[follower] -= bytes[id.index] }
  }

  private func outcome(_ live: LiveBytes, _ savings: [Int], _ target: Int) -> Outcome {
    var result = Outcome()
    (result.peak, result.excess) = live.needs(less: savings, above: target)
    return result
  }
}
