/// A number that a training plan reads anew in each step. The compiler asks for it and training gives it, by `name`.
public enum StepScalar: Hashable, Sendable {
  /// The weight of a part of a loss, by what plans call the part's value.
  case lossWeight(part: String)
  /// A number of a phase's optimizer, for weights that decay or for those that are spared.
  case optimizer(phase: String, OptimizerNumber, decays: Bool)
  /// The largest norm of a phase's gradients.
  case clipGradientNorm(phase: String)
  /// The largest magnitude of the values of a phase's gradients.
  case clipGradientValue(phase: String)
  /// 0 for a step's first batch, whose gradients replace the sums of the step before, then 1.
  case keepsSums
  /// The decay of the moving average of what these phases update.
  case averageDecay(phases: [String])

  /// What the plan calls it.
  public var name: String {
    switch self {
    case .lossWeight(let part): "\(part).weight"
    case .optimizer(let phase, let number, let decays):
      "\(phase).\(decays ? "decayed" : "spared").\(number.rawValue)"
    case .clipGradientNorm(let phase): "\(phase).clip_gradient_norm"
    case .clipGradientValue(let phase): "\(phase).clip_gradient_value"
    case .keepsSums: "keeps_sums"
    case .averageDecay(let phases): phases.joined(separator: "+") + ".ema"
    }
  }
}

/// A number that an optimizer's rule reads in each step.
public enum OptimizerNumber: String, Hashable, Sendable {
  case learningRate = "learning_rate"
  case weightDecay = "weight_decay"
  /// Of SGD and RMSprop.
  case momentum
  /// Of Adam: the decay of the mean.
  case beta1
  /// Of Adam: the decay of the mean square.
  case beta2
  /// What is added to the denominator.
  case epsilon
  /// Of RMSprop: the decay of the mean square.
  case alpha
  /// `1 - beta1^t` at the phase's update `t`.
  case correction1
  /// `1 - beta2^t` at the phase's update `t`.
  case correction2
  /// 1 at the phase's first update, then 0.
  case firstStep = "first_step"
}
