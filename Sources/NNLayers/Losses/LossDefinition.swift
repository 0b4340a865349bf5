import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// A kind of loss: everything about it in one value.
public struct LossDefinition: Sendable {
  /// Its name, keys and one-sentence description.
  public let definition: KindDefinition
  /// What it computes, as the reference page gives it.
  public let formula: String
  /// A loss of this kind as a spec would write it.
  public let example: String
  /// How it is built.
  let form: Form

  /// How losses are built from valid arguments.
  enum Form: Sendable {
    /// One operation on a prediction and perhaps a target.
    case comparison(@Sendable (Arguments) -> LossKind)
    /// A comparison of features that another network computes.
    case perceptual
    /// What a discriminator says of real and generated samples: a term for it, and one for the generator.
    case adversarial
  }

  init(definition: KindDefinition, formula: String, example: String, form: Form) {
    self.definition = definition
    self.formula = formula
    self.example = example
    self.form = form
  }

  /// A comparison.
  init(
    definition: KindDefinition, formula: String, example: String, kind: @escaping @Sendable (Arguments) -> LossKind
  ) {
    self.init(definition: definition, formula: formula, example: example, form: .comparison(kind))
  }

  /// The kind's name in specs.
  public var name: String { definition.name }
}

/// All kinds of losses.
public enum LossRegistry {
  /// In the order in which the reference lists them.
  public static let all: [LossDefinition] = [
    .mse, .mae, .huber, .binaryCrossEntropy, .crossEntropy, .ssim, .totalVariation, .perceptual,
    .adversarial,
  ]

  /// What a loss may be.
  public static let family = KindFamily("loss", all.map(\.definition))

  /// The kind named `name`.
  public static func definition(_ name: String) -> LossDefinition? { all.first { $0.name == name } }
}

extension Key {
  /// What losses compare.
  static let comparison: [Key] = [
    .optional("prediction", .name, absence: "the only network", "a network, or one of its layers"),
    .optional("target", .name, absence: "the data's target", "a field of the data"),
  ]
}

extension LossDefinition {
  static let mse = LossDefinition(
    definition: KindDefinition("mse", keys: Key.comparison, doc: "mean squared error"),
    formula: "mean over all values of (p − t)²", example: "mse: {prediction: model, target: photos}"
  ) { _ in .mse }

  static let mae = LossDefinition(
    definition: KindDefinition("mae", keys: Key.comparison, doc: "mean absolute error"),
    formula: "mean over all values of |p − t|", example: "mae: {prediction: model, target: photos}"
  ) { _ in .mae }

  static let huber = LossDefinition(
    definition: KindDefinition(
      "huber",
      keys: Key.comparison + [
        .key("delta", .real(.above(0)), default: .real(1), "where the loss turns from quadratic to linear")
      ], doc: "quadratic near zero, linear beyond `delta`"),
    formula: "mean of ½ d² where d = |p − t| < delta, else delta · (d − ½ delta)",
    example: "huber: {prediction: model, target: photos, delta: 0.1}"
  ) { .huber(delta: Float($0.real("delta") ?? 1)) }

  static let binaryCrossEntropy = LossDefinition(
    definition: KindDefinition(
      "binary_cross_entropy", keys: Key.comparison, doc: "for outputs of a sigmoid and targets between 0 and 1"),
    formula: "mean of −(t log p + (1 − t) log(1 − p)), from the logits",
    example: "binary_cross_entropy: {prediction: model, target: photos}"
  ) { _ in .binaryCrossEntropy }

  static let crossEntropy = LossDefinition(
    definition: KindDefinition(
      "cross_entropy", keys: Key.comparison, doc: "for outputs of a softmax and class labels"),
    formula: "mean over the batch of −log p[label], from the logits",
    example: "cross_entropy: {target: digits.label}"
  ) { _ in .crossEntropy }

  static let ssim = LossDefinition(
    definition: KindDefinition(
      "ssim",
      keys: Key.comparison + [
        .key("window", .integer(3...33), default: .integer(11), "rows and columns of the Gaussian window"),
        .key("sigma", .real(.from(0.01, to: 1000)), default: .real(1.5), "the window's standard deviation in pixels"),
      ], doc: "one less the structural similarity of images whose values span 1"),
    formula: "1 − mean of (2 μp μt + c1)(2 σpt + c2) / ((μp² + μt² + c1)(σp² + σt² + c2)), c1 = 0.01², c2 = 0.03², "
      + "where the window fits", example: "ssim: {prediction: model, target: photos}"
  ) { .ssim(window: $0.integer("window") ?? 11, deviation: Float($0.real("sigma") ?? 1.5)) }

  static let totalVariation = LossDefinition(
    definition: KindDefinition(
      "total_variation", keys: [Key.comparison[0]], doc: "how much neighbouring pixels of the prediction differ"),
    formula: "mean of |p − q| over all pairs of neighbouring pixels p and q, beside and below each other",
    example: "total_variation: {prediction: model}"
  ) { _ in .totalVariation }
}
