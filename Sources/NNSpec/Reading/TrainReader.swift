import NNDiagnostics
import NNTensor

/// Reads `train`.
enum TrainReader {
  static func read(
    _ node: Node, key: Span, in environment: Environment, diagnostics: inout Diagnostics
  ) -> TrainSettings {
    var decoder = TableDecoder(environment, owner: "`train`", keySpan: key, kind: "train")
    let arguments = decoder.decode(node, keys: TrainKeys.train, span: node.span)
    let hasPhases = arguments.isGiven("phases")
    diagnostics.add(contentsOf: decoder.diagnostics)
    if !hasPhases, arguments["optimizer"] == nil {
      diagnostics.add(.missingKey(TrainKeys.optimizer, of: "`train`", at: key))
    }
    let optimizer = arguments.kind("optimizer").flatMap { OptimizerReader.read($0, diagnostics: &diagnostics) }
    var phases = PhaseReader(fallback: optimizer, hasFallback: arguments.isGiven("optimizer"))
    phases.read(arguments.list("phases") ?? [])
    diagnostics.add(contentsOf: phases.diagnostics)
    return TrainSettings(
      length: length(arguments, isMapping: node.mapping != nil || node.isNull, diagnostics: &diagnostics),
      batchSize: arguments.integer("batch_size").map { Spanned($0, at: arguments.span(of: "batch_size")) },
      seed: arguments.integer("seed") ?? 1,
      shuffle: arguments.boolean("shuffle") ?? true,
      optimizer: optimizer, clipGradientNorm: arguments.schedule("clip_gradient_norm"),
      clipGradientValue: arguments.schedule("clip_gradient_value"), ema: arguments.schedule("ema"),
      accumulate: arguments.integer("accumulate") ?? 1,
      checkpoint: checkpoint(arguments, diagnostics: &diagnostics),
      precision: Spanned(
        arguments.word("precision").flatMap(ElementType.init) ?? .float32, at: arguments.span(of: "precision")),
      memoryLimit: arguments.integer("memory_limit").map { Spanned($0, at: arguments.span(of: "memory_limit")) },
      earlyStop: earlyStop(arguments),
      phases: phases.phases, keySpan: key, phasesSpan: hasPhases ? arguments.keySpan(of: "phases") : nil)
  }

  private static func checkpoint(_ arguments: Arguments, diagnostics: inout Diagnostics) -> CheckpointRule? {
    guard let rule = arguments.kind("checkpoint"), case .count(let every)? = rule.value("every") else { return nil }
    if every == .steps(0) || every == .epochs(0) { diagnostics.add(.idleCheckpoint(at: rule.span(of: "every"))) }
    return CheckpointRule(every: every, keep: rule.integer("keep") ?? 3)
  }

  private static func earlyStop(_ arguments: Arguments) -> EarlyStop? {
    guard let rule = arguments.kind("early_stop"), let metric = rule.string("metric") else { return nil }
    return EarlyStop(
      metric: Spanned(metric, at: rule.span(of: "metric")), patience: rule.integer("patience") ?? 1,
      minimumChange: rule.real("minimum_change") ?? 0)
  }

  private static func length(
    _ arguments: Arguments, isMapping: Bool, diagnostics: inout Diagnostics
  ) -> Spanned<TrainingCount>? {
    if arguments.isGiven("epochs"), arguments.isGiven("steps") {
      let spans = [arguments.keySpan(of: "epochs"), arguments.keySpan(of: "steps")].sorted { $0.start < $1.start }
      diagnostics.add(.twoTrainingLengths(at: spans[1], first: spans[0]))
      return nil
    }
    if let epochs = arguments.integer("epochs") {
      return Spanned(.epochs(epochs), at: arguments.span(of: "epochs"))
    }
    if let steps = arguments.integer("steps") { return Spanned(.steps(steps), at: arguments.span(of: "steps")) }
    if isMapping, !arguments.isInvalid("epochs"), !arguments.isInvalid("steps") {
      diagnostics.add(.noTrainingLength(at: arguments.kindSpan))
    }
    return nil
  }
}
