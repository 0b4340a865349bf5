import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// Builds one network's layers into a graph.
struct NetworkBuilder {
  private let network: Network
  private let input: Signal
  private let batch: Int
  var graph: Graph
  var diagnostics: Diagnostics
  /// The layers so far.
  private(set) var trace: SizeTrace
  /// Outputs by layer name.
  private(set) var named: [String: Signal] = [:]
  /// False where a layer counts its input's values.
  private(set) var isConvolutional = true
  private var counts: [String: Int] = [:]
  private var streams = 0

  init(network: Network, input: Signal, graph: Graph, batch: Int, diagnostics: Diagnostics) {
    self.network = network
    self.input = input
    self.graph = graph
    self.batch = batch
    self.diagnostics = diagnostics
    trace = SizeTrace(network: network.name)
  }

  /// Reports what is wrong with the layers' keys where nothing can be built.
  static func checkKeys(of network: Network, diagnostics: inout Diagnostics) {
    for use in network.layers where !use.isReported {
      _ = LayerRegistry.family.decode(use.item, in: use.environment, diagnostics: &diagnostics)
    }
  }

  /// The network's output; nil where a layer is wrong (then all later layers' keys are still checked).
  mutating func build() -> Signal? {
    var previous: Signal? = input
    for use in network.layers { previous = build(use, previous) }
    return previous
  }

  private mutating func build(_ use: LayerUse, _ previous: Signal?) -> Signal? {
    let name = self.name(of: use)
    guard !use.isReported,
      let arguments = LayerRegistry.family.decode(use.item, in: use.environment, diagnostics: &diagnostics),
      let kind = LayerRegistry.kind(use.kind)
    else { return nil }
    guard let operands = operands(kind, arguments, previous), arguments.isValid else { return nil }
    let before = (nodes: graph.nodes.count, parameters: graph.parameters.count)
    let taken = graph
    graph = Graph()
    var context = LayerContext(
      graph: taken, diagnostics: diagnostics, arguments: arguments, path: "\(network.name).\(name)",
      inputs: operands.signals, inputNames: operands.names, trace: trace, batch: batch, isFrozen: network.isFrozen,
      streams: streams, arithmetic: nil, summary: use.kind)
    var result = kind.build(&context)
    graph = context.graph
    diagnostics = context.diagnostics
    streams = context.streams
    guard let signal = result else { return nil }
    if ["dense", "reshape", "flatten"].contains(use.kind) { isConvolutional = false }
    record(name, context, signal, since: before)
    result?.record = trace.layers.count - 1
    named[name] = result
    return result
  }

  private mutating func name(of use: LayerUse) -> String {
    if let name = use.name { return name.value }
    counts[use.kind, default: 0] += 1
    let name = "\(use.kind)_\(counts[use.kind] ?? 1)"
    if let taken = network.layers.compactMap(\.name).first(where: { $0.value == name }) {
      diagnostics.add(.nameOfAnother(name, at: taken.span, other: use.kindSpan))
    }
    return name
  }

  // MARK: Operands

  private mutating func operands(
    _ kind: LayerKind, _ arguments: Arguments, _ previous: Signal?
  ) -> (signals: [Signal], names: [String])? {
    guard arguments.isGiven("from") else {
      guard kind.operands.contains(1) else {
        diagnostics.add(.operandCount(kind.name, kind.operands, 0, at: arguments.kindSpan))
        return nil
      }
      return previous.map { ([$0], ["previous"]) }
    }
    let names: [Spanned<String>]
    if let list = arguments.list("from") {
      names = list.compactMap { item in
        guard case .name(let name) = item.value else { return nil }
        return Spanned(name, at: item.span)
      }
    } else if let name = arguments.string("from") {
      names = [Spanned(name, at: arguments.span(of: "from"))]
    } else {
      return nil
    }
    guard kind.operands.contains(names.count) else {
      diagnostics.add(.operandCount(kind.name, kind.operands, names.count, at: arguments.span(of: "from")))
      return nil
    }
    let found = names.map { operand($0, previous) }
    let signals = found.compactMap { $0 }
    return signals.count == names.count ? (signals, names.map(\.value)) : nil
  }

  private mutating func operand(_ name: Spanned<String>, _ previous: Signal?) -> Signal? {
    if name.value == "previous" { return previous }
    if name.value == "input" { return input }
    if let signal = named[name.value] { return signal }
    let declared = network.layers.contains { $0.name?.value == name.value && $0.span.end <= name.span.start }
    if declared { return nil }
    if let later = network.layers.compactMap(\.name).first(where: { $0.value == name.value }) {
      diagnostics.add(.laterLayer(name.value, at: name.span, later: later.span))
      return nil
    }
    let known = trace.layers.map(\.name)
    let suggestion = Suggestion.closest(to: name.value, among: ["previous", "input"] + known)
    diagnostics.add(.unknownLayer(name.value, at: name.span, suggestion: suggestion, known: known))
    return nil
  }

  // MARK: Records

  private mutating func record(
    _ name: String, _ context: LayerContext, _ signal: Signal, since before: (nodes: Int, parameters: Int)
  ) {
    let flops = graph.nodes[before.nodes...].reduce(0) { sum, node in
      sum + node.operation.flops(node.inputs.map(graph.type), node.outputs.map(graph.type)) / batch
    }
    let parameters = graph.parameters[before.parameters...].reduce(0) {
      $0 + ($1.role == .learnt ? $1.shape.elementCount : 0)
    }
    let arguments = context.arguments
    let stride = arguments.size("stride") ?? arguments.size("factor") ?? arguments.size("size") ?? Size2D(1, 1)
    let added = arguments.size("output_padding") ?? Size2D(0, 0)
    let activation = arguments.activation()
    let summary = activation == .none ? context.summary : "\(context.summary), \(activation)"
    trace.layers.append(
      LayerRecord(
        name: name, path: context.path, kind: arguments.kind, kindSpan: arguments.kindSpan, summary: summary,
        input: context.input.shape, output: signal.shape, parameters: parameters, flops: flops, field: signal.field,
        arithmetic: context.arithmetic, stride: (stride.height, stride.width),
        outputPadding: (added.height, added.width), sources: context.inputs.map(\.record)))
  }
}
