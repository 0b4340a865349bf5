import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong in losses that other networks compute.
  static let judges: [DiagnosticPage] = [
    DiagnosticPage(
      .judgeTakesSeveral, "a loss applies a network that takes several inputs",
      """
      A perceptual or adversarial loss gives its network one image: the prediction, then the target. It cannot know what the
      other inputs should be.
      """,
      example: features(input: "{a: photos, b: photos}", from: "from: a, "),
      repair: [("{a: photos, b: photos}", "photos"), ("from: a, ", "")]),
    DiagnosticPage(
      .unusedOption, "an option of an adversarial loss belongs to another kind",
      """
      `label_smoothing` moves the label that real samples get, which only `vanilla` and `lsgan` have. `clip` limits the
      discriminator's weights, which only `wgan` needs. Elsewhere they would do nothing, silently.
      """,
      example: adversarial("{kind: hinge, clip: 0.01, discriminator: critic, fake: model, real: photos}"),
      repair: [("hinge", "wgan")]),
    DiagnosticPage(
      .boundedDiscriminator, "a discriminator's last activation bounds what it can say",
      """
      All kinds of adversarial losses judge raw values; `vanilla` takes them as logits and applies the sigmoid itself, in a
      form that does not saturate. A second sigmoid before it, or a `tanh`, flattens the gradient that both networks learn from.
      """,
      example: adversarial(critic: "{units: 1, activation: sigmoid}"),
      repair: [("units: 1, activation: sigmoid", "units: 1")]),
    DiagnosticPage(
      .unknownValues, "values of data cannot be mapped to those of a feature network",
      """
      A feature network that says which `range`, `mean` and `std` its input has gets the prediction and the target mapped to
      them. The values of an `npy` file are taken as they are, so that nobody knows which of them are black and white.
      """,
      example: SpecExample(
        features("npy: maps.npy", keys: "range: [0, 1], "), files: [SpecExample.File("maps.npy", .bytes(maps))]),
      repair: [("range: [0, 1], ", "")]),
    DiagnosticPage(
      .channelNumbers, "a network's `mean` or `std` has not one number per channel",
      """
      `mean` and `std` hold a number for each channel of the network's input: three for a colour image.
      """,
      example: features(keys: "std: [1], "), repair: [("std: [1]", "std: [1, 1, 1]")]),
    DiagnosticPage(
      .valuesDiffer, "a network says it takes other values than its data gives it",
      """
      `range`, `mean` and `std` of a network say which values its input has, so that losses map images to them. A network that
      is trained or run on data of this spec takes the values of that data, whatever it says.
      """,
      example: features(keys: "range: [-1, 1], "), repair: [("range: [-1, 1], ", "")]),
    DiagnosticPage(
      .clipsDiffer, "two losses keep a discriminator's weights within different limits",
      """
      `clip` of a `wgan` loss (0.01 where it is not given) limits the weights of its discriminator after each update. A
      discriminator that two such losses train has one set of weights, and so one limit.
      """,
      example: adversarial(
        "{kind: wgan, clip: 0.1, discriminator: critic, fake: model, real: photos}",
        more: "\n  look: {adversarial: {kind: wgan, discriminator: critic, fake: model, real: photos}}",
        phases: """
          phases:
              - {name: critic, update: [critic], losses: [fool.discriminator, look.discriminator]}
              - {name: model, update: [model], losses: [pixel, fool.generator, look.generator]}
          """),
      repair: [("clip: 0.1, ", "")]),
  ]

  /// A NumPy file of ten images of zeros.
  private static var maps: [UInt8] {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (10, 8, 8, 3), }"
    let padding = String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array((header + padding).utf8)
      + [UInt8](repeating: 0, count: 10 * 8 * 8 * 3 * 4)
  }

  private static func features(
    _ data: String = "images: data/photos", keys: String = "", input: String = "photos", from: String = ""
  ) -> String {
    """
    nnc: 1
    data: {photos: {\(data), shape: [8, 8, 3], validation: 10%}}
    networks:
      model: {input: photos, layers: [output: {channels: 3, activation: sigmoid}]}
      features:
        {input: \(input), \(keys)layers: [conv: {name: edges, \(from)filters: 4, activation: relu}, output: {channels: 3}]}
    losses:
      pixel: {mse: {prediction: model, target: photos}}
      look: {perceptual: {network: features, layers: {edges: 1}, prediction: model, target: photos}}
      own: {mse: {prediction: features, target: photos}}
    train:
      epochs: 1
      batch_size: 4
      optimizer: adam
      phases:
        - {name: features, update: [features], losses: [own]}
        - {name: model, update: [model], losses: [pixel, look]}
    """
  }

  /// A spec with this adversarial loss and this last layer of the discriminator.
  static func adversarial(
    _ loss: String = "{discriminator: critic, fake: model, real: photos}", critic: String = "{units: 1}",
    frozen: String = "", more: String = "",
    phases: String = """
    phases:
        - {name: critic, update: [critic], losses: [fool.discriminator]}
        - {name: model, update: [model], losses: [pixel, fool.generator]}
    """
  ) -> String {
    """
    nnc: 1
    data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
    networks:
      model: {input: photos, layers: [output: {channels: 3, activation: sigmoid}]}
      critic: {input: [8, 8, 3], \(frozen)layers: [conv: {filters: 4, activation: relu}, dense: \(critic)]}
    losses:
      pixel: {mse: {prediction: model, target: photos}}
      fool: {adversarial: \(loss), weight: 0.01}\(more)
    train:
      epochs: 1
      batch_size: 4
      optimizer: adam
      \(phases)
    """
  }
}
