import NNDiagnostics

extension DiagnosticCode {
  static let phaseUpdatesFrozen = DiagnosticCode("NNC0380", "phase-updates-frozen")
  static let phaseNamesWholeLoss = DiagnosticCode("NNC0381", "phase-names-whole-loss")
  static let phaseWithoutGradient = DiagnosticCode("NNC0382", "phase-without-gradient")
  static let adversarialNeedsPhases = DiagnosticCode("NNC0383", "adversarial-needs-phases")
  static let discriminatorHelps = DiagnosticCode("NNC0384", "discriminator-helps-generator")
  static let featuresLearn = DiagnosticCode("NNC0385", "features-learn")
}

/// The wording of what can be wrong between phases, networks and losses.
extension Diagnostic {
  static func phaseUpdatesFrozen(_ network: String, phase: String, at span: Span, frozen: Span) -> Diagnostic {
    Diagnostic(
      .phaseUpdatesFrozen, "the phase `\(phase)` updates the frozen network `\(network)`", at: span,
      labels: [Label("it is `frozen: true`", at: frozen)],
      help: ["remove `frozen: true`, or take `\(network)` out of `update`"])
  }

  static func phaseNamesWholeLoss(_ loss: String, terms: [String], at span: Span) -> Diagnostic {
    let list = terms.map { "`\($0)`" }.joined(separator: " and ")
    return Diagnostic(
      .phaseNamesWholeLoss, "the adversarial loss `\(loss)` has two terms", at: span, label: "name one of them",
      help: ["\(list); one phase minimises the one, another the other"])
  }

  static func phaseWithoutGradient(_ network: String, phase: String, losses: [String], at span: Span) -> Diagnostic {
    let list = losses.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      .phaseWithoutGradient, "the network `\(network)` learns nothing in the phase `\(phase)`", at: span,
      label: "\(losses.count == 1 ? "\(list) does" : "\(list) do") not depend on its weights",
      help: ["add a loss of what `\(network)` computes, or take it out of `update`"])
  }

  static func adversarialNeedsPhases(
    loss: String, discriminator: String, generator: String, at span: Span
  ) -> Diagnostic {
    let name = loss.prefix { $0 != "." }
    return Diagnostic(
      .adversarialNeedsPhases, "an adversarial loss needs phases", at: span,
      label: "`\(discriminator)` and `\(generator)` work against each other",
      help: [
        """
        add to `train`: `phases: [{name: \(discriminator), update: [\(discriminator)], losses: [\(name).discriminator]}, \
        {name: \(generator), update: [\(generator)], losses: [\(name).generator, …]}]`
        """
      ])
  }

  static func discriminatorHelps(_ network: String, phase: String, term: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .discriminatorHelps, "the phase `\(phase)` lets the discriminator `\(network)` learn to be deceived", at: span,
      label: "it minimises the generator's term `\(term)` and updates `\(network)`",
      help: ["update `\(network)` in a phase of its own, by the term `.discriminator`"])
  }

  static func featuresLearn(_ network: String, phase: String?, at span: Span) -> Diagnostic {
    Diagnostic(
      .featuresLearn, "the feature network `\(network)` would learn to see no difference", at: span,
      label: phase.map { "the phase `\($0)` updates it by this loss" } ?? "it is updated by this loss",
      help: ["freeze it with `frozen: true`, or let no phase with this loss update it"])
  }
}
