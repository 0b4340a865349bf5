import NNGraph
import NNSpec
import NNTensor

extension LayerKind {
  static let transposedConvolution = LayerKind(
    KindDefinition(
      "transposed_conv",
      keys: [
        .filters, .kernel, .stride, .padding,
        .key(
          "output_padding", .pair(0...Key.largestSize), default: .pair(SizePair(0)),
          "rows and columns added below and right; less than the stride"),
        .dilation, .groups, .bias, .activation, .normalization, .spectralNorm, .initializer,
      ], doc: "a transposed convolution: the adjoint of a convolution, which enlarges by its stride"),
    shapeRule: "(size − 1) · stride − 2 · padding + dilation · (kernel − 1) + output_padding + 1 by filters; with "
      + "`padding: same` exactly size · stride",
    formula: "y = activation(bias + Wᵀ x), W the convolution from y's size to x's",
    example: "transposed_conv: {filters: 16, kernel: 4, stride: 2, padding: same, activation: relu}"
  ) { $0.buildTransposedConvolution() }
}

extension LayerContext {
  /// How the output's extent along one direction comes about.
  private struct Extent {
    var size: Int
    var paddingBefore: Int
    var arithmetic: String
  }

  fileprivate mutating func buildTransposedConvolution() -> Signal? {
    guard let filters = arguments.integer("filters"), let kernel = arguments.size("kernel"),
      let stride = arguments.size("stride"), let dilation = arguments.size("dilation"),
      let groups = arguments.integer("groups"), let size = requireImage(), channelsDivide(groups, filters),
      let height = extent(size.height, kernel.height, stride.height, dilation.height, \.height, "height"),
      let width = extent(size.width, kernel.width, stride.width, dilation.width, \.width, "width")
    else { return nil }
    let window = ConvolutionWindow(
      kernel: kernel, stride: stride, dilation: dilation, padding: Size2D(height.paddingBefore, width.paddingBefore),
      groups: groups)
    let weights = [kernel.height, kernel.width, filters / groups, input.channels]
    guard isAffordable(weights, "its weights"), isAffordable([batch, height.size, width.size, filters], "its output"),
      isComputable(weights, by: [batch, size.height, size.width])
    else { return nil }
    let file: Shape = [input.channels, filters / groups, kernel.height, kernel.width]
    let fan = kernel.area
    let weight = layerWeight(
      Parameter(
        name: "\(path).weight", layer: path, fileShape: file, fileView: file, order: [2, 3, 1, 0],
        initializer: arguments.initializer(
          fanIn: max(1, input.channels / groups * fan / stride.area), fanOut: filters / groups * fan), decays: true),
      rows: 1)
    let operation = TransposedConvolution(window: window, outputSize: Size2D(height.size, width.size))
    var value = apply(operation, input.value, weight)
    if arguments.boolean("bias") ?? true { value = addBias(value, channels: filters) }
    guard let normalized = applyNormalization(value) else { return nil }
    value = activate(normalized, arguments.activation())
    summary = "transposed_conv \(kernel.height)×\(kernel.width)\(spectralSummary)\(normalizationSummary)"
    arithmetic = height.arithmetic
    let taps = Size2D(
      (kernel.height + stride.height - 1) / stride.height, (kernel.width + stride.width - 1) / stride.width)
    return signal(value, field: input.field.after(taps: taps, enlarging: stride))
  }

  private mutating func extent(
    _ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ side: KeyPath<Size2D, Int>, _ direction: String
  ) -> Extent? {
    let added = arguments.size("output_padding")?[keyPath: side] ?? 0
    let reach = dilation * (kernel - 1) + 1
    if arguments.word("padding") == "same" {
      if added > 0 {
        diagnostics.add(.outputPaddingWithSame(at: arguments.keySpan(of: "output_padding")))
        return nil
      }
      let output = size * stride
      return Extent(
        size: output, paddingBefore: samePadding(output, kernel, stride, dilation) / 2,
        arithmetic: "\(size) * \(stride)")
    }
    if added >= stride {
      diagnostics.add(.outputPaddingTooLarge(added, stride, at: arguments.span(of: "output_padding")))
      return nil
    }
    let padding = arguments.size("padding")?[keyPath: side] ?? 0
    let output = (size - 1) * stride - 2 * padding + reach + added
    var text =
      "(\(size) - 1) * \(stride) - 2 * \(padding) + \(dilation == 1 ? "\(kernel - 1)" : "\(dilation) * \(kernel - 1)")"
    if added > 0 { text += " + \(added)" }
    text += " + 1"
    guard output >= 1 else {
      diagnostics.add(
        .paddingEatsOutput(text, output, direction, at: arguments.span(of: "padding")))
      return nil
    }
    return Extent(size: output, paddingBefore: padding, arithmetic: text)
  }
}
