import NNDiagnostics
import NNPlan
import NNText

/// The wording of NNC0503.
extension Diagnostic {
  /// Training by `plan` takes more than `limit`; `chunk` samples at a time are asked for.
  static func memoryLimit(
    _ limit: Int, _ memory: MemoryPrediction, _ plan: Plan, chunk: Int?, at span: Span
  ) -> Diagnostic {
    if memory.unavoidable >= limit { return hopeless(limit, memory, plan, at: span) }
    let needed = "needs \(ByteCount.text(memory.total)), \(ByteCount.text(memory.total - limit)) more than its limit"
    if memory.excess(over: limit) <= 0 {
      return Diagnostic(
        .memoryLimit, .error, "training with \(memory.threads) threads \(needed)", at: span,
        label: "each thread works in \(ByteCount.text(memory.scratch)) of its own",
        help: fewerThreads(limit, memory) + ["or raise the limit"])
    }
    let ways = ["the least that was found", plan.samplesText(chunk), plan.recomputationText].filter { !$0.isEmpty }
    return Diagnostic(
      .memoryLimit, .error, "training \(needed)", at: span,
      label: "\(ByteCount.text(memory.arena)) of it for what layers compute: \(ways.joined(separator: ", "))",
      notes: [Note("the rest: \(memory.restText)")],
      help: [help(limit, memory, plan, chunk)] + fewerThreads(limit, memory))
  }

  private static func fewerThreads(_ limit: Int, _ memory: MemoryPrediction) -> [String] {
    let most = memory.threads(within: limit)
    if most < 1 { return [] }
    return [
      "\(most == 1 ? "one thread keeps" : "\(most) threads keep") it: `--threads \(most)`, or `NNC_THREADS=\(most)`"
    ]
  }

  /// No plan keeps such a limit, so none was looked for.
  private static func hopeless(_ limit: Int, _ memory: MemoryPrediction, _ plan: Plan, at span: Span) -> Diagnostic {
    let excess = memory.unavoidable - limit
    let help =
      memory.program >= limit
      ? "raise the limit: the program alone takes \(ByteCount.text(memory.program))"
      : memory.samples > excess && plan.batch > 1
        ? "use a smaller `batch_size`, fewer or smaller layers or images, or raise the limit"
        : "use fewer or smaller layers, or raise the limit"
    return Diagnostic(
      .memoryLimit, .error,
      "training needs more than \(ByteCount.text(memory.unavoidable)), at least \(ByteCount.text(excess)) more than its limit",
      at: span, label: "even if layers computed in no memory",
      notes: [Note("of it: \(memory.unavoidableText)")], help: [help])
  }

  private static func help(_ limit: Int, _ memory: MemoryPrediction, _ plan: Plan, _ chunk: Int?) -> String {
    if plan.mixesSamples {
      return "use a smaller `batch_size`, with `accumulate` so that each step sees as many samples"
    }
    // Where fewer samples at a time take no less, only batches themselves are left to shrink.
    let isBatchFelt = plan.samplesAtATime < plan.batch || chunk != nil || memory.samples > memory.total - limit
    let ways = [
      chunk.map { $0 > 1 ? "a smaller `--chunk` or none, " : "" } ?? "",
      plan.batch > 1 && isBatchFelt ? "a smaller `batch_size`, " : "",
    ]
    return "use \(ways.joined())fewer or smaller layers or images, or raise the limit"
  }
}

extension Plan {
  /// How samples go through it, and why.
  fileprivate func samplesText(_ chunk: Int?) -> String {
    if batch == 1 { return "" }
    if mixesSamples { return "with all samples at once, as batch normalisations need them" }
    let some = samplesAtATime == 1 ? "one sample at a time" : "\(samplesAtATime) samples at a time"
    if chunk != nil { return some + ", as `--chunk` asks" }
    return samplesAtATime == batch ? "with all samples at once, as fewer take no less" : some
  }

  fileprivate var recomputationText: String {
    let count = recomputedLayers.count
    return count == 0 ? "" : "\(count) \(count == 1 ? "layer" : "layers") computed again on the way back"
  }
}

extension MemoryPrediction {
  fileprivate var unavoidableText: String {
    Self.text([
      (weights, "for weights and what is kept for them"), (samples, "for batches, pictures and files"),
      (program, "for the program"),
    ])
  }

  /// All but the arena.
  fileprivate var restText: String {
    let scratch = threads.multipliedSaturated(by: scratch)
    let working = [
      (packed, "for packed weights"), (plans, "for the plan itself"),
      (scratch, threads == 1 ? "that the thread works in" : "that \(threads) threads work in"),
    ]
    return unavoidableText + (working.allSatisfy { $0.0 == 0 } ? "" : ", " + Self.text(working))
  }

  private static func text(_ parts: [(bytes: Int, use: String)]) -> String {
    parts.filter { $0.bytes > 0 }.map { "\(ByteCount.text($0.bytes)) \($0.use)" }.joined(separator: ", ")
  }
}

extension Plans {
  /// What is wrong where training takes more memory than the spec's limit, with the threads that will compute.
  var beyondLimit: Diagnostic? {
    guard let limit = spec.train?.memoryLimit, let made = made ?? makeTraining() else { return nil }
    let memory = trainingMemory(made.steps, validation: made.validation)
    guard memory.total > limit.value else { return nil }
    return .memoryLimit(limit.value, memory, made.steps.widest, chunk: options.chunk, at: limit.span)
  }
}

extension Diagnostic {
  /// Without its place, for a command whose options decide as much as the spec.
  var sentence: String {
    let rest = ["  \(primary.message)"] + notes.map { "note: \($0.message)" } + help.map { "help: \($0)" }
    return (["\(message) (\(code.code))"] + rest).joined(separator: "\n")
  }
}
