import NNDiagnostics

/// Makes an optimizer of its arguments.
enum OptimizerReader {
  /// The optimizer with its numbers; `nil` where one of them is wrong.
  static func read(_ kind: Arguments, diagnostics: inout Diagnostics) -> Optimizer? {
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
      guard let momentum = kind.schedule("momentum"), let nesterov = kind.boolean("nesterov") else { return nil }
      if nesterov, momentum == 0 {
        diagnostics.add(.nesterovWithoutMomentum(at: kind.span(of: "nesterov")))
        return nil
      }
      return .sgd(momentum: momentum, nesterov: nesterov)
    case "adam", "adamw":
      guard let beta1 = kind.schedule("beta1"), let beta2 = kind.schedule("beta2"),
        let epsilon = kind.schedule("epsilon")
      else { return nil }
      return kind.kind == "adam"
        ? .adam(beta1: beta1, beta2: beta2, epsilon: epsilon) : .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
    case "rmsprop":
      guard let alpha = kind.schedule("alpha"), let epsilon = kind.schedule("epsilon"),
        let momentum = kind.schedule("momentum")
      else { return nil }
      return .rmsprop(alpha: alpha, epsilon: epsilon, momentum: momentum)
    default: preconditionFailure("train: no rule is made of `\(kind.kind)`")
    }
  }
}
