import NNDiagnostics
import NNSpec
import NNTensor

extension Lint {
  static let learningRate = Lint(
    DiagnosticCode("NNC0619", "learning-rate"), "a learning rate at which nothing is learnt",
    reason: """
      With a learning rate of 0 no weight ever changes. adam, adamw and rmsprop divide each gradient by its own size, so that
      a step moves every weight by about the learning rate itself, whatever the loss: above 1 that is far more than the
      weights are large, and training does not converge. Usual are 1e-4 to 1e-2.
      """,
    found: [
      picture("range: [0, 1]", "output: {channels: 3}", optimizer: "{sgd: {learning_rate: 0}}"),
      picture("range: [0, 1]", "output: {channels: 3}", optimizer: "{adam: {learning_rate: 10}}"),
    ],
    passed: [
      picture("range: [0, 1]", "output: {channels: 3}", optimizer: "{sgd: {learning_rate: 2}}"),
      picture(
        "range: [0, 1]", "output: {channels: 3}", optimizer: "{adam: {learning_rate: {cosine: {from: 1e-3, to: 0}}}}"),
    ]
  ) { context in
    guard context.trains else { return [] }
    var seen: Set<Span> = []
    return context.model.phases.map(\.optimizer).compactMap { optimizer in
      guard seen.insert(optimizer.learningRateSpan).inserted else { return nil }
      let largest = optimizer.learningRate.largest
      if largest == 0 {
        return LintFinding(
          "nothing is learnt", at: optimizer.learningRateSpan, "each step changes each weight by 0",
          help: ["use for instance `learning_rate: 1e-3`"])
      }
      guard optimizer.isAdaptive, largest > 1 else { return nil }
      return LintFinding(
        "this learning rate is too large", at: optimizer.learningRateSpan,
        "each step moves each weight by about \(largest.short), whatever its gradient",
        help: ["use for instance `learning_rate: 1e-3`"])
    }
  }
}

extension Schedule {
  /// The largest value that it takes, but for factors above 1.
  fileprivate var largest: Double {
    switch curve {
    case .linear(let to), .cosine(let to): max(from, to)
    case .constant, .step, .exponential: from
    }
  }
}

extension Optimizer {
  /// Whether steps have the learning rate's size rather than the gradient's.
  fileprivate var isAdaptive: Bool { if case .sgd = rule { false } else { true } }
}
