import NNGraph
import NNSpec
import NNTensor

extension Key {
  fileprivate static let margins: [Key] = ["top", "bottom", "left", "right"].map { side in
    .optional(
      side, .integer(0...largestSize), absence: "= all, or 0", "at the \(side)",
      implied: { .integer($0.integer("all") ?? 0) })
  }
  fileprivate static let allMargins = Key.optional(
    "all", .integer(0...largestSize), absence: "0", "rows and columns at each side that is not named")
}

extension LayerKind {
  static let depthToSpace = LayerKind(
    KindDefinition(
      "depth_to_space",
      keys: [.key("factor", .pair(1...Key.largestSize), default: .pair(SizePair(2)), "how many times larger")],
      shorthand: "factor", doc: "lays channels out as blocks of pixels, PyTorch's `pixel_shuffle`"),
    shapeRule: "size · factor by channels ÷ (factor height · factor width)",
    formula: "y[h · fh + i, w · fw + j, c] = x[h, w, (c · fh + i) · fw + j]", example: "depth_to_space: {factor: 2}"
  ) { context in
    guard let factor = context.arguments.size("factor"), let size = context.requireImage() else { return nil }
    let channels = context.input.channels
    guard channels % factor.area == 0 else {
      let key = context.arguments.isGiven("factor") ? "factor" : context.arguments.kind
      return context.fail(.factorDoesNotDivide(factor, channels, at: context.arguments.span(of: key)))
    }
    context.summary = "depth_to_space \(factor)"
    context.arithmetic = "\(size.height) * \(factor.height)"
    let value = context.apply(DepthToSpace(factor: factor), context.input.value)
    return context.signal(value, field: context.input.field.after(taps: Size2D(1, 1), enlarging: factor))
  }

  static let pad = LayerKind(
    KindDefinition(
      "pad",
      keys: [Key.allMargins] + Key.margins + [
        .key("value", .real(.any), default: .real(0), "what the new pixels hold")
      ], shorthand: "all", doc: "rows and columns of one value around an image"),
    shapeRule: "size + top + bottom (height), + left + right (width)",
    formula: "y[h + top, w + left] = x[h, w], else value",
    example: "pad: {all: 1}"
  ) { context in
    guard let size = context.requireImage() else { return nil }
    let margins = context.margins
    guard
      context.isAffordable(
        [
          context.batch, size.height + margins.total.height, size.width + margins.total.width, context.input.channels,
        ], "its output")
    else { return nil }
    context.arithmetic = "\(size.height) + \(margins.top) + \(margins.bottom)"
    let value = Float(context.arguments.real("value") ?? 0)
    let result = context.apply(Pad(margins, value: value), context.input.value)
    return context.signal(result, field: context.input.field)
  }

  static let crop = LayerKind(
    KindDefinition(
      "crop", keys: [Key.allMargins] + Key.margins, shorthand: "all",
      doc: "an image without its outermost rows and columns"),
    shapeRule: "size − top − bottom (height), − left − right (width)", formula: "y[h, w] = x[h + top, w + left]",
    example: "crop: {top: 1, left: 2}"
  ) { context in
    guard let size = context.requireImage() else { return nil }
    let margins = context.margins
    for (cut, have, what) in [
      (margins.total.height, size.height, "rows"), (margins.total.width, size.width, "columns"),
    ] where cut >= have {
      return context.fail(.cropsEverything(cut, have, what, at: context.arguments.kindSpan))
    }
    context.arithmetic = "\(size.height) - \(margins.top) - \(margins.bottom)"
    let value = context.apply(Crop(margins), context.input.value)
    return context.signal(value, field: context.input.field)
  }

  static let noise = LayerKind(
    KindDefinition(
      "noise", keys: [.required("stddev", .scheduled(.atLeast(0)), "the noise's standard deviation")],
      shorthand: "stddev", doc: "adds normally distributed noise, in training only"),
    shapeRule: "the same; nothing when run", formula: "y = x + stddev · z, z normally distributed",
    example: "noise: {stddev: 0.1}", keepsShape: true
  ) { context in
    context.applyRandom("stddev") { Noise(deviation: $0, stream: $1, isScheduled: $2) }
  }
}

extension LayerContext {
  /// The four sides as the keys say: `all` where a side is not named.
  fileprivate var margins: Margins {
    let all = arguments.integer("all") ?? 0
    func side(_ key: String) -> Int { arguments.integer(key) ?? all }
    return Margins(top: side("top"), bottom: side("bottom"), left: side("left"), right: side("right"))
  }
}
