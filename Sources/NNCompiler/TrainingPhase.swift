import NNTensor

/// A part of a training step: the losses with their weights, and the rule that updates some parameters.
public struct TrainingPhase: Hashable, Sendable {
  /// The phase's name, `train` where a spec has no phases.
  public var name: String
  /// Names of graph outputs that are losses; each one's weight is the scalar `<name>.weight`.
  public var losses: [String]
  /// The names of the parameters that are updated.
  public var parameters: Set<String>
  /// The names of the running statistics that follow the batches.
  public var statistics: Set<String> = []
  /// The rule.
  public var optimizer: OptimizerKind
  /// Whether the gradients are kept within a norm, the scalar `<phase>.clip_gradient_norm`.
  public var clipsGradients = false
  /// Keeps parameters within ± this after each update, by name.
  public var clamps: [String: Float] = [:]
  /// What the gradients are for.
  public var gradients = GradientUse.update
  /// Where the sum of a parameter's gradients is kept, by name, where gradients are collected.
  public var sumSlots: [String: Int] = [:]
  /// Where the rule's tensors of a parameter begin among all that are kept for it, by name; 0 where not told.
  public var firstSlots: [String: Int] = [:]

  /// A phase.
  public init(name: String, losses: [String], parameters: Set<String>, optimizer: OptimizerKind) {
    self.name = name
    self.losses = losses
    self.parameters = parameters
    self.optimizer = optimizer
  }

  /// The scalar that holds one of the optimizer's numbers, for weights that decay or for those that are spared.
  public func scalarName(_ name: String, decays: Bool) -> String {
    "\(self.name).\(decays ? "decayed" : "spared").\(name)"
  }

  /// The scalar that limits the gradients' norm.
  public var clipName: String { "\(name).clip_gradient_norm" }
}

/// What one training step does: phases, one after the other, each on what the ones before left.
public struct TrainingRecipe: Hashable, Sendable {
  /// The phases in order.
  public var phases: [TrainingPhase]
  /// For each parameter that is averaged, the slot that keeps its moving average; the decay is the scalar `ema`.
  public var averageSlots: [String: Int] = [:]
  /// The scalar that holds the average's decay.
  public static let averageDecay = "ema"
  /// The scalar that is 0 for a step's first batch, whose gradients replace the sums of the step before, then 1.
  public static let keepsSums = "keeps_sums"

  /// A step of these phases.
  public init(_ phases: [TrainingPhase]) { self.phases = phases }
}
