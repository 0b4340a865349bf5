/// Numbers that went wrong: what was noticed, and where it began.
public struct Divergence: Equatable, Sendable, CustomStringConvertible {
  /// What was noticed.
  public enum Finding: Equatable, Sendable {
    /// A loss of a training step.
    case loss(String, value: Float)
    /// A loss of a validation.
    case validation(String, value: Float)
    /// A parameter, or what an optimizer keeps for it, before a checkpoint.
    case parameter(String)
  }

  /// Where values first were no numbers: in what a step of the plan computes, for which layers.
  public struct Origin: Equatable, Sendable {
    /// The training step.
    public var step: Int
    /// What the plan's step is called, and its layers.
    public var kernel: String
    public var layers: [String]
    /// How many of how many values are infinite or no numbers.
    public var count: Int
    public var total: Int
  }

  /// The training step.
  public var step: Int
  /// What was noticed then.
  public var what: Finding
  /// Where it began; nil where that could not be found.
  public var origin: Origin?
  /// The step of the last good checkpoint.
  public var checkpoint: Int?

  /// Whether the weights that training began with are to blame, and not training.
  public var isOfWeights: Bool {
    if case .parameter = what { return step == 0 }
    return false
  }

  init(step: Int, what: Finding) { (self.step, self.what) = (step, what) }

  public var description: String {
    if case .parameter(let name) = what, step == 0 {
      return "`\(name)` has values that are infinite or no numbers before the first step"
    }
    var text =
      switch what {
      case .loss(let name, let value):
        "the loss `\(name)` is \(NumberText.notFinite(value)) at step \(step): training has diverged"
      case .validation(let name, let value):
        "the validation's loss `\(name)` is \(NumberText.notFinite(value)) at step \(step): training has diverged"
      case .parameter(let name):
        "`\(name)` has values that are no numbers after step \(step): training has diverged"
      }
    if let origin {
      text += "; it began in step \(origin.step) with `\(origin.layers.joined(separator: "`, `"))` (\(origin.kernel)): "
      text += "\(origin.count) of \(origin.total) values are infinite or no numbers"
    }
    text += " (a smaller learning rate often helps)"
    if let checkpoint, checkpoint > 0 { text += "; the checkpoint of step \(checkpoint) is whole" }
    return text
  }
}
