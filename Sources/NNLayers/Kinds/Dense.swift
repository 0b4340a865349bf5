import NNGraph
import NNSpec
import NNTensor

extension LayerKind {
  static let dense = LayerKind(
    KindDefinition(
      "dense",
      keys: [
        .required("units", .integer(1...Key.largestCount), "values of the output"), .bias, .activation, .spectralNorm,
        .initializer,
      ], doc: "every output depends on every input; an image is flattened first"),
    shapeRule: "[units]", formula: "y = activation(bias + W x)", example: "dense: {units: 10, activation: softmax}"
  ) { context in
    context.arguments.integer("units").flatMap { context.buildDense($0) }
  }

  static let flatten = LayerKind(
    KindDefinition("flatten", keys: [], doc: "an image's values in a row: by channel, then row, then column"),
    shapeRule: "[height · width · channels]", formula: "y[(c · height + h) · width + w] = x[h, w, c]",
    example: "flatten"
  ) { context in
    let input = context.input
    guard input.shape.count == 3 else { return context.signal(input.value, field: input.field) }
    let count = Shape(input.shape).elementCount
    let permuted = context.apply(Permute(.channelsFirst), input.value)
    let value = context.apply(Reshape([context.batch, count]), permuted)
    return context.signal(value, field: input.field.whole)
  }

  static let reshape = LayerKind(
    KindDefinition(
      "reshape", keys: [.required("shape", .shape, "the new shape, of as many values")], shorthand: "shape",
      doc: "the same values, counted by channel, row, column, in another shape"),
    shapeRule: "shape", formula: "flatten, then the inverse of flatten", example: "reshape: {shape: [4, 4, 4]}"
  ) { context in
    context.arguments.shape("shape").flatMap { context.buildReshape($0) }
  }
}

extension LayerContext {
  fileprivate mutating func buildDense(_ units: Int) -> Signal? {
    let count = Shape(input.shape).elementCount
    guard isAffordable([count, units], "its weights"), isAffordable([batch, units], "its output"),
      isComputable([count, units], by: [batch])
    else { return nil }
    let source = operand
    let weight = layerWeight(denseWeight(source.shape, units, count))
    var value = apply(Reshape([batch, 1, 1, count]), source.value)
    value = apply(
      Convolution(window: ConvolutionWindow(kernel: Size2D(1, 1)), outputSize: Size2D(1, 1)), value, weight)
    if arguments.boolean("bias") ?? true { value = addBias(value, channels: units) }
    value = activate(value, arguments.activation())
    if input.shape.count == 3 { summary = "dense (flattens)" }
    summary += spectralSummary
    let result = apply(Reshape([batch, units]), value)
    return signal(result, field: input.field.whole)
  }

  /// The operand in the order of values that the weights have in memory: its own where this is the first that they are
  /// applied to.
  private var operand: (value: ValueID, shape: [Int]) {
    mutating get {
      let own = flattened
      let name = "\(path).weight"
      guard let known = graph.parameter(named: name) ?? graph.parameter(named: name + "_orig") else { return own }
      let view = known.fileView
      let wanted = view.rank == 4 ? [view[2], view[3], view[1]] : [view[1]]
      if own.shape == wanted { return own }
      var value = input.value
      if input.shape.count == 3 { value = apply(Permute(.channelsFirst), value) }
      guard wanted.count == 3 else { return (value, wanted) }
      value = apply(Reshape([batch, wanted[2], wanted[0], wanted[1]]), value)
      return (apply(Permute(.channelsLast), value), wanted)
    }
  }

  /// What `flatten` was given where it made the input: its order of values then goes into the weights' order.
  private var flattened: (value: ValueID, shape: [Int]) {
    guard let reshape = graph.producer(of: input.value), reshape.operation is Reshape,
      let permute = graph.producer(of: reshape.inputs[0]), (permute.operation as? Permute)?.order == .channelsFirst
    else { return (input.value, input.shape) }
    let source = permute.inputs[0]
    return (source, Array(graph.shape(source).dimensions.dropFirst()))
  }

  /// `<path>.weight` in files `[units, inputs]` with inputs ordered channel, row, column; in memory `[1, 1, inputs,
  /// units]` with inputs ordered as the operand is stored.
  private func denseWeight(_ shape: [Int], _ units: Int, _ count: Int) -> Parameter {
    let isImage = shape.count == 3
    let view: Shape = isImage ? [units, shape[2], shape[0], shape[1]] : [units, count]
    var parameter = Parameter(
      name: "\(path).weight", layer: path, fileShape: [units, count], fileView: view,
      order: isImage ? [2, 3, 1, 0] : [1, 0], initializer: arguments.initializer(fanIn: count, fanOut: units),
      decays: true)
    parameter.shape = [1, 1, count, units]
    return parameter
  }

  fileprivate mutating func buildReshape(_ shape: [Int]) -> Signal? {
    guard isAffordable([batch] + shape, "its output") else { return nil }
    let (have, want) = (Shape(input.shape).elementCount, Shape(shape).elementCount)
    guard have == want else {
      return fail(
        .reshapeCount(
          input.shape, have, shape, want, at: arguments.span(of: "shape"),
          notes: trace.notes(input, "its input \(input.description)")))
    }
    var value = input.value
    if input.shape.count == 3 { value = apply(Permute(.channelsFirst), value) }
    guard shape.count == 3 else {
      let result = apply(Reshape([batch, want]), value)
      return signal(result, field: input.field.whole)
    }
    value = apply(Reshape([batch, shape[2], shape[0], shape[1]]), value)
    let result = apply(Permute(.channelsLast), value)
    return signal(result, field: input.field.whole)
  }
}
