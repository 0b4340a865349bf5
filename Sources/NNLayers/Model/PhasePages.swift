import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong between phases, networks and losses.
  static let phases: [DiagnosticPage] = [
    DiagnosticPage(
      .phaseUpdatesFrozen, "a phase updates a frozen network",
      """
      `frozen: true` says that a network never trains. A phase that updates it contradicts that.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          small: {input: photos, frozen: true, layers: [output: {channels: 3}]}
          large: {input: photos, layers: [conv: {filters: 8}, output: {channels: 3}]}
        losses:
          one: {mse: {prediction: small}}
          two: {mse: {prediction: large}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
          phases:
            - {name: first, update: [small], losses: [one]}
            - {name: second, update: [large], losses: [two]}
        """,
      repair: [(" frozen: true,", "")]),
    DiagnosticPage(
      .phaseNamesWholeLoss, "a phase names an adversarial loss as a whole",
      """
      An adversarial loss has two terms that work against each other: `.discriminator` is minimised by the phase that updates
      the discriminator, `.generator` by the one that updates the generator.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          critic: {input: [16, 16, 3], layers: [conv: {filters: 8, stride: 2}, dense: {units: 1}]}
        losses:
          pixel: {mse: {prediction: painter}}
          adv: {adversarial: {kind: hinge, discriminator: critic, fake: painter, real: photos}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
          phases:
            - {name: judge, update: [critic], losses: [adv]}
            - {name: paint, update: [painter], losses: [pixel, adv.generator]}
        """,
      repair: [("[adv]", "[adv.discriminator]")]),
    DiagnosticPage(
      .phaseWithoutGradient, "a network in a phase learns nothing from its losses",
      """
      What a phase updates has to take part in one of the losses that the phase minimises. Otherwise its gradient is zero, and
      it only costs time.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          small: {input: photos, layers: [output: {channels: 3}]}
          large: {input: photos, layers: [conv: {filters: 8}, output: {channels: 3}]}
        losses:
          one: {mse: {prediction: small}}
          two: {mse: {prediction: large}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
          phases:
            - {name: first, update: [small], losses: [one, two]}
            - {name: second, update: [large], losses: [one]}
        """,
      repair: [("losses: [one]", "losses: [two]"), ("losses: [one, two]", "losses: [one]")]),
    DiagnosticPage(
      .adversarialNeedsPhases, "an adversarial loss is trained without phases",
      """
      The discriminator and the generator want opposite things. Updated together by the sum of all losses neither would learn, so
      `train` has a phase for each.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          critic: {input: [16, 16, 3], layers: [conv: {filters: 8, stride: 2}, dense: {units: 1}]}
        losses:
          pixel: {mse: {prediction: painter}}
          adv: {adversarial: {kind: hinge, discriminator: critic, fake: painter, real: photos}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
        """,
      repair: [
        (
          "optimizer: adam",
          "optimizer: adam\n  phases:\n    - {name: judge, update: [critic], losses: [adv.discriminator]}\n    - {name: paint, update: [painter], losses: [pixel, adv.generator]}"
        )
      ]),
    DiagnosticPage(
      .discriminatorHelps, "a phase lets the discriminator learn to be deceived",
      """
      The generator's term is small where the discriminator takes the generated for real. A phase that minimises it and also
      updates the discriminator teaches the discriminator to say so.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          critic: {input: [16, 16, 3], layers: [conv: {filters: 8, stride: 2}, dense: {units: 1}]}
        losses:
          pixel: {mse: {prediction: painter}}
          adv: {adversarial: {kind: hinge, discriminator: critic, fake: painter, real: photos}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
          phases:
            - {name: judge, update: [critic], losses: [adv.discriminator]}
            - {name: paint, update: [painter, critic], losses: [pixel, adv.generator]}
        """,
      repair: [("update: [painter, critic]", "update: [painter]")]),
    DiagnosticPage(
      .featuresLearn, "a feature network learns by its own perceptual loss",
      """
      The loss is smallest where the features see no difference, so the network would learn to see none. Freeze it, or train it
      in a phase of its own by another loss.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          features: {input: [16, 16, 3], layers: [conv: {name: edges, filters: 8}]}
        losses:
          pixel: {mse: {prediction: painter}}
          look: {perceptual: {network: features, layers: {edges: 1}, prediction: painter}}
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("features: {input: [16, 16, 3],", "features: {input: [16, 16, 3], frozen: true,")]),
    DiagnosticPage(
      .networkInNoPhase, "no phase updates a network",
      """
      A warning: where `train` has phases, a network that is in none keeps its first, random weights. If that is meant, say
      `frozen: true`.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          small: {input: photos, layers: [output: {channels: 3}]}
          large: {input: photos, layers: [conv: {filters: 8}, output: {channels: 3}]}
        losses:
          one: {mse: {prediction: small}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
          phases:
            - {name: first, update: [small], losses: [one]}
        """,
      repair: [("  large: {input: photos,", "  large: {input: photos, frozen: true,")]),
    DiagnosticPage(
      .lossInNoPhase, "no phase minimises a loss",
      """
      A warning: where `train` has phases, a loss that is in none has no effect.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          small: {input: photos, layers: [output: {channels: 3}]}
          large: {input: photos, layers: [conv: {filters: 8}, output: {channels: 3}]}
        losses:
          one: {mse: {prediction: small}}
          two: {mse: {prediction: large}}
          three: {mae: {prediction: large}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
          phases:
            - {name: first, update: [small], losses: [one]}
            - {name: second, update: [large], losses: [two]}
        """,
      repair: [("losses: [two]", "losses: [two, three]")]),
    DiagnosticPage(
      .randomFeatures, "the features of a perceptual loss are random",
      """
      A warning: the feature network is frozen and no weights are loaded, so the loss compares by features that mean little. Give
      it the weights of a network that has learnt something, for instance a classifier.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          features: {input: [16, 16, 3], frozen: true, layers: [conv: {name: edges, filters: 8}]}
        losses:
          pixel: {mse: {prediction: painter}}
          look: {perceptual: {network: features, layers: {edges: 1}, prediction: painter}}
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("  look: {perceptual: {network: features, layers: {edges: 1}, prediction: painter}}\n", "")]),
  ]
}
