import NNDiagnostics
import NNTensor

extension Lint {
  static let networkInNoPhase = Lint(
    DiagnosticCode("NNC0386", "network-in-no-phase"), "a network with weights that no phase updates",
    reason: """
      With `phases`, a network learns in the phases whose `update` names it, and nowhere else. One that none names keeps the
      weights that it began with, though its output may be part of every loss. `frozen: true` says that this is meant.
      """,
    found: [
      phases(
        """
            - {name: one, update: [encoder], losses: [pixel]}
        """),
      phases(
        """
            - {name: one, update: [model], losses: [pixel], every: 2}
            - {name: two, update: [model], losses: [pixel]}
        """),
    ],
    passed: [
      phases(
        """
            - {name: one, update: [encoder, model], losses: [pixel]}
        """)
    ]
  ) { context in
    guard context.spec.train?.phasesSpan != nil else { return [] }
    let updated = Set(context.model.phases.flatMap(\.networks))
    return context.model.networks.compactMap { network in
      guard !network.isFrozen, !updated.contains(network.name),
        context.graph.parameters.contains(where: { $0.isTrainable && $0.belongs(to: network.name) })
      else { return nil }
      return LintFinding(
        "no phase updates the network `\(network.name)`", at: network.nameSpan, "its weights stay as they are",
        help: ["add it to `update` of a phase, or say `frozen: true`"])
    }
  }

  static let lossInNoPhase = Lint(
    DiagnosticCode("NNC0387", "loss-in-no-phase"), "a loss, or a term of one, that no phase minimises",
    reason: """
      With `phases`, a loss acts in the phases whose `losses` name it, and nowhere else; an adversarial loss has two terms,
      each to be named. One that no phase names is computed for reports alone.
      """,
    found: [
      phases(
        """
            - {name: one, update: [encoder, model], losses: [pixel]}
        """, losses: "\n  shape: {ssim: {prediction: model, target: photos}}"),
      phases(
        """
            - {name: one, update: [encoder, model], losses: [smooth]}
        """, losses: "\n  smooth: {total_variation: {prediction: model}}"),
    ],
    passed: [
      phases(
        """
            - {name: one, update: [encoder, model], losses: [pixel, shape]}
        """, losses: "\n  shape: {ssim: {prediction: model, target: photos}}")
    ]
  ) { context in
    guard context.spec.train?.phasesSpan != nil else { return [] }
    let minimised = Set(context.model.phases.flatMap(\.losses))
    return context.model.losses.filter { !minimised.contains($0.name) }.map {
      LintFinding(
        "no phase minimises the loss `\($0.name)`", at: $0.nameSpan, "it changes no weight",
        help: ["add it to `losses` of a phase, or remove it"])
    }
  }

  static let idlePhase = Lint(
    DiagnosticCode("NNC0389", "idle-phase"), "a phase that begins after the end of training",
    reason: """
      A phase takes part in the steps after `start`, up to `end` where it has one. Where training is over by then, its networks
      keep the weights that they began with, and its losses change nothing.
      """,
    found: [
      phases(
        """
            - {name: one, update: [encoder], losses: [pixel]}
            - {name: two, update: [model], losses: [pixel], start: 1 epochs}
        """),
      phases(
        """
            - {name: one, update: [encoder], losses: [pixel]}
            - {name: two, update: [model], losses: [pixel], start: 1000 steps}
        """),
    ],
    passed: [
      phases(
        """
            - {name: one, update: [encoder], losses: [pixel]}
            - {name: two, update: [model], losses: [pixel], start: 1 steps}
        """)
    ]
  ) { context in
    guard context.trains, let train = context.spec.train, train.phasesSpan != nil,
      let steps = context.steps(train.length?.value ?? .epochs(1))
    else { return [] }
    return train.phases.compactMap { phase in
      guard let start = context.steps(phase.start), start >= steps else { return nil }
      return LintFinding(
        "the phase `\(phase.name.value)` never takes part", at: phase.name.span,
        "it begins after \(phase.start), and training ends after \(TrainingCount.steps(steps))",
        help: ["let it `start` earlier, or train longer"])
    }
  }

  static let randomFeatures = Lint(
    DiagnosticCode("NNC0388", "random-features"), "a perceptual loss by a network of random weights",
    reason: """
      A perceptual loss compares what a network makes of the prediction and of the target. Networks that were trained to tell
      things apart respond to what matters in a picture; random weights that no phase updates respond to anything. Johnson,
      Alahi and Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and Super-Resolution" (ECCV 2016), use a classifier.
      """,
    found: [features("frozen: true"), features("frozen: true", layers: "{deep: 0.5, shallow: 1}")],
    passed: [picture("range: [0, 1]", "output: {channels: 3, activation: sigmoid}")]
  ) { context in
    let updated = Set(context.model.phases.flatMap(\.networks))
    return context.model.losses.compactMap { loss in
      guard let judge = loss.judge, judge.adversarial == nil, !updated.contains(judge.network),
        let network = context.model.network(judge.network), network.weights == nil
      else { return nil }
      return LintFinding(
        "the features of `\(judge.network)` are random", at: judge.span,
        "no `weights` are loaded, and no phase updates it",
        help: ["give the network `weights: file.safetensors`, for instance those of a classifier that you trained"])
    }
  }

  private static func phases(_ phases: String, losses: String = "") -> String {
    """
    nnc: 1
    data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}}
    networks:
      encoder: {input: photos, layers: [conv: {filters: 8, activation: relu}]}
      model: {input: encoder, layers: [output: {channels: 3}]}
    losses:
      pixel: {mse: {prediction: model, target: photos}}\(losses)
    train:
      epochs: 1
      batch_size: 4
      optimizer: adam
      phases:
    \(phases)

    """
  }

  private static func features(_ keys: String, layers: String = "{deep: 1}") -> String {
    """
    nnc: 1
    data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}}
    networks:
      model: {input: photos, layers: [conv: {filters: 8, activation: relu}, output: {channels: 3}]}
      trunk:
        input: [16, 16, 3]
        \(keys)
        layers: [conv: {name: shallow, filters: 8, activation: relu}, conv: {name: deep, filters: 8}]
    losses:
      pixel: {mse: {prediction: model, target: photos}}
      feature: {perceptual: {network: trunk, layers: \(layers), prediction: model, target: photos}}
    train: {epochs: 1, batch_size: 4, optimizer: adam}

    """
  }
}
