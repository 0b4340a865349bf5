import NNGraph
import NNSpec
import NNTensor

extension Key {
  fileprivate static let pooling: [Key] = [
    .key("size", .pair(1...largestSize), default: .pair(SizePair(2)), "rows and columns of the window"),
    .optional(
      "stride", .pair(1...largestSize), absence: "= size", "pixels between neighbouring windows",
      implied: { $0.value("size") }),
    .key("padding", .pair(0...largestSize), default: .pair(SizePair(0)), "rows and columns around the input"),
  ]
}

extension LayerKind {
  static let maxPool = LayerKind(
    KindDefinition("max_pool", keys: Key.pooling, shorthand: "size", doc: "the maximum of each window"),
    shapeRule: "(size_in + 2 · padding − size) // stride + 1", formula: "y = max over the window", example: "max_pool"
  ) { context in
    context.buildPool { MaxPool(window: $0) }
  }

  static let averagePool = LayerKind(
    KindDefinition(
      "avg_pool", keys: Key.pooling, shorthand: "size", doc: "the mean of each window; padding counts as zeros"),
    shapeRule: "(size_in + 2 · padding − size) // stride + 1", formula: "y = mean over the window",
    example: "avg_pool: {size: 2}"
  ) { context in
    context.buildPool { AveragePool(window: $0) }
  }

  static let globalAveragePool = LayerKind(
    KindDefinition("global_avg_pool", keys: [], doc: "the mean of each channel"),
    shapeRule: "[channels]", formula: "y[c] = mean over rows and columns of x[…, c]", example: "global_avg_pool"
  ) { context in
    guard context.requireImage() != nil else { return nil }
    let value = context.apply(SpatialMean(), context.input.value)
    return context.signal(value, field: context.input.field.whole)
  }
}

extension LayerContext {
  fileprivate mutating func buildPool(_ operation: (PoolWindow) -> any Operation) -> Signal? {
    guard let window = arguments.size("size"), let size = requireImage() else { return nil }
    let padding = arguments.size("padding") ?? Size2D(0, 0)
    let stride = arguments.size("stride") ?? window
    if 2 * padding.height > window.height || 2 * padding.width > window.width {
      return fail(.poolPaddingTooLarge(padding, window, at: arguments.span(of: "padding")))
    }
    if arguments.kind == "max_pool", window.area > PoolWindow.maximumArea {
      return fail(.poolWindowTooLarge(window, at: arguments.span(of: "size")))
    }
    guard let height = windowed(size.height, 2 * padding.height, window.height, stride.height, 1, "height"),
      let width = windowed(size.width, 2 * padding.width, window.width, stride.width, 1, "width"),
      isAffordable([batch, height, width, input.channels], "its output"),
      isComputable([window.height, window.width], by: [batch, height, width, input.channels])
    else { return nil }
    let value = apply(operation(PoolWindow(size: window, stride: stride, padding: padding)), input.value)
    summary = "\(arguments.kind) \(window.height)×\(window.width)"
    let exact = window == stride && padding == Size2D(0, 0)
    arithmetic =
      exact
      ? "\(size.height) // \(stride.height)"
      : windowArithmetic(size.height, 2 * padding.height, window.height, stride.height, 1)
    return signal(value, field: input.field.after(window: window, stride: stride))
  }
}
