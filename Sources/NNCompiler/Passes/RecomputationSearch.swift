import NNPlan

/// Chooses what runs again: step after step what takes away the most bytes beyond a target for what it costs.
struct RecomputationSearch {
  private let model: Recomputation
  private let candidates: [Recomputation.Candidate]

  /// A search in a scheduled plan without places.
  init(_ plan: Plan) {
    model = Recomputation(plan)
    candidates = model.candidates(atMost: Self.limit(steps: plan.steps.count))
  }

  /// Whether nothing can run again.
  var isEmpty: Bool { candidates.isEmpty }

  /// So many candidates at most: the search's time grows with their square and with the steps.
  private static func limit(steps: Int) -> Int {
    min(96, max(16, Int((1.5e7 / Double(max(1, steps))).squareRoot())))
  }

  /// The steps that run again so that at most `target` bytes live at once, or as few more as were found; with what then is
  /// the most.
  func steps(target: Int) -> (steps: [Int], peak: Int) {
    var chosen: [Int] = []
    guard var now = model.outcome([], target: target) else { return ([], 0) }
    // A candidate's gain was found with fewer others chosen; it is found anew when it comes to the front.
    var queue = candidates.indices.map { (gain: Double.infinity, index: $0) }
    var taken: [Int] = []
    while now.excess > 0, let first = queue.indices.max(by: { queue[$0].gain < queue[$1].gain }) {
      let index = queue[first].index
      guard queue[first].gain > 0 else { break }
      guard let next = outcome(chosen, with: index, target) else {
        queue[first].gain = 0
        continue
      }
      let gain = Double(now.excess - next.excess) / Double(max(1, cost(index, chosen)))
      queue[first].gain = gain
      guard gain > 0, !queue.contains(where: { $0.gain > gain }) else { continue }
      chosen = merged(chosen, candidates[index].steps)
      taken.append(index)
      now = next
      queue.remove(at: first)
      for other in queue.indices where queue[other].gain == 0 { queue[other].gain = .leastNonzeroMagnitude }
    }
    if now.excess == 0 { prune(&taken, &now, target) }
    return (union(taken), now.peak)
  }

  /// Takes back what turned out not to be needed, the dearest first.
  private func prune(_ taken: inout [Int], _ now: inout Recomputation.Outcome, _ target: Int) {
    for index in taken.sorted(by: { candidates[$0].cost > candidates[$1].cost }) {
      let rest = taken.filter { $0 != index }
      guard let outcome = model.outcome(union(rest), target: target), outcome.excess == 0 else { continue }
      (taken, now) = (rest, outcome)
    }
  }

  private func union(_ indices: [Int]) -> [Int] {
    indices.reduce([]) { merged($0, candidates[$1].steps) }
  }

  private func outcome(_ chosen: [Int], with index: Int, _ target: Int) -> Recomputation.Outcome? {
    model.outcome(merged(chosen, candidates[index].steps), target: target)
  }

  /// What a candidate costs besides what is chosen.
  private func cost(_ index: Int, _ chosen: [Int]) -> Int {
    let candidate = candidates[index]
    let added = merged(chosen, candidate.steps).count - chosen.count
    if added == candidate.steps.count { return candidate.cost }
    return candidate.steps.count.dividingFullWidth(candidate.cost.multipliedFullWidth(by: added)).quotient
  }

  /// The plan in which these steps run again.
  func applied(_ steps: [Int], to plan: Plan) -> Plan {
    guard let places = model.places(steps)?.steps, !places.isEmpty else { return plan }
    return plan.recomputing(places)
  }
}

/// What is in either of two arrays in order, each once, in order.
private func merged(_ a: [Int], _ b: [Int]) -> [Int] {
  if a.isEmpty { return b }
  var (result, next) = ([Int](), 0)
  result.reserveCapacity(a.count + b.count)
  for value in a {
    while next < b.count, b[next] < value {
      result.append(b[next])
      next += 1
    }
    if next < b.count, b[next] == value { next += 1 }
    result.append(value)
  }
  result += b[next...]
  return result
}

extension Plan {
  /// The same in which steps run again, each before another that stands behind it: what reads their results from there on
  /// reads the new ones.
  fileprivate func recomputing(_ places: [(step: Int, before: Int)]) -> Plan {
    var plan = self
    var renamed: [BufferID: BufferID] = [:]
    var made: [Step] = []
    var waiting = places.sorted { ($0.before, $0.step) < ($1.before, $1.step) }[...]
    var starts: [Int] = []
    for (index, step) in steps.enumerated() {
      while let next = waiting.first, next.before == index {
        made.append(plan.again(steps[next.step], &renamed))
        waiting.removeFirst()
      }
      starts.append(made.count)
      made.append(step.reading(renamed))
    }
    plan.steps = made
    for (index, loop) in loops.enumerated() {
      let last = starts[loop.steps.upperBound - 1]
      plan.loops[index].steps = starts[loop.steps.lowerBound]..<last + 1
    }
    plan.computeLifetimes()
    return plan
  }

  /// The step once more, with buffers of its own.
  private mutating func again(_ step: Step, _ renamed: inout [BufferID: BufferID]) -> Step {
    var step = step.reading(renamed)
    step.recomputes = true
    for index in step.outputs.indices { step.outputs[index] = copy(step.outputs[index], &renamed) }
    step.workspace = step.workspace.map { copy($0, &renamed) }
    return step
  }

  private mutating func copy(_ id: BufferID, _ renamed: inout [BufferID: BufferID]) -> BufferID {
    buffers.append(self[id])
    let copy = BufferID(buffers.count - 1)
    renamed[id] = copy
    return copy
  }
}
