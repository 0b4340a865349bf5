/// A loss by its formula; all are means.
public enum LossKind: Hashable, Sendable, CustomStringConvertible {
  /// Mean of `(p - t)²` over all values.
  case mse
  /// Mean of `|p - t|` over all values.
  case mae
  /// PyTorch's `HuberLoss`: `½ d²` where `|d| < delta`, else `delta · (|d| - ½ delta)`.
  case huber(delta: Float)
  /// `-(t log p + (1 - t) log(1 - p))`, logarithms clamped at -100.
  case binaryCrossEntropy
  /// The same of `sigmoid(z)`, from the logits `z`.
  case binaryCrossEntropyWithLogits
  /// `-log p[label]` of probabilities, mean over the batch.
  case crossEntropy
  /// The same of `softmax(z)`, from the logits `z`.
  case crossEntropyWithLogits

  /// One less the mean structural similarity of images whose values span 1, with a Gaussian window of `window` by
  /// `window` pixels (Wang and others, 2004, equation 13, as `StructuralSimilarity` computes the metric).
  case ssim(window: Int, deviation: Float)
  /// Mean of `|p - q|` over all pairs of neighbouring pixels p and q, below and beside each other. It has no target.
  case totalVariation
  /// The mean of an adversarial loss's formula over a discriminator's values. It has no target.
  case judgement(JudgementFormula)

  /// False where there is a prediction alone.
  public var takesTarget: Bool {
    switch self {
    case .totalVariation, .judgement: false
    default: true
    }
  }

  /// Rows and columns that a prediction must have at least; nil where it need be no image.
  public var smallestImage: Int? {
    switch self {
    case .ssim(let window, _): window
    case .totalVariation: 1
    default: nil
    }
  }

  /// True where the target holds class indices, not values of the prediction's shape.
  public var takesLabels: Bool { self == .crossEntropy || self == .crossEntropyWithLogits }

  /// The name in reports.
  public var description: String {
    switch self {
    case .mse: "mse"
    case .mae: "mae"
    case .huber: "huber"
    case .binaryCrossEntropy: "binary_cross_entropy"
    case .binaryCrossEntropyWithLogits: "sigmoid + binary_cross_entropy"
    case .crossEntropy: "cross_entropy"
    case .crossEntropyWithLogits: "softmax + cross_entropy"
    case .ssim: "ssim"
    case .totalVariation: "total_variation"
    case .judgement(let formula): formula.name
    }
  }
}

/// What a training plan does with its gradients.
public enum GradientUse: Hashable, Sendable {
  /// It updates parameters with them.
  case update
  /// It adds them to what batches of the same step before left.
  case collect
  /// It adds them to that, and updates parameters with the sum.
  case collectAndUpdate

  /// Whether sums of gradients are kept from plan to plan.
  public var collects: Bool { self != .update }
}

/// What an update has to do with the norm of its gradient.
public enum NormUse: Hashable, Sendable {
  /// Nothing.
  case ignored
  /// The last operand is a factor `[]` on the gradient, which keeps a norm within its limit (`ClipFactor`).
  case limited
  /// The last result is the sum of the gradient's squares `[]`, in double precision, and of a sum of others' where one
  /// is the last operand (`SumOfSquares` in the same pass).
  case measured
}

/// An optimizer's update rule, by PyTorch's definitions. Its numbers are read at run time, since any may follow a
/// schedule.
public enum OptimizerKind: Hashable, Sendable, CustomStringConvertible {
  /// `momentum` and `nesterov` change what is stored and computed; without momentum nothing is stored.
  case sgd(momentum: Bool, nesterov: Bool)
  case adam
  case adamw
  /// `momentum` keeps a velocity of the steps.
  case rmsprop(momentum: Bool)

  /// How many tensors of the parameter's shape the rule keeps between steps.
  public var stateCount: Int {
    switch self {
    case .sgd(let momentum, _): momentum ? 1 : 0
    case .adam, .adamw: 2
    case .rmsprop(let momentum): momentum ? 2 : 1
    }
  }

  /// What the state tensors are called in checkpoints, in order; as PyTorch calls them.
  public var stateNames: [String] {
    switch self {
    case .sgd(let momentum, _): momentum ? ["momentum_buffer"] : []
    case .adam, .adamw: ["exp_avg", "exp_avg_sq"]
    case .rmsprop(let momentum): ["square_avg"] + (momentum ? ["momentum_buffer"] : [])
    }
  }

  /// The numbers the rule reads each step, in the order of its scalar slots.
  public var numbers: [OptimizerNumber] {
    switch self {
    case .sgd: [.learningRate, .weightDecay, .momentum, .firstStep]
    case .adam, .adamw: [.learningRate, .weightDecay, .beta1, .beta2, .epsilon, .correction1, .correction2]
    case .rmsprop: [.learningRate, .weightDecay, .alpha, .epsilon, .momentum]
    }
  }

  /// The name in the spec language.
  public var description: String {
    switch self {
    case .sgd(_, let nesterov): nesterov ? "sgd (nesterov)" : "sgd"
    case .adam: "adam"
    case .adamw: "adamw"
    case .rmsprop: "rmsprop"
    }
  }
}
