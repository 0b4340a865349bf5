import NNGraph
import NNSpec
import NNTensor

extension LayerKind {
  static let convolution = LayerKind(
    KindDefinition(
      "conv",
      keys: [
        .filters, .kernel, .stride, .padding, .dilation, .groups, .bias, .activation, .normalization, .spectralNorm,
        .initializer,
      ], doc: "a convolution with learnt weights"),
    shapeRule: "(size + 2 · padding − dilation · (kernel − 1) − 1) // stride + 1 by filters",
    formula: "y[o] = activation(bias[o] + Σ x[i] · weight[o, i])", example: "conv: {filters: 16, activation: relu}"
  ) { context in
    let arguments = context.arguments
    guard let filters = arguments.integer("filters"), let kernel = arguments.size("kernel"),
      let groups = arguments.integer("groups")
    else { return nil }
    return context.buildConvolution(
      filters: filters, kernel: kernel, stride: arguments.size("stride") ?? Size2D(1, 1),
      dilation: arguments.size("dilation") ?? Size2D(1, 1), groups: groups)
  }

  static let bottleneck = LayerKind(
    KindDefinition(
      "bottleneck", keys: [.filters, .bias, .activation, .normalization, .spectralNorm, .initializer],
      doc: "a 1×1 convolution that reduces the channels"),
    shapeRule: "the same size by filters", formula: "as `conv` with kernel 1",
    example: "bottleneck: {filters: 8, activation: relu}"
  ) { context in
    guard let filters = context.arguments.integer("filters"), context.requireImage() != nil else { return nil }
    if filters >= context.input.channels {
      return context.fail(
        .bottleneckDoesNotReduce(filters, context.input.channels, at: context.arguments.span(of: "filters")))
    }
    return context.buildPointwise(filters)
  }

  static let output = LayerKind(
    KindDefinition(
      "output",
      keys: [
        .required("channels", .integer(1...Key.largestCount), "channels of the output"), .bias, .activation,
        .spectralNorm, .initializer,
      ], doc: "a 1×1 convolution to the network's result"),
    shapeRule: "the same size by channels", formula: "as `conv` with kernel 1",
    example: "output: {channels: 3, activation: sigmoid}"
  ) { context in
    context.arguments.integer("channels").flatMap { context.buildPointwise($0) }
  }
}

extension LayerContext {
  fileprivate mutating func buildPointwise(_ filters: Int) -> Signal? {
    let one = Size2D(1, 1)
    return buildConvolution(filters: filters, kernel: one, stride: one, dilation: one, groups: 1)
  }

  fileprivate mutating func buildConvolution(
    filters: Int, kernel: Size2D, stride: Size2D, dilation: Size2D, groups: Int
  ) -> Signal? {
    guard let size = requireImage(), channelsDivide(groups, filters) else { return nil }
    let (top, left, total) = padding(size, kernel: kernel, stride: stride, dilation: dilation)
    guard
      let height = windowed(size.height, total.height, kernel.height, stride.height, dilation.height, "height"),
      let width = windowed(size.width, total.width, kernel.width, stride.width, dilation.width, "width")
    else { return nil }
    let window = ConvolutionWindow(
      kernel: kernel, stride: stride, dilation: dilation, padding: Size2D(top, left), groups: groups)
    let inputs = input.channels / groups
    guard isAffordable([kernel.height, kernel.width, inputs, filters], "its weights"),
      isAffordable([batch, height, width, filters], "its output"),
      isComputable([kernel.height, kernel.width, inputs, filters], by: [batch, height, width])
    else { return nil }
    let weight = layerWeight(convolutionWeight([filters, inputs, kernel.height, kernel.width], kernel, groups))
    var value = apply(Convolution(window: window, outputSize: Size2D(height, width)), input.value, weight)
    if arguments.boolean("bias") ?? true { value = addBias(value, channels: filters) }
    guard let normalized = applyNormalization(value) else { return nil }
    value = activate(normalized, arguments.activation())
    summary = "\(arguments.kind) \(kernel.height)×\(kernel.width)\(spectralSummary)\(normalizationSummary)"
    if size != Size2D(height, width) {
      arithmetic = windowArithmetic(size.height, total.height, kernel.height, stride.height, dilation.height)
    }
    let extent = Size2D((kernel.height - 1) * dilation.height + 1, (kernel.width - 1) * dilation.width + 1)
    return signal(value, field: input.field.after(window: extent, stride: stride))
  }

  /// `<path>.weight` in PyTorch's file layout OIHW, in memory HWIO.
  private func convolutionWeight(_ file: [Int], _ kernel: Size2D, _ groups: Int) -> Parameter {
    let fan = kernel.area
    return Parameter(
      name: "\(path).weight", layer: path, fileShape: Shape(file), fileView: Shape(file), order: [2, 3, 1, 0],
      initializer: arguments.initializer(fanIn: file[1] * fan, fanOut: file[0] / groups * fan), decays: true)
  }

  /// Reports groups that do not divide the input's or the output's channels.
  mutating func channelsDivide(_ groups: Int, _ filters: Int) -> Bool {
    for (count, what) in [(input.channels, "input channels"), (filters, "filters")] where count % groups != 0 {
      diagnostics.add(
        .groupsDoNotDivide(
          groups, count, what, channels: input.channels, filters: filters, at: arguments.span(of: "groups")))
      return false
    }
    return true
  }

  /// Rows above, columns left, and both sides' sums.
  private func padding(
    _ size: Size2D, kernel: Size2D, stride: Size2D, dilation: Size2D
  ) -> (top: Int, left: Int, total: Size2D) {
    if let given = arguments.size("padding") {
      return (given.height, given.width, Size2D(2 * given.height, 2 * given.width))
    }
    if arguments.word("padding") == "valid" { return (0, 0, Size2D(0, 0)) }
    let height = samePadding(size.height, kernel.height, stride.height, dilation.height)
    let width = samePadding(size.width, kernel.width, stride.width, dilation.width)
    return (height / 2, width / 2, Size2D(height, width))
  }

  /// The output's length along one direction; reports where the kernel does not fit once.
  mutating func windowed(
    _ size: Int, _ padding: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ direction: String
  ) -> Int? {
    let extent = dilation * (kernel - 1) + 1
    let length = size + padding - extent
    if length >= 0 { return length / stride + 1 }
    let key = arguments.isGiven("kernel") ? "kernel" : arguments.isGiven("size") ? "size" : arguments.kind
    diagnostics.add(
      .windowDoesNotFit(
        arguments.kind, kernel: kernel, dilation: dilation, size: size, padding: padding, direction,
        at: arguments.span(of: key),
        notes: trace.notes(input, "the \(direction) \(size)")))
    return nil
  }

  /// Reports more arithmetic than any machine does: weights times positions.
  mutating func isComputable(_ weights: [Int], by positions: [Int]) -> Bool {
    let cost = Double(Shape(weights).elementCount) * Double(Shape(positions).elementCount)
    if cost <= Self.largestArithmetic { return true }
    diagnostics.add(.tooMuchArithmetic(2 * cost, at: arguments.kindSpan))
    return false
  }

  /// Products that a batch may take.
  static let largestArithmetic = 0x1p56
}

/// TensorFlow's `same`: zeros on both sides together so that the output is size ÷ stride, rounded up.
func samePadding(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
  let output = (size + stride - 1) / stride
  return max(0, (output - 1) * stride + dilation * (kernel - 1) + 1 - size)
}

/// How a window's output size comes about.
func windowArithmetic(_ size: Int, _ padding: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> String {
  var text = "\(size)"
  if padding > 0 { text += " + \(padding)" }
  text += dilation == 1 ? " - \(kernel)" : " - \(dilation) * (\(kernel) - 1) - 1"
  return stride == 1 ? text + " + 1" : "(\(text)) // \(stride) + 1"
}
