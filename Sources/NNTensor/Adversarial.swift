/// How a discriminator's values `d` of real and of generated samples are judged. All are means over all values, of the
/// raw values: logits, where a probability is meant.
public enum AdversarialKind: String, Hashable, Sendable, CaseIterable {
  /// Binary cross-entropy of the logits; the generator's non-saturating (Goodfellow and others, 2014).
  case vanilla
  /// Squares (Mao and others, 2017).
  case lsgan
  /// Hinges (Lim and Ye, 2017; Miyato and others, 2018).
  case hinge
  /// Means, for a discriminator whose weights are clipped (Arjovsky and others, 2017).
  case wgan

  /// A value above this judges a sample to be real; nil where values have no such meaning, only differences.
  public var threshold: Float? {
    switch self {
    case .vanilla, .hinge: 0
    case .lsgan: 0.5
    case .wgan: nil
    }
  }
}

/// Whose values are judged, and in whose interest.
public enum AdversarialSide: String, Hashable, Sendable, CaseIterable {
  /// Of real samples, by the discriminator.
  case real
  /// Of generated samples, by the discriminator.
  case fake
  /// Of generated samples, by the generator.
  case generator
}

/// The loss of a discriminator's value `d`, by kind and side; the formula is one of four with a constant `c`.
public enum JudgementFormula: Hashable, Sendable {
  /// `log(1 + exp(d)) - c d`: the cross-entropy of the logit `d` with the probability `c`.
  case crossEntropy(Float)
  /// `(d - c)²`
  case square(Float)
  /// `max(0, 1 + c d)`
  case hinge(Float)
  /// `c d`
  case linear(Float)

  /// The formula; `label` is what real samples are given where that is a number (1 without label smoothing).
  public init(_ kind: AdversarialKind, _ side: AdversarialSide, label: Float = 1) {
    switch (kind, side) {
    case (.vanilla, .real): self = .crossEntropy(label)
    case (.vanilla, .fake): self = .crossEntropy(0)
    case (.vanilla, .generator): self = .crossEntropy(1)
    case (.lsgan, .real): self = .square(label)
    case (.lsgan, .fake): self = .square(0)
    case (.lsgan, .generator): self = .square(1)
    case (.hinge, .real): self = .hinge(-1)
    case (.hinge, .fake): self = .hinge(1)
    case (.hinge, .generator), (.wgan, .generator), (.wgan, .real): self = .linear(-1)
    case (.wgan, .fake): self = .linear(1)
    }
  }

  /// The name in plans.
  public var name: String {
    switch self {
    case .crossEntropy(let c): "cross_entropy with \(c)"
    case .square(let c): "square of difference from \(c)"
    case .hinge(let c): "hinge \(c < 0 ? "-" : "+")"
    case .linear(let c): "mean times \(c)"
    }
  }
}
