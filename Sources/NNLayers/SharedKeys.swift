import NNSpec
import NNTensor

extension Key {
  /// Sizes far beyond any network, so that the arithmetic of shapes cannot overflow.
  static let largestSize = 65_536
  /// Channels and units.
  static let largestCount = 16_777_216

  static let filters = Key.required("filters", .integer(1...largestCount), "channels of the output")
  static let bias = Key.key(
    "bias", .boolean, default: .boolean(true), "adds a learnt value per output channel"
  ).incidental
  static let activation = Key.optional(
    "activation", .kind(activationFamily), absence: "none", "the function applied to the sums",
    implied: { $0.bareKind("none") }
  ).incidental
  static let initializer = Key.key(
    "initializer", .word(["he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "zeros"]),
    default: .word("he_normal"),
    "how the weights are first drawn; the fan-in of a transposed convolution counts the taps that its stride leaves to each "
      + "result"
  ).incidental
  static let kernel = Key.key(
    "kernel", .pair(1...largestSize), default: .pair(SizePair(3)), "rows and columns of the kernel")
  static let stride = Key.key(
    "stride", .pair(1...largestSize), default: .pair(SizePair(1)), "pixels between neighbouring windows")
  static let dilation = Key.key(
    "dilation", .pair(1...largestSize), default: .pair(SizePair(1)), "pixels between the kernel's taps")
  static let padding = Key.key(
    "padding", .oneOf([.word(["same", "valid"]), .pair(0...largestSize)]), default: .word("same"),
    "zeros around the input: `same` keeps size ÷ stride (the odd row goes below and right), `valid` adds none")
  static let groups = Key.key(
    "groups", .integer(1...largestCount), default: .integer(1), "parts into which the channels are split")
  static let normalization = Key.optional(
    "normalization", .kind(normalizationFamily), absence: "none", "what normalises the sums before the activation",
    implied: { $0.bareKind("none") }
  ).incidental
  static let spectralNorm = Key.key(
    "spectral_norm", .boolean, default: .boolean(false), "divides the weights by their largest singular value"
  ).incidental

  /// Functions without numbers of their own, and leaky_relu.
  static let activationFamily = KindFamily(
    "activation",
    [
      ("none", "x"), ("relu", "max(x, 0)"), ("elu", "x, or exp(x) − 1 below zero"),
      ("gelu", "x · Φ(x), Φ the distribution function of the standard normal"), ("silu", "x · sigmoid(x)"),
      ("sigmoid", "1 / (1 + exp(−x))"), ("tanh", "the hyperbolic tangent"),
      ("softmax", "exp(x) / Σ exp(x), the sum over channels"),
    ].map { KindDefinition($0, keys: [], doc: $1) }
      + [KindDefinition("leaky_relu", keys: [slope], doc: "x, or slope · x below zero")])
  static let slope = Key.key("slope", .real(.any), default: .real(0.2), "the factor below zero of `leaky_relu`")
}

extension Activation {
  /// The activation called `name` in specs.
  init?(name: String, slope: Double?) {
    switch name {
    case "none": self = .none
    case "relu": self = .relu
    case "leaky_relu": self = .leakyRelu(slope: Float(slope ?? 0.2))
    case "elu": self = .elu
    case "gelu": self = .gelu
    case "silu": self = .silu
    case "sigmoid": self = .sigmoid
    case "tanh": self = .tanh
    case "softmax": self = .softmax
    default: return nil
    }
  }
}
