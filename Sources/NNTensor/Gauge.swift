/// What a training step shows of itself besides its losses.
public enum Gauge: Hashable, Sendable {
  /// The sum of the squares of a phase's gradients for the parameters of a network, before they are clipped.
  case gradient(phase: String, network: String)
  /// The sum of the squares of the gradient that these losses of a phase, with their weights, have together at a place
  /// where the gradients of several losses meet: a network's output.
  case pull(phase: String, place: String, losses: [String])
  /// The share of a discriminator's values of real or of generated samples that judge them to be real.
  case judgedReal(loss: String, side: AdversarialSide)
}

extension Gauge: CustomStringConvertible {
  /// The name in dumps and plans.
  public var description: String {
    switch self {
    case .gradient(let phase, let network): "squares.\(phase).\(network)"
    case .pull(let phase, let place, let losses): "squares.\(phase).\(place) of \(losses.joined(separator: " + "))"
    case .judgedReal(let loss, let side): "judged_real.\(loss).\(side.rawValue)"
    }
  }
}
