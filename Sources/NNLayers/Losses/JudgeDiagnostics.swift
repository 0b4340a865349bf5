import NNDiagnostics
import NNTensor

extension DiagnosticCode {
  static let judgeTakesSeveral = DiagnosticCode("NNC0370", "judge-takes-several-inputs")
  static let unusedOption = DiagnosticCode("NNC0371", "unused-option")
  static let boundedDiscriminator = DiagnosticCode("NNC0372", "bounded-discriminator")
  static let unknownValues = DiagnosticCode("NNC0373", "unknown-values")
  static let channelNumbers = DiagnosticCode("NNC0374", "channel-numbers")
  static let valuesDiffer = DiagnosticCode("NNC0375", "values-differ")
  static let clipsDiffer = DiagnosticCode("NNC0376", "clips-differ")
}

/// The wording of what can be wrong in losses that other networks compute.
extension Diagnostic {
  static func judgeTakesSeveral(_ network: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .judgeTakesSeveral, "the network `\(network)` takes several inputs", at: span,
      label: "a loss gives it one",
      help: ["name a network whose `input` is one shape, such as `input: [64, 64, 3]`"])
  }

  static func unusedOption(_ key: String, of kind: String, kinds: [String], at span: Span) -> Diagnostic {
    let list = kinds.map { "`\($0)`" }.joined(separator: " and ")
    return Diagnostic(
      .unusedOption, "`\(kind)` does not use `\(key)`", at: span,
      label: "only \(list) \(kinds.count == 1 ? "does" : "do")",
      help: ["remove it, or choose another `kind`"])
  }

  static func boundedDiscriminator(
    _ network: String, _ activation: String, _ kind: String, at span: Span, layer: Label?
  ) -> Diagnostic {
    Diagnostic(
      .boundedDiscriminator, "the discriminator `\(network)` ends in `\(activation)`", at: span,
      label: "`\(kind)` judges raw values" + (kind == "vanilla" ? ", and applies the sigmoid itself" : ""),
      labels: layer.map { [$0] } ?? [], help: ["remove `activation: \(activation)` from its last layer"])
  }

  static func clipsDiffer(
    _ network: String, _ loss: (name: String, bound: Float, span: Span),
    _ other: (name: String, bound: Float, span: Span)
  ) -> Diagnostic {
    Diagnostic(
      .clipsDiffer, "two losses keep the weights of `\(network)` within different limits", at: loss.span,
      label: "±\(loss.bound) for `\(loss.name)`",
      labels: [Label("±\(other.bound) for `\(other.name)`", at: other.span)],
      help: ["give both losses the same `clip`"])
  }

  static func unknownValues(_ network: String, _ source: String, teller: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .unknownValues, "the values of `\(source)` cannot be mapped to those that `\(network)` takes", at: span,
      label: "`npy` does not say which of its values are black and white",
      help: ["remove `range`, `mean` and `std` from `\(teller)` where the values are right already"])
  }

  static func channelNumbers(_ count: Int, channels: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      .channelNumbers, "there is one number per channel", at: span, label: "\(count) for \(channels) channels")
  }

  static func valuesDiffer(_ network: String, _ source: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .valuesDiffer, "the network `\(network)` is given other values than it says it takes", at: span,
      label: "the values of `\(source)` differ from this",
      help: ["remove it, or give `\(source)` the same `range`, `mean` and `std`"])
  }
}
