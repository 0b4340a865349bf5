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
    for diagnostic in decoder.diagnostics.sorted
    where !(hasPhases && diagnostic.code == .missingKey && diagnostic.span == key) { diagnostics.add(diagnostic) }
    return TrainSettings(
      length: length(arguments, isMapping: node.mapping != nil || node.isNull, diagnostics: &diagnostics),
      batchSize: arguments.integer("batch_size").map { Spanned($0, at: arguments.span(of: "batch_size")) },
      seed: arguments.integer("seed") ?? 1,
      shuffle: arguments.boolean("shuffle") ?? true,
      optimizer: arguments.kind("optimizer").flatMap { optimizer($0, diagnostics: &diagnostics) },
      keySpan: key)
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

  /// The optimizer with its numbers; `nil` where one of them is wrong.
  private static func optimizer(_ kind: Arguments, diagnostics: inout Diagnostics) -> Optimizer? {
    guard let rule = rule(kind, diagnostics: &diagnostics), let rate = kind.schedule("learning_rate"),
      let decay = kind.schedule("weight_decay"), let scope = kind.word("decay")
    else { return nil }
    return Optimizer(
      rule: rule, learningRate: rate, learningRateSpan: kind.span(of: "learning_rate"), weightDecay: decay,
      decaysAll: scope == "all", kindSpan: kind.kindSpan)
  }

  private static func rule(_ kind: Arguments, diagnostics: inout Diagnostics) -> Optimizer.Rule? {
    switch kind.kind {
    case "sgd":
      guard let momentum = kind.real("momentum"), let nesterov = kind.boolean("nesterov") else { return nil }
      if nesterov, momentum == 0 {
        diagnostics.add(.nesterovWithoutMomentum(at: kind.span(of: "nesterov")))
        return nil
      }
      return .sgd(momentum: momentum, nesterov: nesterov)
    case "adam", "adamw":
      guard let beta1 = kind.real("beta1"), let beta2 = kind.real("beta2"), let epsilon = kind.real("epsilon") else {
        return nil
      }
      return kind.kind == "adam"
        ? .adam(beta1: beta1, beta2: beta2, epsilon: epsilon) : .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
    case "rmsprop":
      guard let alpha = kind.real("alpha"), let epsilon = kind.real("epsilon"), let momentum = kind.real("momentum")
      else { return nil }
      return .rmsprop(alpha: alpha, epsilon: epsilon, momentum: momentum)
    default: preconditionFailure("train: no rule is made of `\(kind.kind)`")
    }
  }
}
