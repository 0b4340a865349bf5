import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong between phases, networks and losses.
  static let phases: [DiagnosticPage] = [
    DiagnosticPage(
      .phaseUpdatesFrozen, "a phase updates a network that never trains",
      """
      `frozen: true` says that a network never trains, `update` of a phase that it does.
      """,
      example: adversarial(frozen: "frozen: true, "), repair: [("frozen: true, ", "")]),
    DiagnosticPage(
      .phaseNamesWholeLoss, "a phase names an adversarial loss without saying which side",
      """
      An adversarial loss gives two terms that pull in opposite directions: `.discriminator`, which the discriminator minimises
      in one phase, and `.generator`, which the generator minimises in another.
      """,
      example: adversarial(
        phases: """
          phases:
              - {name: critic, update: [critic], losses: [fool]}
              - {name: model, update: [model], losses: [pixel, fool.generator]}
          """), repair: [("[fool]", "[fool.discriminator]")]),
    DiagnosticPage(
      .phaseWithoutGradient, "a phase updates a network that none of its losses depends on",
      """
      A phase moves the weights of the networks in `update` so that its `losses` fall. Where no loss depends on a network, there
      is nothing to learn from, and its weights would stay as they are.
      """,
      example: adversarial(
        phases: """
          phases:
              - {name: critic, update: [critic], losses: [fool.discriminator]}
              - {name: model, update: [model, critic], losses: [pixel]}
              - {name: fool, update: [model], losses: [fool.generator]}
          """), repair: [("[model, critic]", "[model]")]),
    DiagnosticPage(
      .adversarialNeedsPhases, "an adversarial loss is minimised by one phase of everything",
      """
      Discriminator and generator work against each other: what the one learns from is the loss of the other. Each needs a
      phase of its own, with its own term; without `phases` both terms would reach both networks and cancel.
      """,
      example: SpecExample(adversarial(phases: "")), corrected: SpecExample(adversarial())),
    DiagnosticPage(
      .discriminatorHelps, "a discriminator is updated by the generator's term",
      """
      The generator's term falls when the discriminator takes generated samples for real ones. A phase that minimises it and
      updates the discriminator teaches that to be deceived.
      """,
      example: adversarial(
        phases: """
          phases:
              - {name: critic, update: [critic], losses: [fool.discriminator]}
              - {name: model, update: [model, critic], losses: [pixel, fool.generator]}
          """), repair: [("[model, critic]", "[model]")]),
    DiagnosticPage(
      .featuresLearn, "a perceptual loss updates the network that computes its features",
      """
      Features are a fixed yardstick. A network that may change to make its own loss small learns to see no difference between
      any two images, and the loss falls to 0 while nothing improves.
      """,
      example: perceptual(""), repair: [("layers: [conv", "frozen: true, weights: features.safetensors, layers: [conv")]
    ),
  ]

  private static func perceptual(_ keys: String) -> SpecExample {
    let text = """
      nnc: 1
      data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
      networks:
        model: {input: photos, layers: [output: {channels: 3, activation: sigmoid}]}
        features: {input: [8, 8, 3], \(keys)layers: [conv: {name: edges, filters: 1, bias: false, kernel: 1}]}
      losses:
        pixel: {mse: {prediction: model, target: photos}}
        look: {perceptual: {network: features, layers: {edges: 1}, prediction: model, target: photos}}
      train: {epochs: 1, batch_size: 4, optimizer: adam}
      """
    return SpecExample(text, files: [SpecExample.File("features.safetensors", .bytes(weights))])
  }

  /// A safetensors file with the weights of `features`: the mean of the channels.
  private static var weights: [UInt8] {
    let header = #"{"features.edges.weight":{"dtype":"F32","shape":[1,3,1,1],"data_offsets":[0,12]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    let length = withUnsafeBytes(of: UInt64(padded.utf8.count).littleEndian) { Array($0) }
    let third = withUnsafeBytes(of: Float(1.0 / 3).bitPattern.littleEndian) { Array($0) }
    return length + Array(padded.utf8) + third + third + third
  }
}
