import NNDiagnostics
import NNSpec

/// A few kinds that stand for the real registry in tests of the reader.
enum SampleKinds {
  static let activations = KindFamily(
    "activation",
    [
      KindDefinition("none", keys: [], doc: "Nothing."), KindDefinition("relu", keys: [], doc: "ReLU."),
      KindDefinition(
        "leaky_relu", keys: [.key("slope", .real(.any), default: .real(0.2), "The slope.")], doc: "Leaky ReLU."),
      KindDefinition("sigmoid", keys: [], doc: "Sigmoid."), KindDefinition("softmax", keys: [], doc: "Softmax."),
    ])

  static let activation = Key.optional("activation", .kind(activations), "What is applied to the output.")
  static let convolution: [Key] = [
    .required("filters", .integer(1...), "How many channels come out."),
    .key("kernel", .pair(1...), default: .pair(SizePair(3)), "The window."),
    .key("stride", .pair(1...), default: .pair(SizePair(1)), "The step."),
    .key("padding", .oneOf([.word(["same", "valid"]), .pair(0...)]), default: .word("same"), "The border."),
    .key("bias", .boolean, default: .boolean(true), "Whether a bias is added."),
    activation,
  ]

  static let layers = KindFamily(
    "layer", commonKeys: KindFamily.layerKeys,
    [
      KindDefinition("conv", keys: convolution, doc: "A convolution."),
      KindDefinition(
        "transposed_conv",
        keys: convolution + [.key("output_padding", .pair(0...), default: .pair(SizePair(0)), "Added size.")],
        doc: "A transposed convolution."),
      KindDefinition(
        "bottleneck", keys: [.required("filters", .integer(1...), "How many channels come out."), activation],
        doc: "A 1×1 convolution."),
      KindDefinition(
        "output", keys: [.required("channels", .integer(1...), "How many channels come out."), activation],
        doc: "A 1×1 convolution."),
      KindDefinition(
        "max_pool",
        keys: [
          .key("size", .pair(1...), default: .pair(SizePair(2)), "The window."),
          .optional("stride", .pair(1...), absence: "= size", "The step."),
        ], doc: "The maximum."),
      KindDefinition("flatten", keys: [], doc: "One row."),
      KindDefinition(
        "dense", keys: [.required("units", .integer(1...), "How many values come out."), activation],
        doc: "A matrix product."),
      KindDefinition(
        "dropout", keys: [.required("rate", .real(.from(0, below: 1)), "The share of zeros.")], doc: "Zeros."),
    ])

  static let losses = KindFamily(
    "loss",
    ["mse", "mae", "cross_entropy"].map { name in
      KindDefinition(
        name,
        keys: [
          .optional("prediction", .name, "What is compared."), .optional("target", .name, "With what."),
        ], doc: "A loss.")
    })

  /// A spec with its layers and losses decoded.
  struct Decoded {
    var reading: SpecReading
    var layers: [Arguments?] = []
    var losses: [Arguments?] = []
  }

  static func decode(_ reading: SpecReading) -> Decoded {
    var decoded = Decoded(reading: reading)
    for layer in reading.spec?.networks.flatMap(\.layers) ?? [] where !layer.isReported {
      decoded.layers.append(
        layers.decode(layer.item, in: layer.environment, diagnostics: &decoded.reading.diagnostics))
    }
    for loss in reading.spec?.losses ?? [] {
      decoded.losses.append(losses.decode(loss.item, in: loss.environment, diagnostics: &decoded.reading.diagnostics))
    }
    return decoded
  }
}
