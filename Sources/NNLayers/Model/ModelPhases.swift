import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// What each step of training does: the spec's phases, or one of everything.
extension ModelBuilder {
  /// The phases in order; empty where the spec does not train, or they are wrong, which is reported.
  mutating func phases(_ losses: [LossRecord]) -> [PhaseRecord] {
    guard let train = spec.train, !losses.isEmpty || !isFaulty && !spec.losses.isEmpty else { return [] }
    var found = train.phasesSpan == nil ? wholePhase(train, losses) : train.phases.compactMap { phase($0, losses) }
    for index in found.indices { found[index].parameters = parameters(of: found[index], losses) }
    guard !diagnostics.hasErrors, !isFaulty else { return found }
    for phase in found { checkJudges(of: phase, losses) }
    return found
  }

  private func wholePhase(_ train: TrainSettings, _ losses: [LossRecord]) -> [PhaseRecord] {
    guard let optimizer = train.optimizer, !losses.isEmpty else { return [] }
    return [
      PhaseRecord(
        name: PhaseRecord.defaultName, networks: spec.networks.filter { !$0.isFrozen }.map(\.name),
        losses: losses.filter { !isTermOfFrozen($0) }.map(\.name), optimizer: optimizer)
    ]
  }

  /// Whether a loss is what a discriminator that never learns would minimise: it has no part in what others learn.
  private func isTermOfFrozen(_ loss: LossRecord) -> Bool {
    loss.judge.map { judge in judge.isOwnTerm && spec.networks.contains { $0.name == judge.network && $0.isFrozen } }
      ?? false
  }

  private func parameters(of phase: PhaseRecord, _ losses: [LossRecord]) -> Set<String> {
    let (names, own) = (Set(phase.losses), phase.networks.map { "\($0)." })
    let parts = losses.filter { names.contains($0.name) }.flatMap { $0.parts.map(\.value) }
    return Set(graph.parametersBehind(parts).lazy.filter { name in own.contains(where: name.hasPrefix) })
  }

  private mutating func phase(_ phase: Phase, _ losses: [LossRecord]) -> PhaseRecord? {
    let networks = phase.update.compactMap { network($0, in: phase) }
    let terms = phase.losses.compactMap { loss($0, losses) }
    guard let optimizer = phase.optimizer, networks.count == phase.update.count, terms.count == phase.losses.count
    else { return nil }
    var record = PhaseRecord(name: phase.name.value, networks: networks, losses: terms, optimizer: optimizer)
    (record.every, record.start, record.end) = (phase.every, phase.start, phase.end)
    if !diagnostics.hasErrors, !terms.isEmpty { checkGradients(of: phase, losses) }
    return record
  }

  private mutating func network(_ name: Spanned<String>, in phase: Phase) -> String? {
    guard let index = indices[name.value] else {
      reportUnknown(name, known: spec.networks.map(\.name))
      return nil
    }
    let network = spec.networks[index]
    if network.isFrozen {
      diagnostics.add(.phaseUpdatesFrozen(name.value, phase: phase.name.value, at: name.span, frozen: network.nameSpan))
      return nil
    }
    return name.value
  }

  private mutating func loss(_ name: Spanned<String>, _ losses: [LossRecord]) -> String? {
    if losses.contains(where: { $0.name == name.value }) { return name.value }
    let terms = losses.filter { $0.name.hasPrefix("\(name.value).") }.map(\.name)
    if !terms.isEmpty {
      diagnostics.add(.phaseNamesWholeLoss(name.value, terms: terms, at: name.span))
      return nil
    }
    // A loss that is wrong is reported itself.
    let isWrong = spec.losses.contains { use in
      (use.name == name.value || name.value.hasPrefix("\(use.name)."))
        && !losses.contains { $0.nameSpan == use.nameSpan }
    }
    if !isWrong { reportUnknown(name, known: losses.isEmpty ? spec.losses.map(\.name) : losses.map(\.name)) }
    return nil
  }

  // MARK: Who learns from what

  /// Each network of a phase must have weights that one of its losses depends on.
  private mutating func checkGradients(of phase: Phase, _ losses: [LossRecord]) {
    let names = Set(phase.losses.map(\.value))
    let reached = graph.parametersBehind(losses.filter { names.contains($0.name) }.flatMap { $0.parts.map(\.value) })
    for network in phase.update where !reached.contains(where: { $0.hasPrefix("\(network.value).") }) {
      diagnostics.add(
        .phaseWithoutGradient(
          network.value, phase: phase.name.value, losses: phase.losses.map(\.value), at: network.span))
    }
  }

  /// A discriminator is updated by its own term only, a feature network by none that it computes.
  private mutating func checkJudges(of phase: PhaseRecord, _ losses: [LossRecord]) {
    for loss in losses where phase.losses.contains(loss.name) {
      guard let judge = loss.judge, phase.networks.contains(judge.network), !judge.isOwnTerm || isDefault(phase) else {
        continue
      }
      if judge.adversarial == nil {
        diagnostics.add(.featuresLearn(judge.network, phase: isDefault(phase) ? nil : phase.name, at: judge.span))
      } else if isDefault(phase), judge.isOwnTerm {
        diagnostics.add(
          .adversarialNeedsPhases(
            loss: loss.name, discriminator: judge.network, generator: loss.network, at: judge.span))
      } else if !isDefault(phase) {
        diagnostics.add(.discriminatorHelps(judge.network, phase: phase.name, term: loss.name, at: judge.span))
      }
    }
  }

  private func isDefault(_ phase: PhaseRecord) -> Bool { spec.train?.phasesSpan == nil }
}

extension Graph {
  /// The names of the learnt parameters that values depend on.
  func parametersBehind(_ values: [ValueID]) -> [String] {
    var needed = IDSet<ValueID>(capacity: self.values.count)
    needed.formUnion(values)
    for node in nodes.reversed() where needed.containsAny(of: node.outputs) { needed.formUnion(node.inputs) }
    return parameters.indices.compactMap { index in
      guard parameters[index].isTrainable, let leaf = leaf(.parameter(index)), needed.contains(leaf) else {
        return nil
      }
      return parameters[index].name
    }
  }
}
