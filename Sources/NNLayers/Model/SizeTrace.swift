import NNDiagnostics
import NNTensor
import NNText

/// Follows a size back through the layers that made it, for the notes and help of shape mistakes.
struct SizeTrace {
  /// The network's name.
  var network: String
  /// Its layers so far.
  var layers: [LayerRecord] = []

  /// How a layer changed one direction's length.
  private struct Resize {
    var layer: LayerRecord
    var from: Int
    var to: Int
    var stride: Int
    var outputPadding: Int
    var isVertical: Bool

    var isEnlarging: Bool { to > from }
    /// Pixels short of an exact multiple.
    var lost: Int { isEnlarging ? from * stride - to : from % max(1, stride) }
    var change: String { "\(from) -> \(to)" }
    /// Whether `output_padding` would make it an exact multiple.
    var isShort: Bool { lost > 0 && outputPadding + lost < stride }
    /// Whether any length that is a multiple of the stride becomes its quotient, or its product where this enlarges.
    var isExact: Bool {
      if isEnlarging { return lost == 0 }
      let keys = layer.arguments
      if keys.word("padding") == "same" { return true }
      guard let window = length("size") ?? length("kernel") else { return false }
      let rest = 2 * (length("padding") ?? 0) - (length("dilation") ?? 1) * (window - 1) - 1
      return -stride <= rest && rest < 0
    }
    private func length(_ key: String) -> Int? {
      guard case .pair(let pair)? = layer.arguments.value(key) else { return nil }
      return isVertical ? pair.height : pair.width
    }
    var explained: String { layer.arithmetic.map { "\(change): \($0)" } ?? change }
  }

  /// The layers behind `signal`, first to last, following first operands.
  private func chain(to signal: Signal) -> [LayerRecord] {
    var chain: [LayerRecord] = []
    var index = signal.record
    while let current = index {
      chain.append(layers[current])
      index = layers[current].sources.first ?? nil
    }
    return chain.reversed()
  }

  private func resizes(to signal: Signal, _ axis: Int) -> [Resize] {
    chain(to: signal).compactMap { layer in
      guard layer.input.count == 3, layer.output.count == 3, layer.input[axis] != layer.output[axis] else { return nil }
      return Resize(
        layer: layer, from: layer.input[axis], to: layer.output[axis],
        stride: axis == 0 ? layer.stride.height : layer.stride.width,
        outputPadding: axis == 0 ? layer.outputPadding.height : layer.outputPadding.width, isVertical: axis == 0)
    }
  }

  /// A note that lists the layers which made `what` of `signal`.
  func notes(_ signal: Signal, _ what: String) -> [Note] {
    if signal.shape.count != 3 {
      guard let layer = chain(to: signal).last else { return [] }
      return [Note("\(what) comes from this layer", labels: [Label("\(Shape(layer.output))", at: layer.kindSpan)])]
    }
    let resizes = resizes(to: signal, 0)
    guard !resizes.isEmpty else { return [] }
    let labels = resizes.suffix(6).map { Label($0.explained, at: $0.layer.kindSpan) }
    return [Note("\(what) comes from these layers", labels: labels)]
  }

  /// A note at the layer after which `signal` was no image any more.
  func flatteningNotes(_ signal: Signal) -> [Note] {
    guard let layer = chain(to: signal).last(where: { $0.input.count == 3 && $0.output.count == 1 }) else { return [] }
    let label = Label("\(Shape(layer.input)) -> \(Shape(layer.output))", at: layer.kindSpan)
    return [Note("`\(layer.name)` makes features of the image", labels: [label])]
  }

  /// Notes at layers that drop or add pixels because a length is no multiple of their stride.
  func lossNotes(_ signals: [Signal]) -> [Note] {
    var notes: [Note] = []
    for axis in 0...1 {
      for resize in signals.flatMap({ resizes(to: $0, axis) }) where resize.lost > 0 && !resize.isEnlarging {
        let line = axis == 0 ? "row" : "column"
        let lost = resize.lost == 1 ? "a \(line)" : "\(resize.lost) \(line)s"
        let arithmetic = axis == 0 ? resize.layer.arithmetic ?? resize.change : "\(resize.from) // \(resize.stride)"
        let note = Note(
          "\(arithmetic) = \(resize.to) drops \(lost)", labels: [Label(resize.change, at: resize.layer.kindSpan)])
        if !notes.contains(where: { $0.span == note.span }) { notes.append(note) }
      }
    }
    return notes
  }

  /// Help for operands that no longer meet after shrinking and enlarging: which multiple the input should be of. None
  /// where they would not meet then either.
  func multipleHelp(_ signals: [Signal]) -> [String] {
    multipleHelp { axis in signals.map { resizes(to: $0, axis) } }
  }

  /// The same for a prediction that should have the size of the input, which is its target's.
  private func multipleHelp(_ prediction: Signal, _ target: [Int]) -> [String] {
    multipleHelp(canPad: false) { axis in
      let path = resizes(to: prediction, axis)
      return (path.first?.from ?? prediction.shape[axis]) == target[axis] ? [path, []] : nil
    }
  }

  private func multipleHelp(canPad: Bool = true, paths: (Int) -> [[Resize]]?) -> [String] {
    var help: [String] = []
    for axis in 0...1 {
      guard let paths = paths(axis), SizeTrace.meet(paths) else { return [] }
      guard paths.joined().contains(where: { $0.lost > 0 && !$0.isEnlarging }) else { continue }
      let multiple = paths.map { SizeTrace.factor($0.filter { !$0.isEnlarging }) }.max() ?? 1
      let size = paths.compactMap(\.first?.from).first ?? 0
      let (below, above) = (size / multiple * multiple, (size + multiple - 1) / multiple * multiple)
      help.append(
        "make the input's \(axis == 0 ? "height" : "width") a multiple of \(multiple) "
          + (below > 0 ? "(\(below) or \(above))" : "(\(above))") + (canPad ? ", or pad by \(above - size)" : ""))
    }
    if help.count == 2, let (first, second) = Optional((help[0], help[1])),
      first.replacing("height", with: "width") == second
    {
      return [first.replacing("input's height", with: "input")]
    }
    return help
  }

  /// Whether paths from one input end in one size, where that is a multiple of all strides.
  private static func meet(_ paths: [[Resize]]) -> Bool {
    guard paths.joined().allSatisfy(\.isExact) else { return false }
    let ends = paths.map { path in
      (shrunk: factor(path.filter { !$0.isEnlarging }), enlarged: factor(path.filter(\.isEnlarging)))
    }
    return ends.allSatisfy {
      $0.shrunk < largestFactor && $0.shrunk * ends[0].enlarged == ends[0].shrunk * $0.enlarged
    }
  }

  private static let largestFactor = 1 << 20
  /// The product of strides, or the largest factor where it is larger.
  private static func factor(_ resizes: [Resize]) -> Int { resizes.reduce(1) { min($0 * $1.stride, largestFactor) } }

  /// The note that says how a prediction's size came about, where it differs from its target's.
  func mismatchNotes(_ prediction: Signal, _ target: [Int]) -> [Note] {
    guard let axis = differingAxis(prediction, target) else { return [] }
    let resizes = resizes(to: prediction, axis)
    guard let first = resizes.first else { return [] }
    let shrinking = resizes.filter { !$0.isEnlarging }
    let enlarging = resizes.filter(\.isEnlarging)
    var parts: [String] = []
    if !shrinking.isEmpty { parts.append("\(verb(shrinking, "halves")) \(first.from) \(times(shrinking.count))") }
    if let low = enlarging.first {
      let only = enlarging.count < shrinking.count ? "only " : ""
      parts.append("\(verb(enlarging, "doubles")) \(low.from) \(only)\(times(enlarging.count))")
    } else {
      parts.append("never enlarges it")
    }
    let lossy = enlarging.contains { $0.lost != 0 } ? enlarging : resizes
    let labels = lossy.enumerated().map { index, resize in
      let repeats = index > 0 && lossy[index - 1].layer.kind == resize.layer.kind
      return Label(repeats ? resize.change : resize.explained, at: resize.layer.kindSpan)
    }
    return [Note("`\(network)` " + parts.joined(separator: " and "), labels: labels)]
  }

  /// What would make a prediction's size its target's.
  func mismatchHelp(_ prediction: Signal, _ target: [Int]) -> [String] {
    guard let axis = differingAxis(prediction, target) else { return [] }
    let resizes = resizes(to: prediction, axis)
    let enlarging = resizes.filter(\.isEnlarging)
    let short = enlarging.filter(\.isShort)
    var help: [String] = []
    var sizes = [enlarging.first?.from ?? prediction.shape[axis]]
    for resize in enlarging { sizes.append(sizes[sizes.count - 1] * resize.stride) }
    if let first = short.first {
      let which = short.count == 1 ? "" : short.count == 2 ? " on both" : " on all \(numberWord(short.count))"
      help.append(
        "`padding: same` (or `output_padding: \(first.outputPadding + first.lost)`)\(which) gives \(exactly(first.stride)): "
          + sizes.map(String.init).joined(separator: " -> "))
    }
    let counts = [axis, 1 - axis].map { doublings(from: lengthened(prediction, $0), to: target[$0]) }
    if let count = counts[0], count > 0, counts[1] == count {
      let more = enlarging.isEmpty ? numberWord(count) : "\(numberWord(count)) more"
      let then = short.isEmpty ? "" : "then "
      let subject =
        count == 1
        ? "`transposed_conv` with stride 2 \(then)reaches" : "`transposed_conv` layers with stride 2 \(then)reach"
      help.append("\(more) \(subject) \(target[axis])")
    }
    if help.isEmpty { help = multipleHelp(prediction, target) }
    if help.isEmpty { help = shapeKeepingHelp(resizes, prediction.shape[axis], target[axis]) }
    return help
  }

  /// The length that a prediction has where no layer that enlarges loses pixels.
  private func lengthened(_ prediction: Signal, _ axis: Int) -> Int {
    let enlarging = resizes(to: prediction, axis).filter(\.isEnlarging)
    guard let first = enlarging.first, enlarging.contains(where: \.isShort) else { return prediction.shape[axis] }
    return first.from * SizeTrace.factor(enlarging)
  }

  /// The change to `padding: same` that would make a prediction's size its target's, where no layer is missing.
  func mismatchFix(_ prediction: Signal, _ target: [Int]) -> Fix? {
    guard prediction.shape.count == 3, prediction.shape.last == target.last,
      let axis = differingAxis(prediction, target)
    else { return nil }
    let wrong = resizes(to: prediction, axis).filter { resize in
      resize.isEnlarging
        ? resize.lost != 0 && resize.outputPadding == 0 && resize.layer.kind == "transposed_conv"
        : resize.stride == 1 && resize.layer.kind == "conv"
    }
    let spans = wrong.compactMap(\.layer.paddingSpan)
    guard !spans.isEmpty, spans.count == wrong.count, Set(spans).count == spans.count else { return nil }
    return Fix("write `padding: same`", edits: spans.map { Fix.Edit($0, with: "same") })
  }

  /// Help where layers of stride 1 change the size, or where the result is too large.
  private func shapeKeepingHelp(_ resizes: [Resize], _ size: Int, _ target: Int) -> [String] {
    let trimming = resizes.filter { !$0.isEnlarging && $0.stride == 1 && $0.layer.kind == "conv" }
    if !trimming.isEmpty, size < target, resizes.count == trimming.count {
      return ["`padding: same` on \(trimming.count == 1 ? "it" : "them") keeps \(target)"]
    }
    let long = resizes.filter { $0.isEnlarging && $0.lost < 0 && $0.layer.kind == "transposed_conv" }
    if size > target, let first = long.first {
      return [
        "`padding: same` on \(long.count == 1 ? "it" : "them") gives \(exactly(first.stride)): "
          + "\(first.from) -> \(first.from * first.stride)"
      ]
    }
    guard size > target, size % target == 0 else { return [] }
    return ["the result is \(size / target) times too large: enlarge it by less, or shrink it once more"]
  }

  /// What would bring two operands to one shape, where one convolution or `upsample` does.
  func mergeHelp(_ kind: String, _ first: Signal, _ second: Signal, names: (String, String)) -> [String] {
    guard first.shape.count == 3, second.shape.count == 3 else { return [] }
    var help: [String] = []
    let (large, small, name) =
      first.shape[0] >= second.shape[0] ? (first.shape, second.shape, names.1) : (second.shape, first.shape, names.0)
    let factor = (large[0] / small[0], large[1] / small[1])
    if factor != (1, 1), (small[0] * factor.0, small[1] * factor.1) == (large[0], large[1]) {
      let written = factor.0 == factor.1 ? "\(factor.0)" : "[\(factor.0), \(factor.1)]"
      help.append("`upsample: {factor: \(written)}` brings `\(name)` to \(large[0])×\(large[1])")
    }
    if kind != "concat", first.channels != second.channels {
      help.append(
        "`conv: {filters: \(first.channels), kernel: 1}` brings `\(names.1)` to \(counted(first.channels, "channel"))")
    }
    return help
  }

  private func exactly(_ stride: Int) -> String {
    stride == 2 ? "exactly twice the size" : "exactly \(stride) times the size"
  }

  private func differingAxis(_ prediction: Signal, _ target: [Int]) -> Int? {
    guard prediction.shape.count == 3, target.count == 3 else { return nil }
    return (0...1).first { prediction.shape[$0] != target[$0] }
  }

  private func verb(_ resizes: [Resize], _ exact: String) -> String {
    if resizes.allSatisfy({ $0.stride == 2 }) { return exact }
    return exact == "halves" ? "shrinks" : "enlarges"
  }

  private func doublings(from size: Int, to target: Int) -> Int? {
    var size = size
    var count = 0
    while size < target {
      size *= 2
      count += 1
    }
    return size == target ? count : nil
  }
}

/// `once`, `twice`, `three times`.
private func times(_ count: Int) -> String {
  count == 1 ? "once" : count == 2 ? "twice" : "\(numberWord(count)) times"
}

/// Small numbers as words.
func numberWord(_ count: Int) -> String {
  let words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
  return words.indices.contains(count) ? words[count] : "\(count)"
}
