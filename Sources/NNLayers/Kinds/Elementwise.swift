import NNGraph
import NNSpec
import NNTensor

extension LayerKind {
  static let activation = LayerKind(
    KindDefinition(
      "activation",
      keys: [
        .required(
          "kind",
          .word(["relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "softmax", "none"]), "the function"),
        .optional(
          "slope", .real(.any), absence: "0.2 for `leaky_relu`", "the factor below zero of `leaky_relu`",
          implied: { $0.word("kind") == "leaky_relu" ? .real(0.2) : nil }),
      ], shorthand: "kind", doc: "an activation function as a layer of its own"),
    shapeRule: "the same", formula: "y = f(x)", example: "activation: {kind: leaky_relu, slope: 0.1}", keepsShape: true
  ) { context in
    let arguments = context.arguments
    guard let word = arguments.word("kind"), let activation = Activation(name: word, slope: arguments.real("slope"))
    else { return nil }
    if arguments.isGiven("slope"), word != "leaky_relu" {
      return context.fail(.slopeWithoutLeakyRelu(word, at: arguments.keySpan(of: "slope")))
    }
    context.summary = word
    let value = context.activate(context.input.value, activation)
    return context.signal(value, field: context.input.field)
  }

  static let dropout = LayerKind(
    KindDefinition(
      "dropout", keys: [.required("rate", .scheduled(.from(0, below: 1)), "the probability that a value becomes zero")],
      shorthand: "rate", doc: "sets random values to zero and scales the others, in training only"),
    shapeRule: "the same; nothing when run", formula: "y = x / (1 − rate), or 0 with probability rate",
    example: "dropout: {rate: 0.25}", keepsShape: true
  ) { context in
    context.applyRandom("rate") { Dropout(rate: $0, stream: $1, isScheduled: $2) }
  }

  static let upsample = LayerKind(
    KindDefinition(
      "upsample",
      keys: [
        .key("factor", .pair(1...Key.largestSize), default: .pair(SizePair(2)), "how many times larger"),
        .key("method", .word(["nearest", "bilinear"]), default: .word("nearest"), "how values are filled in"),
      ], shorthand: "factor", doc: "enlarges an image without learnt weights"),
    shapeRule: "size · factor", formula: "nearest repeats values; bilinear interpolates, corners not aligned",
    example: "upsample: {factor: 2, method: bilinear}"
  ) { context in
    guard let factor = context.arguments.size("factor"), let size = context.requireImage(),
      let method = context.arguments.word("method").flatMap(Interpolation.init),
      context.isAffordable(
        [context.batch, size.height * factor.height, size.width * factor.width, context.input.channels], "its output")
    else { return nil }
    context.summary = "upsample \(factor) \(method.rawValue)"
    context.arithmetic = "\(size.height) * \(factor.height)"
    let value = context.apply(Upsample(Upsampling(factor: factor, method: method)), context.input.value)
    let taps = method == .bilinear ? Size2D(2, 2) : Size2D(1, 1)
    return context.signal(value, field: context.input.field.after(taps: taps, enlarging: factor))
  }
}
