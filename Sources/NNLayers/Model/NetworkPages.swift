import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong between networks.
  static let networks: [DiagnosticPage] = [
    DiagnosticPage(
      .networkCycle, "a network takes its own output as input",
      """
      Directly or by way of others, no network in the circle could be computed first. One of them needs a data source or a
      shape as input.
      """,
      example: """
        nnc: 1
        networks:
          encoder: {input: decoder, layers: [conv: {filters: 8}]}
          decoder: {input: encoder, layers: [conv: {filters: 3}]}
        """,
      repair: [("input: decoder", "input: [8, 8, 3]")]),
    DiagnosticPage(
      .inputHasNames, "a layer does not say which of several inputs it takes",
      """
      Where `input` is a map, there is no single input to begin with: the first layer, and every use of `input`, names one.
      """,
      example: """
        nnc: 1
        network:
          input: {left: [8, 8, 3], right: [8, 8, 3]}
          layers:
            - conv: {filters: 8}
        """,
      repair: [("{filters: 8}", "{filters: 8, from: left}")]),
    DiagnosticPage(
      .predictionNeeded, "a loss does not say which network it is about",
      """
      Where only one network is used by no other, its output is the prediction. Where there are several of them, the loss
      names one: `mse: {prediction: decoder}`.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        networks:
          small: {input: photos, layers: [output: {channels: 3}]}
          large: {input: photos, layers: [conv: {filters: 8, activation: relu}, output: {channels: 3}]}
        losses: {pixel: {mse: {target: photos}}, coarse: {mse: {prediction: small, target: photos}}}
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("{target: photos}", "{prediction: large, target: photos}")]),
    DiagnosticPage(
      .blockHidesKind, "a block has the name of a kind of layer",
      """
      `- conv: …` would then mean two things. Give the block another name.
      """,
      example: """
        nnc: 1
        blocks:
          conv: {layers: [batch_norm]}
        network: {input: [8, 8, 3], layers: [flatten]}
        """,
      repair: [("  conv:", "  conv_block:")]),
    DiagnosticPage(
      .inputDiffers, "a network is applied to something of another shape",
      """
      The weights of a network fit one shape of input. A network whose input is a bare shape is applied to what losses name,
      and that has to have the shape.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        networks:
          painter: {input: photos, layers: [output: {channels: 3}]}
          critic: {input: [32, 32, 3], layers: [conv: {filters: 8, stride: 2}, dense: {units: 1}]}
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
      repair: [("[32, 32, 3]", "[16, 16, 3]")]),
  ]
}
