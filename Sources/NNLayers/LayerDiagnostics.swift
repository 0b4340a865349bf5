import NNDiagnostics
import NNTensor
import NNText

extension DiagnosticCode {
  static let groupsDoNotDivide = DiagnosticCode("NNC0301", "groups-do-not-divide")
  static let windowDoesNotFit = DiagnosticCode("NNC0302", "window-does-not-fit")
  static let needsImage = DiagnosticCode("NNC0303", "needs-image")
  static let bottleneckDoesNotReduce = DiagnosticCode("NNC0304", "bottleneck-does-not-reduce")
  static let reshapeCount = DiagnosticCode("NNC0305", "reshape-count")
  static let tooLarge = DiagnosticCode("NNC0306", "tensor-too-large")
  static let unknownLayer = DiagnosticCode("NNC0308", "unknown-layer")
  static let mergeDiffers = DiagnosticCode("NNC0309", "merge-differs")
  static let outputPadding = DiagnosticCode("NNC0311", "output-padding")
  static let paddingEatsOutput = DiagnosticCode("NNC0312", "padding-eats-output")
  static let poolPadding = DiagnosticCode("NNC0313", "pool-padding")
  static let poolWindow = DiagnosticCode("NNC0314", "pool-window-too-large")
  static let slopeWithoutLeakyRelu = DiagnosticCode("NNC0315", "slope-without-leaky-relu")
  static let tooMuchArithmetic = DiagnosticCode("NNC0316", "too-much-arithmetic")
  static let operandCount = DiagnosticCode("NNC0317", "operand-count")
  static let factorDoesNotDivide = DiagnosticCode("NNC0360", "factor-does-not-divide")
  static let cropsEverything = DiagnosticCode("NNC0361", "crops-everything")
  static let oneValuePerChannel = DiagnosticCode("NNC0362", "one-value-per-channel")
  static let zeroSpectralNorm = DiagnosticCode("NNC0364", "zero-spectral-norm")
}

/// The wording of every mistake in a layer.
extension Diagnostic {
  static func groupsDoNotDivide(
    _ groups: Int, _ count: Int, _ what: String, channels: Int, filters: Int, at span: Span
  ) -> Diagnostic {
    let possible = (1...max(1, min(channels, filters, 4096))).filter { channels % $0 == 0 && filters % $0 == 0 }
    let shown = possible.prefix(6).map(String.init) + (possible.count > 6 ? ["…"] : [])
    return Diagnostic(
      .groupsDoNotDivide, .error, "\(groups) groups do not divide \(count) \(what)", at: span,
      label: "\(count) / \(groups) leaves \(count % groups)",
      help: [
        "`groups` must divide the input's \(channels) channels and the \(filters) filters; possible: "
          + shown.joined(separator: ", ")
      ])
  }

  static func windowDoesNotFit(
    _ kind: String, kernel: Int, dilation: Int, size: Int, padding: Int, _ direction: String, at span: Span,
    notes: [Note]
  ) -> Diagnostic {
    let extent = dilation * (kernel - 1) + 1
    let reach = dilation == 1 ? "\(extent)" : "\(dilation) * (\(kernel) - 1) + 1 = \(extent)"
    let padded = padding == 0 ? "\(size)" : "\(size) + \(padding) = \(size + padding)"
    return Diagnostic(
      .windowDoesNotFit, .error, "the window of `\(kind)` is larger than its input", at: span,
      label: "\(direction) \(reach), but the input has \(padded)", notes: notes,
      help: ["use a smaller window, more padding, or fewer layers that shrink the image before"])
  }

  static func needsImage(_ kind: String, _ shape: [Int], at span: Span, notes: [Note]) -> Diagnostic {
    Diagnostic(
      .needsImage, .error, "`\(kind)` takes an image [height, width, channels]", at: span,
      label: "its input is \(Shape(shape))", notes: notes,
      help: ["put it before `flatten` and `dense`, or bring the values into shape with `reshape` before it"])
  }

  static func bottleneckDoesNotReduce(_ filters: Int, _ channels: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      .bottleneckDoesNotReduce, .error, "`bottleneck` must reduce the channels", at: span,
      label: "\(filters) filters from \(counted(channels, "channel"))",
      help: ["use fewer than \(channels) filters, or `conv: {filters: \(filters), kernel: 1}` for a 1×1 convolution"])
  }

  static func reshapeCount(
    _ input: [Int], _ have: Int, _ shape: [Int], _ want: Int, at span: Span, notes: [Note]
  ) -> Diagnostic {
    var fitting = [have]
    if shape.count == 3, case let area = shape[0] * shape[1], have % area == 0 {
      fitting = [shape[0], shape[1], have / area]
    }
    return Diagnostic(
      .reshapeCount, .error, "`reshape` must keep the number of values", at: span,
      label: "\(Shape(shape)) has \(counted(want, "value")), its input \(Shape(input)) has \(have)", notes: notes,
      help: ["a shape of \(counted(have, "value")) is \(Shape(fitting))"])
  }

  static func tooLarge(_ what: String, _ dimensions: [Int], at span: Span) -> Diagnostic {
    Diagnostic(
      .tooLarge, .error, "\(what) would be too large for any machine", at: span,
      label: "\(dimensions.map(String.init).joined(separator: " × ")) values, more than 2³⁶",
      help: ["make the image, the kernel or the number of channels smaller"])
  }

  static func tooMuchArithmetic(_ flops: Double, isSum: Bool = false, at span: Span) -> Diagnostic {
    let (what, part) = isSum ? ("the layers up to this one", ", with the layers before it") : ("this layer", "")
    return Diagnostic(
      .tooMuchArithmetic, .error, "\(what) would take years", at: span,
      label: "about \(scientific(flops)) additions and multiplications a batch\(part)",
      help: ["make the image, the kernel or the number of channels smaller"])
  }

  static func unknownLayer(_ name: String, at span: Span, suggestion: String?, known: [String]) -> Diagnostic {
    let shown = (known.count > 12 ? ["…"] : []) + known.suffix(12).map { "`\($0)`" }
    return Diagnostic(
      .unknownLayer, .error, "there is no layer `\(name)` before this one", at: span,
      label: suggestion.map { "did you mean `\($0)`?" } ?? "",
      help: ["known here: \((["`previous`", "`input`"] + shown).joined(separator: ", "))"],
      fix: .spelling(
        suggestion.flatMap { Suggestion.match(name, among: known.contains($0) ? known : known + [$0]) }, at: span))
  }

  static func laterLayer(_ name: String, at span: Span, later: Span) -> Diagnostic {
    Diagnostic(
      .unknownLayer, .error, "there is no layer `\(name)` before this one", at: span,
      label: later.start < span.start ? "this is the layer itself" : "it comes later",
      labels: later.start < span.start ? [] : [Label("here", at: later)],
      help: ["a layer takes the outputs of layers that stand before it"])
  }

  static func mergeDiffers(
    _ kind: String, _ first: [Int], _ second: [Int], names: (String, String), at span: Span, notes: [Note],
    help: [String]
  ) -> Diagnostic {
    var differ: [String] = []
    if first.count == 3, second.count == 3 {
      if first[0] != second[0] { differ.append("height") }
      if first[1] != second[1] { differ.append("width") }
      if first[2] != second[2], kind != "concat" { differ.append("channels") }
    }
    let what = differ.isEmpty ? "shape" : differ.joined(separator: " and ")
    return Diagnostic(
      .mergeDiffers, .error, "the operands of `\(kind)` differ in \(what)", at: span,
      label: "`\(names.0)` is \(Shape(first)), `\(names.1)` is \(Shape(second))", notes: notes, help: help)
  }

  static func outputPaddingWithSame(at span: Span) -> Diagnostic {
    Diagnostic(
      .outputPadding, .error, "`padding: same` takes no `output_padding`", at: span,
      label: "the output is exactly size × stride already",
      help: ["remove `output_padding`, or give `padding` a number"])
  }

  static func outputPaddingTooLarge(_ padding: Int, _ stride: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      .outputPadding, .error, "`output_padding` must be below the stride", at: span,
      label: "\(padding) is not below \(stride)",
      help: stride == 1 ? ["with stride 1 there is nothing to add: remove it"] : ["use at most \(stride - 1)"])
  }

  static func paddingEatsOutput(_ arithmetic: String, _ output: Int, _ direction: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .paddingEatsOutput, .error, "the padding leaves nothing of the output", at: span,
      label: "\(direction) \(arithmetic) = \(output)", help: ["use less padding, or a larger kernel"])
  }

  static func poolPaddingTooLarge(_ padding: Size2D, _ window: Size2D, at span: Span) -> Diagnostic {
    Diagnostic(
      .poolPadding, .error, "a pool's padding is at most half its window", at: span,
      label: "padding \(padding) for a window of \(window)", help: ["otherwise windows would hold padding alone"])
  }

  static func poolWindowTooLarge(_ window: Size2D, at span: Span) -> Diagnostic {
    Diagnostic(
      .poolWindow, .error, "a `max_pool` window has at most \(PoolWindow.maximumArea) positions", at: span,
      label: "\(window.height) × \(window.width) = \(window.area)",
      help: ["`avg_pool` has no such limit; several small pools reach as far"])
  }

  static func slopeWithoutLeakyRelu(_ kind: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .slopeWithoutLeakyRelu, .error, "`\(kind)` has no slope", at: span, label: "only `leaky_relu` takes it",
      help: ["remove `slope`, or use `kind: leaky_relu`"])
  }

  static func operandCount(_ kind: String, _ allowed: ClosedRange<Int>, _ count: Int, at span: Span) -> Diagnostic {
    if allowed.upperBound == 1 {
      return Diagnostic(
        .operandCount, .error, "`\(kind)` takes one operand", at: span, label: "\(count) are given",
        help: ["join them with `concat`, `add` or `multiply` first"])
    }
    if count > allowed.upperBound {
      return Diagnostic(
        .operandCount, .error, "`\(kind)` joins at most \(allowed.upperBound) layers", at: span,
        label: "\(count) are given", help: ["join some of them first, by a `\(kind)` of their own"])
    }
    return Diagnostic(
      .operandCount, .error, "`\(kind)` joins two or more layers", at: span,
      label: count == 0 ? "`from` is missing" : "`from` names only one",
      help: ["name them: `\(kind): {from: [previous, some_layer]}`"])
  }

  static func factorDoesNotDivide(_ factor: Size2D, _ channels: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      .factorDoesNotDivide, .error, "`depth_to_space` needs channels for whole blocks", at: span,
      label: "\(factor.height) * \(factor.width) = \(factor.area) does not divide \(counted(channels, "channel"))",
      help: ["give the layer before a multiple of \(factor.area) filters"])
  }

  static func normalizationGroups(_ groups: Int, _ channels: Int, at span: Span) -> Diagnostic {
    let divisor = (1...min(groups, channels)).last { channels % $0 == 0 } ?? 1
    return Diagnostic(
      .groupsDoNotDivide, .error, "\(groups) groups do not divide \(counted(channels, "channel"))", at: span,
      label: "\(channels) / \(groups) leaves \(channels % groups)",
      help: ["`groups: \(divisor)` does, or use a multiple of \(groups) channels"])
  }

  /// `isLast` where it is the last batch of an epoch alone that has a single sample.
  static func oneValuePerChannel(
    _ kind: String, _ shape: [Int], at span: Span, isLast: Bool = false
  ) -> Diagnostic {
    let samples =
      isLast ? "an epoch's last batch of one sample" : kind == "batch" ? "a batch of one sample" : "each sample"
    let size = isLast ? "another `batch_size`" : "a larger `batch_size`"
    return Diagnostic(
      .oneValuePerChannel, .error, "\(kind) normalisation needs more than one value per channel", at: span,
      label: "\(samples) \(Shape(shape)) has a single one",
      help: [
        kind == "batch" ? "use \(size), or `layer` normalisation" : "use `batch` or `layer` normalisation here"
      ])
  }

  static func oneValuePerGroup(_ groups: Int, _ shape: [Int], at span: Span) -> Diagnostic {
    let fewer = (1..<groups).last { groups % $0 == 0 }
    return Diagnostic(
      .oneValuePerChannel, .error, "group normalisation needs more than one value per group", at: span,
      label: "each group of a sample \(Shape(shape)) has a single one",
      help: (fewer.map { ["use fewer groups, such as `groups: \($0)`"] } ?? []) + ["use `batch` normalisation here"])
  }

  static func oneChannel(at span: Span) -> Diagnostic {
    Diagnostic(
      .oneValuePerChannel, .error, "layer normalisation needs more than one channel", at: span,
      label: "each pixel has a single value", help: ["use `batch` or `instance` normalisation here"])
  }

  static func zeroSpectralNorm(at span: Span, key: Span) -> Diagnostic {
    Diagnostic(
      .zeroSpectralNorm, .error, "`spectral_norm` would divide by zero", at: span,
      label: "the largest singular value of weights that are all zero is 0", labels: [Label("asked for here", at: key)],
      help: ["use another initializer, for instance `he_normal`"])
  }

  static func cropsEverything(_ cut: Int, _ have: Int, _ what: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .cropsEverything, .error, "`crop` leaves nothing of the image", at: span,
      label: "\(cut) of \(have) \(what) are cut off", help: ["cut at most \(have - 1) \(what)"])
  }

  /// A number in powers of ten.
  private static func scientific(_ number: Double) -> String {
    var exponent = 0
    var mantissa = number
    while mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    return "\((mantissa * 10).rounded() / 10)e\(exponent)"
  }
}
