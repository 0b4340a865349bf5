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
    private var search: RecomputationSearch?

    init(_ plan: Plan) { (self.plan, least, bound) = (plan, plan.leastArena, plan.mostStepBytes) }

    /// The search for what runs again in it.
    var recomputation: RecomputationSearch {
      mutating get {
        let search = search ?? RecomputationSearch(plan)
        self.search = search
        return search
      }
    }
  }

  /// So often at most the target is lowered where places take more than what lives at once, and where what runs again does
  /// not take away as much as its choice promised.
  private static let placingTries = 6
  private static let choosingTries = 3
  /// The least bytes are searched for to this part of them, and until so many targets in a row were too low.
  private static let leastShare = 128
  private static let failures = 3

  private var variants: [Variant]
  private let makeChunked: (_ chunk: Int) -> [Plan]
  /// Whether all numbers of samples at a time are among the variants.
  private var isComplete = false

  /// From the plan that the compiler would choose without a limit, and others with as many samples at a time; `chunked`
  /// gives those with so many, none where samples depend on each other.
  init(_ plans: [Plan], chunked: @escaping (_ chunk: Int) -> [Plan]) {
    variants = plans.map { Variant($0) }
    makeChunked = chunked
  }

  /// The cheapest plan whose arena has at most `limit` bytes, scheduled and with its buffers at their places; where none is
  /// found, the one that takes the least.
  mutating func plan(within limit: Int, reuse: Bool) -> (scheduled: Plan, placed: Plan) {
    func placed(_ scheduled: Plan) -> (scheduled: Plan, placed: Plan) {
      var placed = scheduled
      placed.planMemory(reuse: reuse)
      return (scheduled, placed)
    }
    var tries: [(scheduled: Plan, placed: Plan)] = []
    var target = limit
    // Places may take some more than the least that is possible: then once more, for less.
    for _ in 0..<Self.placingTries {
      guard let found = cheapest(within: target) else { break }
      let plan = placed(found)
      let bytes = plan.placed.arena.bytes
      if bytes <= limit { return plan }
      tries.append(plan)
      target -= max(bytes - limit, limit / 100)
    }
    let least = placed(smallest())
    return tries.reduce(least) { $1.placed.arena.bytes < $0.placed.arena.bytes ? $1 : $0 }
  }

  /// The cheapest plan of which at most `target` bytes live at once.
  private mutating func cheapest(within target: Int) -> Plan? {
    var best: (plan: Plan, cost: Int)?
    var index = 0
    while let variant = variant(index) {
      index += 1
      if let best, variant.plan.costOfRuns >= best.cost { break }
      guard let plan = Self.fitted(&variants[index - 1], target) else { continue }
      let cost = plan.costOfRuns.addingSaturated(plan.costOfRecomputation).addingSaturated(plan.costOfCopies)
      if cost < best?.cost ?? .max { best = (plan, cost) }
      if variant.least <= target, index == 1 || variant.plan.costOfCopies == 0 { break }
    }
    return best?.plan
  }

  /// The variants with so many samples at a time as the compiler chose, with half of them, and so on; nil behind the last.
  private mutating func variant(_ index: Int) -> Variant? {
    if index < variants.count { return variants[index] }
    guard !isComplete, let last = variants.last, last.plan.samplesAtATime > 1 else {
      isComplete = true
      return nil
    }
    variants += makeChunked((last.plan.samplesAtATime + 1) / 2).map { Variant($0) }
    isComplete = index == variants.count
    return isComplete ? nil : variants[index]
  }

  private static func fitted(_ variant: inout Variant, _ target: Int) -> Plan? {
    if variant.least <= target { return variant.plan }
    if variant.bound > target { return nil }
    let search = variant.recomputation
    var wanted = target
    for _ in 0..<choosingTries {
      let found = search.steps(target: wanted)
      guard found.peak <= wanted else { return nil }
      let plan = search.applied(found.steps, to: variant.plan)
      let least = plan.leastArena
      if least <= target { return plan }
      wanted -= least - target
    }
    return nil
  }

  /// A variant with so much made again that at most `target` bytes live at once, or as few more as were found; nil where
  /// nothing can be.
  private static func reduced(_ variant: inout Variant, _ target: Int) -> Plan? {
    let search = variant.recomputation
    return search.isEmpty ? nil : search.applied(search.steps(target: target).steps, to: variant.plan)
  }

  /// The plan of which the least lives at once, of all that are found whatever the limit is: what one limit that needs it
  /// finds, each higher one finds, too.
  private mutating func smallest() -> Plan {
    var count = 0
    while variant(count) != nil { count += 1 }
    let order = variants.indices.sorted { (variants[$0].least, $0) < (variants[$1].least, $1) }
    var (best, smallest) = (variants[order[0]].plan, variants[order[0]].least)
    for index in order {
      var low = variants[index].bound
      // Others than the first are searched only where they can take less than it at all.
      var target = index == order[0] ? (low + smallest) / 2 : smallest - smallest / Self.leastShare
      var failures = index == order[0] ? 0 : Self.failures - 1
      while smallest - low > max(Plan.alignment, smallest / Self.leastShare), failures < Self.failures,
        let plan = Self.reduced(&variants[index], target)
      {
        let least = plan.leastArena
        if least < smallest { (best, smallest) = (plan, least) }
        if least <= target {
          failures = 0
        } else {
          (low, failures) = (target, failures + 1)
        }
        target = (low + smallest) / 2
      }
    }
    return best
  }
}

extension Plan {
  /// The most bytes that a single step works on, which no choice takes away.
  fileprivate var mostStepBytes: Int {
    let retained = Set(retainedBuffers)
    return steps.reduce(0) { most, step in
      let places = Set((step.inputs + step.writes).map { root(of: $0) })
        .filter { self[$0].place == .unplaced && !retained.contains($0) }
      let shared = step.inPlace.map { self[step.outputs[$0.output]].byteCount } ?? 0
      return max(most, places.reduce(0) { $0 + self[$1].byteCount } - shared)
    }
  }

  /// What putting channels together or taking them apart costs, in operations.
  fileprivate var costOfCopies: Int {
    steps.enumerated().saturatedSum { index, step in
      switch step.kernel {
      case .concatenate, .slice:
        (Recomputation.operationsPerByte * self[step.outputs[0]].byteCount)
          .multipliedSaturated(by: loop(ofStep: index)?.count ?? 1)
      default: 0
      }
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
