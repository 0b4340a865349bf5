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

  /// Threads that plans are made for where each works in so many bytes: as many as a thirty-second of the limit has room
  /// for, but at least the first, and at most the second number.
  fileprivate static func threads(limit: Int, scratch: Int) -> Int { min(64, max(4, limit / 32 / max(1, scratch))) }
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
      best = smallest(within: limit, Tuning())
    } else if best.tuning != options.tuning {
      // So may other tasks, which change no bit.
      let cut = made(TrainingFit(arena: best.arena, tuning: options.tuning))
      if total(cut) <= max(limit, total(best)) { best = cut }
    }
    (fit, made) = (best, best.plans)
  }

  /// The cheapest plans that keep the limit; where none do, those that were found to take the least.
  private func smallest(within limit: Int, _ tuning: Tuning) -> TrainingFit {
    var fit = made(TrainingFit(tuning: tuning))
    // Plans of a smaller arena may take a little more besides it.
    for _ in 0..<4 {
      guard let memory = memory(fit), memory.unavoidable < limit else { break }
      let excess = memory.excess(over: limit)
      // What does not keep within its own arena is the least that there is.
      if excess <= 0 || memory.arena > fit.arena ?? .max { break }
      fit = made(TrainingFit(arena: max(0, memory.arena - excess), tuning: tuning))
    }
    return fit
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
