import NNGraph
import NNReference
import NNTensor

/// A layer of a reference case as text: kind and keys of `- conv: {filters: 5, kernel: [3, 2]}`. Only what the
/// references contain; the language itself is read by NNSpec.
struct LayerText {
  let kind: String
  let keys: [String: String]

  init(_ line: String) {
    let parts = line.dropFirst(2).split(separator: ":", maxSplits: 1)
    kind = String(parts[0])
    keys = parts.count == 2 ? LayerText.map(String(parts[1])) : [:]
  }

  /// The entries of `{a: 1, b: [2, 3], c: {d: 4}}`, values as text; a bare word is a key without a value.
  static func map(_ text: String) -> [String: String] {
    let trimmed = text.drop { $0 == " " }
    guard trimmed.first == "{" else { return [String(trimmed): ""] }
    var entries: [String: String] = [:]
    for entry in split(trimmed.dropFirst().dropLast()) {
      let parts = entry.split(separator: ":", maxSplits: 1)
      entries[String(parts[0])] = parts.count == 2 ? String(parts[1].drop { $0 == " " }) : ""
    }
    return entries
  }

  private static func split(_ text: Substring) -> [String] {
    var (entries, depth) = ([""], 0)
    for character in text {
      if "{[".contains(character) { depth += 1 }
      if "}]".contains(character) { depth -= 1 }
      if character == ",", depth == 0 {
        entries.append("")
      } else if character != " " || !(entries.last ?? "").isEmpty {
        entries[entries.count - 1].append(character)
      }
    }
    return entries.filter { !$0.isEmpty }
  }

  func int(_ key: String, _ standard: Int) -> Int { keys[key].flatMap { Int($0) } ?? standard }

  func list(_ key: String) -> [Int] {
    (keys[key] ?? "").dropFirst().dropLast().split(separator: ",").compactMap { Int($0.drop { $0 == " " }) }
  }

  func size(_ key: String, _ standard: Size2D) -> Size2D {
    guard let text = keys[key] else { return standard }
    if let both = Int(text) { return Size2D(both, both) }
    let pair = list(key)
    return pair.count == 2 ? Size2D(pair[0], pair[1]) : standard
  }

  /// The activation of the key `activation`, or of an `activation` layer.
  var activation: Activation {
    if kind == "activation" { return Self.activation(keys["kind"] ?? "none", slope: keys["slope"]) }
    guard let (name, value) = Self.map(keys["activation"] ?? "none").first else { return .none }
    return Self.activation(name, slope: value.isEmpty ? nil : Self.map(value)["slope"])
  }

  private static func activation(_ name: String, slope: String?) -> Activation {
    switch name {
    case "relu": .relu
    case "leaky_relu": .leakyRelu(slope: slope.flatMap { Float($0) } ?? 0.2)
    case "elu": .elu
    case "gelu": .gelu
    case "silu": .silu
    case "sigmoid": .sigmoid
    case "tanh": .tanh
    case "softmax": .softmax
    default: .none
    }
  }
}

/// Builds a reference case's network out of operations by hand, and keeps the values of its leaves.
struct NetworkBuilder {
  var graph = Graph()
  /// The value of each leaf.
  var leaves: [Origin: ReferenceTensor] = [:]
  /// The parameters' values by name, with the order that turns PyTorch's layout into this graph's.
  var parameters: [(name: String, value: ValueID, order: [Int])] = []
  /// The network's input and, after `build`, its output and the operand of its last activation.
  var input: ValueID
  var output: ValueID
  var logits: ValueID
  private var counts: [String: Int] = [:]
  private let source: ReferenceCase

  init(_ source: ReferenceCase) {
    self.source = source
    let tensor = source.input
    input = graph.input("input", TensorType(tensor.shape))
    leaves[.input("input")] = tensor
    output = input
    logits = input
    for line in source.layers { add(LayerText(line)) }
  }

  /// A leaf with a value.
  mutating func leaf(_ name: String, _ tensor: ReferenceTensor) -> ValueID {
    leaves[.input(name)] = tensor
    return graph.input(name, TensorType(tensor.shape))
  }

  private mutating func add(_ layer: LayerText) {
    if layer.keys["name"] == nil { counts[layer.kind, default: 0] += 1 }
    let path = "model." + (layer.keys["name"] ?? "\(layer.kind)_\(counts[layer.kind, default: 0])")
    if ["conv", "bottleneck", "output"].contains(layer.kind) {
      convolution(layer, path)
    } else if layer.kind == "transposed_conv" {
      transposed(layer, path)
    } else if layer.kind == "dense" {
      dense(layer, path)
    } else {
      simple(layer, path)
    }
  }

  private mutating func apply(_ operation: any Operation, _ path: String, _ more: ValueID...) {
    output = graph.apply(operation, [output] + more, layer: path)[0]
  }

  private mutating func parameter(_ name: String, order: [Int]) -> ValueID? {
    guard let tensor = source.record.recipes[name]?.tensor else { return nil }
    let value = leaf(name, tensor.permuted(order))
    parameters.append((name, value, order))
    return value
  }

  /// A layer's weight: a parameter, or one divided by its largest singular value.
  private mutating func weight(_ path: String, order: [Int], rows: Int = 0) -> ValueID? {
    guard source.record.recipes["\(path).weight_u"] != nil else { return parameter("\(path).weight", order: order) }
    guard let weight = parameter("\(path).weight_orig", order: order) else { return nil }
    let axis: WeightMatrix.Rows = order.last == rows ? .outer : .inner
    let columns = order.filter { $0 != rows }
    let lengths = columns.sorted().map { axis in order.firstIndex(of: axis).map { graph.shape(weight)[$0] } ?? 1 }
    let permutation = columns.map { $0 > rows ? $0 - 1 : $0 }
    let right = source.record.generated("\(path).weight_v").reshaped(Shape(lengths)).permuted(permutation)
    let vectors = [
      leaf("\(path).weight_u", source.record.generated("\(path).weight_u")), leaf("\(path).weight_v", right),
    ]
    let iterated = graph.apply(PowerIteration(rows: axis), [weight] + vectors, layer: path)
    return graph.apply(SpectralNormalize(rows: axis), [weight] + iterated, layer: path)[0]
  }

  private mutating func finish(_ layer: LayerText, _ path: String) {
    if let bias = parameter("\(path).bias", order: [0]) { apply(BiasAdd(), path, bias) }
    if let (kind, keys) = LayerText.map(layer.keys["normalization"] ?? "none").first {
      normalize(kind, keys.isEmpty ? [:] : LayerText.map(keys), "\(path).norm")
    }
    activate(layer, path)
  }

  private mutating func normalize(_ kind: String, _ keys: [String: String], _ path: String) {
    let channels = graph.shape(output).dimensions.last ?? 1
    let extent: NormalizationExtent
    switch kind {
    case "batch": extent = .batch
    case "instance": extent = .groups(channels)
    case "group": extent = .groups(keys["groups"].flatMap { Int($0) } ?? 32)
    case "layer": extent = .channels
    default: return
    }
    let affine = ["weight", "bias"].compactMap { parameter("\(path).\($0)", order: [0]) }
    let epsilon = keys["epsilon"].flatMap { Float($0) } ?? 1e-5
    let operation = Normalize(extent, epsilon: epsilon, isAffine: !affine.isEmpty)
    output = graph.apply(operation, [output] + affine, layer: path)[0]
  }

  private mutating func activate(_ layer: LayerText, _ path: String) {
    logits = output
    if layer.activation != .none { apply(Activate(layer.activation), path) }
  }

  private mutating func convolution(_ layer: LayerText, _ path: String) {
    guard let weight = weight(path, order: [2, 3, 1, 0]) else { return }
    let x = graph.shape(output)
    let (window, rest) = window(layer, weight, same: Size2D(x[1], x[2]))
    let size = Size2D(
      rest?.height ?? window.extent(x[1], \.height), rest?.width ?? window.extent(x[2], \.width))
    apply(Convolution(window: window, outputSize: size), path, weight)
    finish(layer, path)
  }

  private mutating func transposed(_ layer: LayerText, _ path: String) {
    guard let weight = weight(path, order: [2, 3, 1, 0], rows: 1) else { return }
    let x = graph.shape(output)
    let stride = layer.size("stride", Size2D(1, 1))
    let large = Size2D(x[1] * stride.height, x[2] * stride.width)
    let (window, rest) = window(layer, weight, same: large)
    let extra = layer.size("output_padding", Size2D(0, 0))
    let size =
      rest == nil
      ? Size2D(
        window.fullExtent(x[1], \.height) + extra.height, window.fullExtent(x[2], \.width) + extra.width) : large
    apply(TransposedConvolution(window: window, outputSize: size), path, weight)
    finish(layer, path)
  }

  /// The window, and with `same` padding of an image of this extent the smaller side's extent.
  private func window(_ layer: LayerText, _ weight: ValueID, same: Size2D) -> (ConvolutionWindow, Size2D?) {
    let shape = graph.shape(weight)
    var window = ConvolutionWindow(
      kernel: Size2D(shape[0], shape[1]), stride: layer.size("stride", Size2D(1, 1)),
      dilation: layer.size("dilation", Size2D(1, 1)), groups: layer.int("groups", 1))
    guard layer.keys["padding"] == nil || layer.keys["padding"] == "same" else {
      window.padding = layer.size("padding", Size2D(0, 0))
      return (window, nil)
    }
    let (height, above) = window.same(same.height, \.height)
    let (width, left) = window.same(same.width, \.width)
    window.padding = Size2D(above, left)
    return (window, Size2D(height, width))
  }

  private mutating func dense(_ layer: LayerText, _ path: String) {
    flatten(path)
    guard let weight = weight(path, order: [1, 0]) else { return }
    let (batch, features) = (graph.shape(output)[0], graph.shape(output)[1])
    let units = graph.shape(weight)[1]
    apply(Reshape([batch, 1, 1, features]), path)
    let matrix = graph.apply(Reshape([1, 1, features, units]), to: weight, layer: path)
    apply(Convolution(window: ConvolutionWindow(kernel: Size2D(1, 1)), outputSize: Size2D(1, 1)), path, matrix)
    apply(Reshape([batch, units]), path)
    finish(layer, path)
  }

  private mutating func flatten(_ path: String) {
    if graph.shape(output).rank == 4 { apply(Permute(.channelsFirst), path) }
    let shape = graph.shape(output)
    apply(Reshape([shape[0], shape.elementCount / shape[0]]), path)
  }

  private mutating func simple(_ layer: LayerText, _ path: String) {
    switch layer.kind {
    case "max_pool": apply(MaxPool(window: pool(layer)), path)
    case "avg_pool": apply(AveragePool(window: pool(layer)), path)
    case "global_avg_pool": apply(SpatialMean(), path)
    case "flatten": flatten(path)
    case "reshape": reshape(layer.list("shape"), path)
    case "upsample":
      let method = layer.keys["method"].flatMap { Interpolation(rawValue: $0) } ?? .nearest
      apply(Upsample(Upsampling(factor: layer.size("factor", Size2D(2, 2)), method: method)), path)
    case "activation": activate(layer, path)
    case "batch_norm", "instance_norm", "group_norm", "layer_norm":
      normalize(String(layer.kind.dropLast(5)), layer.keys, path)
    case "depth_to_space": apply(DepthToSpace(factor: layer.size("factor", Size2D(2, 2))), path)
    case "pad": apply(Pad(margins(layer), value: layer.keys["value"].flatMap { Float($0) } ?? 0), path)
    case "crop": apply(Crop(margins(layer)), path)
    default: preconditionFailure("\(path): the builder does not know this kind")
    }
  }

  private func margins(_ layer: LayerText) -> Margins {
    let all = layer.int("all", 0)
    return Margins(
      top: layer.int("top", all), bottom: layer.int("bottom", all), left: layer.int("left", all),
      right: layer.int("right", all))
  }

  private func pool(_ layer: LayerText) -> PoolWindow {
    let size = layer.size("size", Size2D(2, 2))
    return PoolWindow(
      size: size, stride: layer.size("stride", size), padding: layer.size("padding", Size2D(0, 0)))
  }

  private mutating func reshape(_ shape: [Int], _ path: String) {
    flatten(path)
    guard shape.count == 3 else { return }
    apply(Reshape([graph.shape(output)[0], shape[2], shape[0], shape[1]]), path)
    apply(Permute(.channelsLast), path)
  }
}

extension ConvolutionWindow {
  /// How far the kernel reaches along one direction.
  private func reach(_ axis: KeyPath<Size2D, Int>) -> Int { dilation[keyPath: axis] * (kernel[keyPath: axis] - 1) + 1 }

  fileprivate func extent(_ size: Int, _ axis: KeyPath<Size2D, Int>) -> Int {
    (size + 2 * padding[keyPath: axis] - reach(axis)) / stride[keyPath: axis] + 1
  }

  fileprivate func fullExtent(_ size: Int, _ axis: KeyPath<Size2D, Int>) -> Int {
    (size - 1) * stride[keyPath: axis] - 2 * padding[keyPath: axis] + reach(axis)
  }

  /// TensorFlow's `same`: the output's extent, and the padding before.
  fileprivate func same(_ size: Int, _ axis: KeyPath<Size2D, Int>) -> (Int, Int) {
    let step = stride[keyPath: axis]
    let output = (size + step - 1) / step
    return (output, max((output - 1) * step + reach(axis) - size, 0) / 2)
  }
}
