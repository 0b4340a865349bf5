import NNGraph
import NNSpec
import NNTensor

extension LayerKind {
  static let concat = LayerKind(
    KindDefinition("concat", keys: [], doc: "joins the channels of several layers"), operands: 2...64,
    shapeRule: "the same size, the sum of the channels", formula: "y = [x₁, x₂, …]",
    example: "concat: {from: [previous, skip]}"
  ) { context in
    let first = context.input
    for other in context.inputs.dropFirst() where other.shape.dropLast() != first.shape.dropLast() {
      return context.failMerge(first, other)
    }
    let channels = context.inputs.reduce(0) { $0 + $1.channels }
    guard context.isAffordable([context.batch] + first.shape.dropLast() + [channels], "its output") else { return nil }
    let value = context.graph.apply(Concatenate(), context.inputs.map(\.value), layer: context.path)[0]
    return context.signal(value, field: context.joinedField)
  }

  static let add = LayerKind(
    KindDefinition("add", keys: [], doc: "adds several layers of one shape"), operands: 2...64,
    shapeRule: "the same", formula: "y = x₁ + x₂ + …", example: "add: {from: [previous, skip]}"
  ) { context in
    context.buildFold(Add())
  }

  static let multiply = LayerKind(
    KindDefinition("multiply", keys: [], doc: "multiplies several layers of one shape"), operands: 2...64,
    shapeRule: "the same", formula: "y = x₁ · x₂ · …", example: "multiply: {from: [previous, skip]}"
  ) { context in
    context.buildFold(Multiply())
  }
}

extension LayerContext {
  fileprivate mutating func buildFold(_ operation: any Operation) -> Signal? {
    for other in inputs.dropFirst() where other.shape != input.shape { return failMerge(input, other) }
    let value = inputs.dropFirst().reduce(input.value) { apply(operation, $0, $1.value) }
    return signal(value, field: joinedField)
  }

  fileprivate var joinedField: ReceptiveField {
    inputs.dropFirst().reduce(input.field) { $0.joined(with: $1.field) }
  }

  fileprivate mutating func failMerge(_ first: Signal, _ second: Signal) -> Signal? {
    let index = inputs.indices.first { inputs[$0].shape == second.shape } ?? 0
    let names = (inputNames[0], inputNames[index])
    let help = trace.multipleHelp([first, second])
    diagnostics.add(
      .mergeDiffers(
        arguments.kind, first.shape, second.shape, names: names, at: arguments.kindSpan,
        notes: trace.lossNotes([first, second]),
        help: help.isEmpty ? trace.mergeHelp(arguments.kind, first, second, names: names) : help))
    return nil
  }
}
