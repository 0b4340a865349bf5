import NNGraph
import NNTensor

/// A part of a training step: the losses with their weights, and the rule that updates some parameters.
public struct TrainingPhase: Hashable, Sendable {
  /// The phase's name, `train` where a spec has no phases.
  public var name: String
  /// Names of graph outputs that are losses; each one's weight is the scalar `<name>.weight`.
  public var losses: [String]
  /// What people call the loss that each of them is a part of, by its name; the name itself where not told.
  public var lossNames: [String: String] = [:]
  /// The names of the parameters that are updated.
  public var parameters: Set<String>
  /// The names of the running statistics that follow the batches.
  public var statistics: Set<String> = []
  /// The rule.
  public var optimizer: OptimizerKind
  /// Whether the gradients are kept within a norm, the scalar `<phase>.clip_gradient_norm`.
  public var clipsGradients = false
  /// Whether the gradients' values are kept within ± the scalar `<phase>.clip_gradient_value`, before their norm is.
  public var clipsValues = false
  /// Keeps parameters within ± this after each update, by name.
  public var clamps: [String: Float] = [:]
  /// What the gradients are for.
  public var gradients = GradientUse.update
  /// Where the sum of a parameter's gradients is kept, by name, where gradients are collected.
  public var sumSlots: [String: Int] = [:]
  /// What is measured besides.
  public var gauges = PhaseGauges()
  /// Where the rule's tensors of a parameter begin among all that are kept for it, by name; 0 where not told.
  public var firstSlots: [String: Int] = [:]

  /// A phase.
  public init(name: String, losses: [String], parameters: Set<String>, optimizer: OptimizerKind) {
    self.name = name
    self.losses = losses
    self.parameters = parameters
    self.optimizer = optimizer
  }

  /// What people call the loss that a graph output is a part of.
  func lossName(_ output: String) -> String { lossNames[output] ?? output }
}

/// What a phase shows of itself.
public struct PhaseGauges: Hashable, Sendable {
  /// The networks whose gradients' sums of squares are measured, by the names of their parameters.
  public var networks: [String: String] = [:]
  /// Values by name, such as networks' outputs, at which gradients of several losses are measured apart.
  public var places: [Place] = []
  /// Losses that are a discriminator's, by the name of the graph output.
  public var judgements: [String: Judgement] = [:]

  /// Nothing.
  public init() {}

  /// A value where gradients of several losses meet.
  public struct Place: Hashable, Sendable {
    /// What people call it.
    public var name: String
    /// The value, in the graph of losses.
    public var value: ValueID

    /// A place.
    public init(name: String, value: ValueID) {
      self.name = name
      self.value = value
    }
  }

  /// A discriminator's values of which a loss is computed.
  public struct Judgement: Hashable, Sendable {
    /// The name of the adversarial loss.
    public var loss: String
    /// Whose values they are.
    public var side: AdversarialSide
    /// A value above it judges a sample to be real.
    public var threshold: Float

    /// A judgement.
    public init(loss: String, side: AdversarialSide, threshold: Float) {
      self.loss = loss
      self.side = side
      self.threshold = threshold
    }
  }
}

/// What one training step does: phases, one after the other, each on what the ones before left.
public struct TrainingRecipe: Hashable, Sendable {
  /// The phases in order.
  public var phases: [TrainingPhase]
  /// The moving averages of parameters, by name.
  public var averages: [String: Average] = [:]

  /// A moving average of a parameter.
  public struct Average: Hashable, Sendable {
    /// The slot that keeps it.
    public var slot: Int
    /// The scalar that holds its decay: one for all parameters that the same phases update.
    public var decay: String

    /// The average of a parameter that these phases update.
    public init(slot: Int, phases: [String]) {
      self.slot = slot
      decay = StepScalar.averageDecay(phases: phases).name
    }
  }

  /// A step of these phases.
  public init(_ phases: [TrainingPhase]) { self.phases = phases }
}
