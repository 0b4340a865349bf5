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

  /// Where values first were no numbers.
  public enum Origin: Equatable, Sendable {
    /// What went in: a field of the data.
    case input(String)
    /// A step of the plan: what it computes, for which layers, and how many of its values are infinite or no numbers.
    case layer(String, [String], count: Int, of: Int)
  }

  /// The training step.
  public var step: Int
  /// What was noticed then.
  public var what: Finding
  /// Where it began; nil where that could not be found.
  public var origin: Origin?
  /// The step in which it began.
  public var originStep = 0
  /// The step of the last good checkpoint.
  public var checkpoint: Int?

  /// Whether what came in is to blame, data or the weights that training began with, and not training.
  public var isOfInput: Bool {
    if case .input? = origin { return true }
    if case .parameter = what { return step == 0 }
    return false
  }

  init(step: Int, what: Finding) { (self.step, self.what) = (step, what) }

  public var description: String {
    if case .parameter(let name) = what, step == 0 {
      return "`\(name)` has values that are infinite or no numbers before the first step"
    }
    if case .input(let name)? = origin {
      let seen =
        switch what {
        case .loss(let loss, _), .validation(let loss, _): "the loss `\(loss)`"
        case .parameter(let parameter): "`\(parameter)`"
        }
      return "`\(name)` of the data has values that are infinite or no numbers: in step \(originStep) they reach "
        + seen
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
    switch origin {
    case .layer(let name, let layers, let count, let total):
      text += "; it began in step \(originStep) with `\(layers.joined(separator: "`, `"))` (\(name)): "
      text += "\(count) of \(total) values are infinite or no numbers (a smaller learning rate often helps)"
    case .input, nil: text += " (a smaller learning rate often helps)"
    }
    if let checkpoint, checkpoint > 0 { text += "; the checkpoint of step \(checkpoint) is whole" }
    return text
  }
}
