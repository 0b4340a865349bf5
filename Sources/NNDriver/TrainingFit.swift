import NNCompiler
import NNPlan

/// How training keeps within a spec's limit of memory.
///
/// The limit decides how many samples go through at a time and what is computed again, so results have other bits with
/// another limit. They have the same whatever the number of threads: plans are chosen as if there were a number of threads
/// that follows from the limit alone, with tasks cut by the rules; what the real ones need is only compared with the limit.
struct TrainingFit: Sendable {
  /// The most bytes of the arena; nil where the compiler's choice keeps the limit.
  var arena: Int?
  /// What was measured to be faster, as far as the limit lets it be.
  var tuning: Tuning
  /// The plans that this gives, once they are made.
  var plans: TrainingMade?

  /// Threads that plans are made for at the least and at the most, and the part of the limit that may be for what they
  /// work in.
  private static let threads = 4...64
  private static let scratchShare = 32
  /// So often at most the arena is made smaller where a plan takes more besides it than the one before.
  fileprivate static let tries = 4

  /// Threads that plans are made for where each works in so many bytes: as many as that part of the limit has room for.
  fileprivate static func threads(limit: Int, scratch: Int) -> Int {
    min(threads.upperBound, max(threads.lowerBound, limit / scratchShare / max(1, scratch)))
  }
}

/// The plans of training: of its steps, and of a validation pass.
struct TrainingMade: Sendable {
  var steps: StepPlans
  var validation: [Plan]
}

extension MemoryPrediction {
  /// The most threads with which it keeps within `limit`; at most 0 where it does with none.
  func threads(within limit: Int) -> Int { (limit - total(threads: 0)) / max(1, scratch) }

  /// What is beyond `limit` with the threads that plans are made for; at most 0 where nothing is.
  func excess(over limit: Int) -> Int { total(threads: TrainingFit.threads(limit: limit, scratch: scratch)) - limit }
}

extension Plans {
  /// Chooses how training keeps the spec's limit of memory.
  mutating func keepLimit() {
    (fit, made) = (nil, nil)
    guard let limit = spec.train?.memoryLimit?.value, !model.phases.isEmpty else { return }
    var best = smallest(within: limit, options.tuning.algorithmsOnly)
    // Algorithms that were measured to be faster may need more memory.
    if best.tuning != Tuning(), excess(best, limit) > 0 {
      let other = smallest(within: limit, Tuning())
      if excess(other, limit) < excess(best, limit) { best = other }
    } else if best.tuning != options.tuning {
      // So may other tasks, which change no bit.
      let cut = made(TrainingFit(arena: best.arena, tuning: options.tuning))
      if total(cut) <= max(limit, total(best)) { best = cut }
    }
    (fit, made) = (best, best.plans)
  }

  /// The cheapest plans that keep the limit; where none do, those of all tries that take the least.
  private func smallest(within limit: Int, _ tuning: Tuning) -> TrainingFit {
    let free = made(TrainingFit(tuning: tuning))
    guard let memory = memory(free), memory.unavoidable < limit else { return free }
    let best = reduced(free, above: 0) { $0.excess(over: limit) }
    // What fewer threads than plans are made for leave, where not even one keeps the limit.
    let excess = { (memory: MemoryPrediction) in memory.total(threads: 1) - limit }
    guard let least = self.memory(best), excess(least) > 0 else { return best }
    let other = reduced(free, above: least.arena, by: excess)
    return self.memory(other).map { excess($0) < excess(least) } ?? false ? other : best
  }

  /// The plans whose arena is made smaller until nothing is beyond a limit, but not below `floor`; of all tries those with
  /// the least beyond it.
  private func reduced(_ free: TrainingFit, above floor: Int, by excess: (MemoryPrediction) -> Int) -> TrainingFit {
    var (fit, least) = (free, free)
    var leastExcess = Int.max
    // Plans of a smaller arena may take a little more besides it.
    for index in 0...TrainingFit.tries {
      guard let memory = memory(fit) else { break }
      let bytes = excess(memory)
      if bytes < leastExcess { (least, leastExcess) = (fit, bytes) }
      let arena = max(0, memory.arena - bytes)
      // What does not keep within its own arena is the least that there is.
      if bytes <= 0 || memory.arena > fit.arena ?? .max || arena < floor || index == TrainingFit.tries { break }
      fit = made(TrainingFit(arena: arena, tuning: fit.tuning))
    }
    return least
  }

  /// The same with its plans.
  private func made(_ fit: TrainingFit) -> TrainingFit {
    var (plans, fit) = (self, fit)
    (plans.fit, plans.made) = (fit, nil)
    fit.plans = plans.makeTraining()
    return fit
  }

  private func memory(_ fit: TrainingFit) -> MemoryPrediction? {
    fit.plans.map { trainingMemory($0.steps, validation: $0.validation) }
  }

  private func excess(_ fit: TrainingFit, _ limit: Int) -> Int { memory(fit)?.excess(over: limit) ?? 0 }

  private func total(_ fit: TrainingFit) -> Int { memory(fit)?.total ?? 0 }
}
