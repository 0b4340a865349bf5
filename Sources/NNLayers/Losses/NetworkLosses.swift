import NNSpec
import NNTensor

/// Losses that other networks of the spec compute.
extension LossDefinition {
  static let perceptual = LossDefinition(
    definition: KindDefinition(
      "perceptual",
      keys: Key.comparison + [
        .required("network", .name, "the network that computes features; it learns nothing from the loss"),
        .required("layers", .weights(.above(0)), "the layers whose outputs are compared, each with its factor"),
        .key("distance", .word(["mse", "mae"]), default: .word("mse"), "how the outputs are compared"),
      ],
      doc:
        "compares features of prediction and target (Johnson and others, 2016); both are mapped to the values that the "
        + "feature network takes, where it says so by `range`, `mean` and `std` or is given data of its own"),
    formula: "Σ over layers of factor · mean of (φ(p) − φ(t))², or of |φ(p) − φ(t)|",
    example: "perceptual: {network: features, layers: {relu1: 1, relu2: 0.5}, prediction: model, target: photos}",
    form: .perceptual)

  static let adversarial = LossDefinition(
    definition: KindDefinition(
      "adversarial",
      keys: [
        .key(
          "kind", .word(AdversarialKind.allCases.map(\.rawValue)), default: .word("vanilla"),
          "how the discriminator's values are judged"),
        .required("discriminator", .name, "the network that tells real samples from generated ones"),
        .required("fake", .name, "the network, or one of its layers, that generates"),
        .required("real", .name, "the field of the data that holds real samples"),
        .optional(
          "label_smoothing", .real(.from(0, below: 1)), absence: "0",
          "how far below 1 the label of real samples is, for `vanilla` and `lsgan`"),
        .optional(
          "clip", .real(.above(0)), absence: "0.01", "the largest magnitude of the discriminator's weights, for `wgan`"),
      ],
      doc: "gives two terms, `NAME.discriminator` and `NAME.generator`, for phases of `train`; `weight` belongs to the "
        + "generator's, the discriminator's weight is 1"),
    formula: "with d the discriminator's values and l = 1 − label_smoothing, means of · vanilla: log(1 + exp(d)) − l d "
      + "(real), log(1 + exp(d)) (fake), log(1 + exp(−d)) (generator) · lsgan: (d − l)², d², (d − 1)² · hinge: "
      + "max(0, 1 − d), max(0, 1 + d), −d · wgan: −d, d, −d; the discriminator's term is the sum of real and fake",
    example: "adversarial: {kind: hinge, discriminator: critic, fake: model, real: photos}", form: .adversarial)
}
