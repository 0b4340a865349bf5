import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong in losses that other networks compute.
  static let judges: [DiagnosticPage] = [
    DiagnosticPage(
      .judgeTakesSeveral, "a loss uses a network with several inputs",
      """
      A perceptual loss gives its feature network one image, an adversarial loss its discriminator one. A network whose `input`
      is a map of several would not know which of them it is.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          critic: {input: {real: [16, 16, 3]}, layers: [conv: {filters: 8, stride: 2, from: real}, dense: {units: 1}]}
        losses:
          pixel: {mse: {prediction: painter}}
          adv: {adversarial: {kind: hinge, discriminator: critic, fake: painter, real: photos}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
          phases:
            - {name: judge, update: [critic], losses: [adv.discriminator]}
            - {name: paint, update: [painter], losses: [pixel, adv.generator]}
        """,
      repair: [("{real: [16, 16, 3]}", "[16, 16, 3]"), (", from: real", "")]),
    DiagnosticPage(
      .unusedOption, "an adversarial loss has an option that its kind does not use",
      """
      `label_smoothing` belongs to `vanilla` and `lsgan`, which compare with labels; `clip` belongs to `wgan`, which bounds the
      critic's weights. An option that does nothing would only look as if it did.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          critic: {input: [16, 16, 3], layers: [conv: {filters: 8, stride: 2}, dense: {units: 1}]}
        losses:
          pixel: {mse: {prediction: painter}}
          adv: {adversarial: {kind: hinge, clip: 0.01, discriminator: critic, fake: painter, real: photos}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
          phases:
            - {name: judge, update: [critic], losses: [adv.discriminator]}
            - {name: paint, update: [painter], losses: [pixel, adv.generator]}
        """,
      repair: [(", clip: 0.01", "")]),
    DiagnosticPage(
      .boundedDiscriminator, "a discriminator ends in an activation that bounds it",
      """
      Adversarial losses are defined on raw values. `vanilla` applies the sigmoid itself, stably; `lsgan`, `hinge` and `wgan`
      need values beyond 0 and 1.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          critic: {input: [16, 16, 3], layers: [conv: {filters: 8, stride: 2}, dense: {units: 1, activation: sigmoid}]}
        losses:
          pixel: {mse: {prediction: painter}}
          adv: {adversarial: {kind: vanilla, discriminator: critic, fake: painter, real: photos}}
        train:
          steps: 500
          batch_size: 4
          optimizer: adam
          phases:
            - {name: judge, update: [critic], losses: [adv.discriminator]}
            - {name: paint, update: [painter], losses: [pixel, adv.generator]}
        """,
      repair: [(", activation: sigmoid", "")]),
    DiagnosticPage(
      .unknownValues, "values cannot be mapped to those that a feature network takes",
      """
      A feature network says by `range`, `mean` and `std` which values its weights were made for, and pictures are mapped to
      them. The numbers of a `.npy` file are used as they are, and nothing says which of them are black and white.
      """,
      example: SpecExample(
        """
        nnc: 1
        data: {photos: {npy: photos.npy, validation: 25%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          features:
            input: [8, 8, 3]
            range: [0, 255]
            frozen: true
            layers: [conv: {name: edges, filters: 8}]
        losses:
          pixel: {mse: {prediction: painter}}
          look: {perceptual: {network: features, layers: {edges: 1}, prediction: painter}}
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """, files: [.init("photos.npy", .zeros([40, 8, 8, 3]))]),
      repair: [("    range: [0, 255]\n", "")]),
    DiagnosticPage(
      .channelNumbers, "there are not as many numbers as channels",
      """
      `mean` and `std` of a feature network have one number for each channel of what the loss gives it, or a single number for
      all.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          features:
            input: [16, 16, 3]
            mean: [0.5, 0.5]
            frozen: true
            layers: [conv: {name: edges, filters: 8}]
        losses:
          pixel: {mse: {prediction: painter}}
          look: {perceptual: {network: features, layers: {edges: 1}, prediction: painter}}
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("[0.5, 0.5]", "[0.5, 0.5, 0.5]")]),
  ]
}
