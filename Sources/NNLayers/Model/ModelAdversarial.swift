import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// Adversarial losses: a discriminator's values of real and of generated samples.
extension ModelBuilder {
  /// The generator's and the discriminator's term.
  mutating func adversarial(_ use: LossUse, _ arguments: Arguments) -> [LossRecord] {
    let fake = fake(arguments)
    let real = real(arguments)
    let judge = wholeNetwork("discriminator", arguments)
    guard let fake, let real, let judge, arguments.isValid, areOptionsUsed(arguments),
      let kind = arguments.word("kind").flatMap(AdversarialKind.init), isDiscriminator(judge, of: kind)
    else { return [] }
    let shape = fake.signal.shape
    guard real.field.shape == shape else {
      let trace = traces[fake.network] ?? SizeTrace(network: fake.network)
      diagnostics.add(
        .sizesDiffer(
          prediction: shape, at: fake.span, target: real.field.shape, at: real.span, loss: arguments.kindSpan,
          notes: trace.mismatchNotes(fake.signal, real.field.shape),
          help: trace.mismatchHelp(fake.signal, real.field.shape)
        ))
      return []
    }
    let input = graph.input(real.name, TensorType(Shape([batch] + shape)))
    guard let ofFake = apply(judge.value, to: fake.signal, at: fake.span ?? judge.span)?.output,
      let ofReal = apply(judge.value, to: Signal(value: input, shape: shape), at: real.span ?? judge.span)?.output
    else { return [] }
    let label = Float(1 - (arguments.real("label_smoothing") ?? 0))
    func part(_ side: AdversarialSide, of values: Signal, _ suffix: String) -> LossRecord.Part {
      let name = "\(LossRecord.outputName(use.name)).\(suffix)"
      let loss = Loss(.judgement(JudgementFormula(kind, side, label: label)))
      return LossRecord.Part(outputName: name, value: graph.apply(loss, to: values.value, layer: name), factor: 1)
    }
    let clip = LossRecord.Clip(
      bound: Float(arguments.real("clip") ?? 0.01),
      span: arguments.isGiven("clip") ? arguments.span(of: "clip") : arguments.kindSpan)
    var judgement = LossRecord.Judge(
      network: judge.value, span: judge.span, isOwnTerm: false, adversarial: kind, clip: kind == .wgan ? clip : nil)
    var generator = record(use, fake, real, parts: [part(.generator, of: ofFake, "generator")])
    generator.name = "\(use.name).generator"
    generator.judge = judgement
    var discriminator = record(
      use, fake, real,
      parts: [part(.real, of: ofReal, "discriminator.real"), part(.fake, of: ofFake, "discriminator.fake")])
    discriminator.name = "\(use.name).discriminator"
    discriminator.weight = 1
    judgement.isOwnTerm = true
    discriminator.judge = judgement
    return [generator, discriminator]
  }

  /// Weights can only be kept within one limit.
  mutating func checkClips(_ losses: [LossRecord]) {
    var limits: [String: LossRecord] = [:]
    for loss in losses {
      guard let judge = loss.judge, judge.isOwnTerm, let clip = judge.clip else { continue }
      guard let other = limits[judge.network], let before = other.judge?.clip else {
        limits[judge.network] = loss
        continue
      }
      if clip.bound == before.bound { continue }
      diagnostics.add(
        .clipsDiffer(
          judge.network, (loss.termlessName, clip.bound, clip.span), (other.termlessName, before.bound, before.span)))
    }
  }

  private mutating func fake(_ arguments: Arguments) -> Prediction? {
    guard let name = arguments.string("fake") else { return nil }
    let span = arguments.span(of: "fake")
    return output(Spanned(name, at: span), scope: "", known: spec.networks.map(\.name)).map {
      Prediction(network: $0.network, signal: $0.signal, span: span)
    }
  }

  private mutating func real(_ arguments: Arguments) -> Target? {
    guard let name = arguments.string("real") else { return nil }
    let span = arguments.span(of: "real")
    return dataField(Spanned(name, at: span), scope: "", \.target, known: knownFields(scope: "")).map {
      Target(
        name: "\($0.source).\($0.field.name)", source: $0.source, field: $0.field,
        classCount: facts[$0.source]?.classCount, span: span)
    }
  }

  /// Options that the kind does not read are reported.
  private mutating func areOptionsUsed(_ arguments: Arguments) -> Bool {
    let kind = arguments.word("kind") ?? ""
    for (key, kinds) in [("label_smoothing", ["vanilla", "lsgan"]), ("clip", ["wgan"])]
    where arguments.isGiven(key) && !kinds.contains(kind) {
      diagnostics.add(.unusedOption(key, of: kind, kinds: kinds, at: arguments.keySpan(of: key)))
      return false
    }
    return true
  }

  /// A discriminator gives raw values: an activation that bounds them contradicts the formula.
  private mutating func isDiscriminator(_ judge: Spanned<String>, of kind: AdversarialKind) -> Bool {
    guard var value = results[judge.value]?.value else { return true }
    while let node = graph.producer(of: value), node.operation is Reshape || node.operation is Permute {
      value = node.inputs[0]
    }
    guard let activation = (graph.producer(of: value)?.operation as? Activate)?.activation,
      [.sigmoid, .tanh, .softmax].contains(activation)
    else { return true }
    let place = traces[judge.value]?.layers.last.map { Label("its last layer", at: $0.kindSpan) }
    diagnostics.add(.boundedDiscriminator(judge.value, "\(activation)", kind.rawValue, at: judge.span, layer: place))
    return false
  }
}
