import NNPlan
import NNTensor

/// Finds the cheapest plan whose arena keeps within a limit: fewer samples at a time, values made again, or both.
struct MemoryFit {
  /// A scheduled plan with so many samples at a time.
  private struct Variant {
    var plan: Plan
    /// What lives at once at the most.
    var least: Int
    /// What no choice takes away.
    var bound: Int
    var search: RecomputationSearch?

    init(_ plan: Plan) { (self.plan, least, bound) = (plan, plan.leastArena, plan.mostStepBytes) }
  }

  private var variants: [Variant]
  private let makeChunked: (_ chunk: Int) -> Plan?
  /// Whether all numbers of samples at a time are among the variants.
  private var isComplete = false

  /// From the plan that the compiler would choose without a limit; `chunked` gives the one with so many samples at a time,
  /// nil where samples depend on each other.
  init(_ plan: Plan, chunked: @escaping (_ chunk: Int) -> Plan?) {
    variants = [Variant(plan)]
    makeChunked = chunked
  }

  /// The cheapest plan whose arena has at most `limit` bytes, scheduled and with its buffers at their places; where none is
  /// found, the one that takes the least.
  mutating func plan(within limit: Int, reuse: Bool) -> (scheduled: Plan, placed: Plan) {
    var best: (scheduled: Plan, placed: Plan)?
    func consider(_ scheduled: Plan) -> Int {
      var placed = scheduled
      placed.planMemory(reuse: reuse)
      if placed.arena.bytes < best?.placed.arena.bytes ?? .max { best = (scheduled, placed) }
      return placed.arena.bytes
    }
    var target = limit
    // Places may take some more than the least that is possible: then once more, for less.
    for _ in 0..<6 {
      guard let found = cheapest(within: target) else { break }
      let bytes = consider(found)
      if bytes <= limit, let best { return best }
      target -= max(bytes - limit, limit / 100)
    }
    _ = consider(smallest(for: limit))
    return best ?? (variants[0].plan, variants[0].plan)
  }

  /// The cheapest plan of which at most `target` bytes live at once.
  private mutating func cheapest(within target: Int) -> Plan? {
    var best: (plan: Plan, cost: Int)?
    var index = 0
    while let variant = variant(index) {
      index += 1
      if let best, variant.plan.costOfRuns >= best.cost { break }
      guard let plan = Self.fitted(&variants[index - 1], target) else { continue }
      let cost = plan.costOfRuns.addingSaturated(plan.costOfRecomputation)
      if cost < best?.cost ?? .max { best = (plan, cost) }
      if variant.least <= target { break }
    }
    return best?.plan
  }

  /// The variant with so many samples at a time as the compiler chose, with half of them, and so on; nil behind the last.
  private mutating func variant(_ index: Int) -> Variant? {
    if index < variants.count { return variants[index] }
    guard !isComplete, let last = variants.last, last.plan.samplesAtATime > 1,
      let plan = makeChunked((last.plan.samplesAtATime + 1) / 2)
    else {
      isComplete = true
      return nil
    }
    variants.append(Variant(plan))
    return variants[index]
  }

  private static func fitted(_ variant: inout Variant, _ target: Int) -> Plan? {
    if variant.least <= target { return variant.plan }
    if variant.bound > target { return nil }
    let search = variant.search ?? RecomputationSearch(variant.plan)
    variant.search = search
    var wanted = target
    for _ in 0..<3 {
      let found = search.steps(target: wanted)
      guard found.peak <= wanted else { return nil }
      let plan = search.applied(found.steps, to: variant.plan)
      let least = plan.leastArena
      if least <= target { return plan }
      wanted -= least - target
    }
    return nil
  }

  /// The plan that takes the least of all that were tried, with one sample at a time where that can be. Where none can
  /// keep the limit, it need not be known so well.
  private mutating func smallest(for limit: Int) -> Plan {
    var count = 0
    while variant(count) != nil { count += 1 }
    var smallest = variants[0]
    for index in Set([0, variants.count - 1]).sorted() {
      var (low, high) = (variants[index].bound, variants[index].least)
      if high < smallest.least { smallest = variants[index] }
      // How often the range is halved in which the least lies.
      let halvings = variants[index].bound > limit ? 3 : 8
      for _ in 0..<halvings where high - low > high / 128 && low < smallest.least {
        let middle = (low + high) / 2
        guard let plan = Self.fitted(&variants[index], middle) else {
          low = middle
          continue
        }
        high = plan.leastArena
        if high < smallest.least { smallest = Variant(plan) }
      }
    }
    return smallest.plan
  }
}

extension Plan {
  /// The most bytes that a single step works on, which no choice takes away.
  fileprivate var mostStepBytes: Int {
    let retained = Set(retainedBuffers)
    return steps.reduce(0) { most, step in
      let places = Set(step.inputs + step.writes).filter { self[$0].place == .unplaced && !retained.contains($0) }
      let shared = step.inPlace.map { self[step.outputs[$0.output]].byteCount } ?? 0
      return max(most, places.reduce(0) { $0 + self[$1].byteCount } - shared)
    }
  }

  /// What making values again costs, in operations.
  fileprivate var costOfRecomputation: Int {
    steps.enumerated().saturatedSum { index, step in
      guard step.recomputes else { return 0 }
      let written = step.outputs.reduce(0) { $0 + self[$1].byteCount }
      return step.flops.addingSaturated(Recomputation.operationsPerByte * written)
        .multipliedSaturated(by: loop(ofStep: index)?.count ?? 1)
    }
  }
}
