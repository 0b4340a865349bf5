import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// What a list of layers, or the next layer in it, is given.
enum Given {
  /// One tensor.
  case signal(Signal)
  /// Several by name; a layer must say which it takes.
  case several([String])
  /// Something that is wrong and reported.
  case unknown

  init(_ signal: Signal?) { self = signal.map(Given.signal) ?? .unknown }
}

/// Builds one network's layers into a graph.
struct NetworkBuilder {
  /// A list of layers: the network's own, or what a block's use or a turn of a `repeat` stands for.
  fileprivate struct Scope {
    /// What stands before its names in paths inside the network: empty, or `down1.`.
    var prefix: String
    /// What it was given.
    var input: Given
    /// The prefixes that names are looked up with, innermost first; a turn sees what is around its `repeat`.
    var prefixes: [String]
  }

  private let network: Network
  private let inputs: [String: Signal?]
  private let given: Given
  /// Where the network's own list names its layers.
  private let places: [String: Span]
  private let blockNames: [FileID: [String]]
  private let batch: Int
  var graph: Graph
  var diagnostics: Diagnostics
  /// What was reported in expanded layers.
  var reports: ExpansionReports
  /// The dropouts and noises so far.
  var streams: RandomLayers
  /// Additions and multiplications of a batch in all layers of the spec so far.
  var arithmetic: Double
  /// The layers so far.
  private(set) var trace: SizeTrace
  /// Outputs by path inside the network.
  private(set) var named: [String: Signal] = [:]
  /// False where a layer counts its input's values.
  private(set) var isConvolutional = true
  /// Whether something that is wrong and reported was passed over, so that only shapes are as they will be.
  private(set) var isGuessed = false
  /// Paths of what is wrong and reported.
  private(set) var failed: Set<String> = []
  /// The names that the spec gives, by path, in order.
  private var written: [String] = []
  private var unknownNames: Set<Span> = []
  /// Of more names, those that were not written are not looked through for what was meant.
  private static let nameLimit = 500

  /// A builder of `network` on one input, or on several by name; an input that is wrong is nil.
  init(
    network: Network, given: Given, inputs: [String: Signal?], blockNames: [FileID: [String]], graph: Graph, batch: Int,
    diagnostics: Diagnostics, reports: ExpansionReports, streams: RandomLayers, arithmetic: Double
  ) {
    self.blockNames = blockNames
    self.network = network
    places = Dictionary(
      network.layers.lazy.compactMap(\.name).map { ($0.value, $0.span) }, uniquingKeysWith: { first, _ in first })
    self.given = given
    self.inputs = Dictionary(
      uniqueKeysWithValues: inputs.map { name, signal in
        var signal = signal
        signal?.inputName = name
        return (name, signal)
      })
    self.graph = graph
    self.batch = batch
    self.diagnostics = diagnostics
    self.reports = reports
    self.streams = streams
    self.arithmetic = arithmetic
    trace = SizeTrace(network: network.name)
  }

  /// The network's output; nil where a layer is wrong (then all later layers' keys are still checked).
  mutating func build() -> Signal? {
    let result = build(network.layers, Scope(prefix: "", input: given, prefixes: [""]))
    if case .signal(let signal) = result { return signal }
    return nil
  }

  private mutating func build(_ uses: [LayerUse], _ scope: Scope) -> Given {
    var previous = scope.input
    for use in uses {
      if diagnostics.isFull { return .unknown }
      previous = Given(build(use, previous, scope))
    }
    return previous
  }

  private mutating func build(_ use: LayerUse, _ previous: Given, _ scope: Scope) -> Signal? {
    let path = scope.prefix + use.localName
    let result = use.group.map { build($0, of: use, path, previous, scope) } ?? layer(use, path, previous, scope)
    if let result { named[path] = result } else { failed.insert(path) }
    if let name = use.name { written.append(scope.prefix + name.value) }
    return result
  }

  // MARK: Groups

  private mutating func build(
    _ group: LayerGroup, of use: LayerUse, _ path: String, _ previous: Given, _ scope: Scope
  ) -> Signal? {
    var given = previous
    if let from = group.from?.first {
      given = Given(collecting(use.site) { $0.operand(from, previous, scope) })
    } else if case .several(let names) = previous {
      diagnostics.add(.inputHasNames("`\(use.kind)`", names, at: use.kindSpan))
      given = .unknown
    }
    let prefix = path + "."
    let result: Given
    switch group.origin {
    case .block: result = build(group.layers, Scope(prefix: prefix, input: given, prefixes: [prefix]))
    case .turn: result = build(group.layers, Scope(prefix: prefix, input: given, prefixes: [prefix] + scope.prefixes))
    case .turns: result = build(group.layers, Scope(prefix: prefix, input: given, prefixes: scope.prefixes))
    }
    guard group.isWhole, case .signal(let signal) = result else { return nil }
    return signal
  }

  // MARK: Layers

  /// Runs `body` with diagnostics of its own, and reports them with notes that say where the layer was expanded from.
  private mutating func collecting<Result>(
    _ site: ExpansionSite?, _ body: (inout NetworkBuilder) -> Result
  ) -> Result {
    let before = diagnostics
    diagnostics = Diagnostics()
    let result = body(&self)
    let found = diagnostics
    diagnostics = before
    reports.add(found, from: site, and: network.site, to: &diagnostics)
    return result
  }

  private mutating func layer(_ use: LayerUse, _ path: String, _ previous: Given, _ scope: Scope) -> Signal? {
    if use.isReported { return nil }
    return collecting(use.site) { $0.built(use, path, previous, scope) }
  }

  private mutating func built(_ use: LayerUse, _ path: String, _ previous: Given, _ scope: Scope) -> Signal? {
    guard let written = LayerRegistry.arguments(of: use, blocks: blockNames, diagnostics: &diagnostics),
      let kind = LayerRegistry.kind(use.kind), let operands = operands(kind, written, previous, scope)
    else { return nil }
    let arguments = written.isValid ? written : LayerRegistry.family.passingOver(written)
    if !written.isValid { isGuessed = true }
    guard arguments.isValid else { return kind.keepsShape ? operands.signals[0] : nil }
    let before = (nodes: graph.nodes.count, parameters: graph.parameters.count)
    var context = LayerContext(
      graph: graph, diagnostics: diagnostics, arguments: arguments, path: "\(network.name).\(path)",
      inputs: operands.signals, inputNames: operands.names, trace: trace, batch: batch, isFrozen: network.isFrozen,
      streams: streams, arithmetic: nil, summary: use.kind)
    graph = Graph()
    var result = kind.build(&context)
    graph = context.graph
    diagnostics = context.diagnostics
    streams = context.streams
    context.trace = SizeTrace(network: network.name)
    guard let signal = result else {
      if kind.keepsShape { isGuessed = true }
      return kind.keepsShape ? operands.signals[0] : nil
    }
    if ["dense", "reshape", "flatten"].contains(use.kind) { isConvolutional = false }
    record(path, use, context, signal, since: before)
    guard isComputable(use) else { return nil }
    result?.record = trace.layers.count - 1
    return result
  }

  // MARK: Operands

  private mutating func operands(
    _ kind: LayerKind, _ arguments: Arguments, _ previous: Given, _ scope: Scope
  ) -> (signals: [Signal], names: [String])? {
    guard arguments.isGiven("from") else {
      guard !arguments.isInvalid("from") else { return nil }
      guard kind.operands.contains(1) else {
        diagnostics.add(.operandCount(kind.name, kind.operands, 0, at: arguments.kindSpan))
        return nil
      }
      if case .several(let names) = previous {
        diagnostics.add(.inputHasNames("`\(kind.name)`", names, at: arguments.kindSpan))
      }
      if case .signal(let signal) = previous { return ([signal], ["previous"]) }
      return nil
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
    let found = names.map { operand($0, previous, scope) }
    let signals = found.compactMap { $0 }
    return signals.count == names.count ? (signals, names.map(\.value)) : nil
  }

  private mutating func operand(_ name: Spanned<String>, _ previous: Given, _ scope: Scope) -> Signal? {
    if name.value == "previous" || name.value == "input" {
      switch name.value == "input" ? scope.input : previous {
      case .signal(let signal): return signal
      case .unknown: return nil
      case .several(let names):
        diagnostics.add(.inputHasNames("`\(name.value)`", names, at: name.span))
        return nil
      }
    }
    for prefix in scope.prefixes {
      if let signal = named[prefix + name.value] { return signal }
      if prefix.isEmpty, let input = inputs[name.value] { return input }
      if isFailed(prefix + name.value) { return nil }
    }
    guard unknownNames.insert(name.span).inserted else { return nil }
    if scope.prefix.isEmpty, let later = places[name.value] {
      diagnostics.add(.laterLayer(name.value, at: name.span, later: later))
      return nil
    }
    let known = names(in: scope)
    let others = named.count <= NetworkBuilder.nameLimit ? visible(in: scope) : []
    let candidates = ["previous", "input"] + inputs.keys.sorted() + known + others
    let suggestion = Suggestion.closest(to: name.value, among: candidates)
    diagnostics.add(.unknownLayer(name.value, at: name.span, suggestion: suggestion, known: known))
    return nil
  }

  /// Whether a path, or something that it is inside of, is wrong and reported.
  private func isFailed(_ path: String) -> Bool {
    var path = path[...]
    while true {
      if failed.contains(String(path)) { return true }
      guard let point = path.lastIndex(of: ".") else { return false }
      path = path[..<point]
    }
  }

  /// The names that the spec gives and a scope sees, in order; at most a few, the nearest.
  private func names(in scope: Scope) -> [String] {
    inputs.keys.sorted() + written.reversed().lazy.compactMap { scope.local($0) }.prefix(20).reversed()
  }

  /// All names that a scope sees.
  private func visible(in scope: Scope) -> [String] { named.keys.compactMap { scope.local($0) }.sorted() }

  // MARK: Records

  private mutating func record(
    _ name: String, _ use: LayerUse, _ context: LayerContext, _ signal: Signal,
    since before: (nodes: Int, parameters: Int)
  ) {
    let flops = graph.flops(ofNodesFrom: before.nodes) / batch
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
        outputPadding: (added.height, added.width),
        paddingSpan: arguments.isGiven("padding") && arguments.size("padding") != nil
          ? arguments.span(of: "padding") : nil, sources: context.inputs.map(\.record),
        inputNames: context.inputs.map(\.inputName), use: use, arguments: arguments))
  }
}

extension NetworkBuilder {
  /// Adds the last layer to the sum, which a spec's layers together must keep within a single layer's bound; reports once
  /// where they do not.
  private mutating func isComputable(_ use: LayerUse) -> Bool {
    arithmetic += Double(trace.layers.last?.flops ?? 0) * Double(batch)
    if arithmetic <= 2 * LayerContext.largestArithmetic { return true }
    diagnostics.add(.tooMuchArithmetic(arithmetic, isSum: true, at: use.kindSpan))
    arithmetic = -.infinity
    return false
  }
}

extension Graph {
  /// What nodes from `start` on compute for each batch: all but those that depend on parameters alone.
  fileprivate func flops(ofNodesFrom start: Int) -> Int {
    var constants: [ValueID] = []
    func isConstant(_ value: ValueID) -> Bool {
      if case .parameter = values[value.index].origin { return true }
      return constants.contains(value)
    }
    return nodes[start...].saturatedSum { node in
      if node.inputs.allSatisfy({ isConstant($0) }) {
        constants += node.outputs
        return 0
      }
      return node.operation.flops(node.inputs.map { type($0) }, node.outputs.map { type($0) })
    }
  }
}

extension NetworkBuilder.Scope {
  /// What a layer at `path` is called here; nil where it cannot be seen, or lies inside a block's use or a `repeat`.
  fileprivate func local(_ path: String) -> String? {
    for prefix in prefixes where path.hasPrefix(prefix) {
      let name = path.dropFirst(prefix.count)
      if !name.isEmpty { return String(name) }
    }
    return nil
  }
}

/// Reports what is wrong with layers' keys where nothing can be built.
struct KeyCheck {
  let blockNames: [FileID: [String]]
  var diagnostics: Diagnostics
  var reports: ExpansionReports
  /// Where kinds that are unknown were met: what could be meant is looked for once, however often a block is expanded.
  private var unknownKinds: Set<Span> = []

  init(blockNames: [FileID: [String]], diagnostics: Diagnostics, reports: ExpansionReports) {
    self.blockNames = blockNames
    self.diagnostics = diagnostics
    self.reports = reports
  }

  mutating func check(_ uses: [LayerUse], and outermost: ExpansionSite?) {
    for use in uses {
      if let group = use.group {
        check(group.layers, and: outermost)
      } else if !use.isReported, isKnown(use) || unknownKinds.insert(use.kindSpan).inserted {
        var found = Diagnostics()
        _ = LayerRegistry.arguments(of: use, blocks: blockNames, diagnostics: &found)
        reports.add(found, from: use.site, and: outermost, to: &diagnostics)
      }
    }
  }

  private func isKnown(_ use: LayerUse) -> Bool { LayerRegistry.family[use.kind] != nil }
}

extension LayerRegistry {
  /// The keys of a layer; nil for a kind that is unknown, reported with the blocks among the candidates.
  static func arguments(
    of use: LayerUse, blocks: [FileID: [String]], diagnostics: inout Diagnostics
  ) -> Arguments? {
    let others = family[use.kind] == nil ? (blocks[use.kindSpan.file] ?? []) + ["repeat"] : []
    return family.decode(use.item, or: others, in: use.environment, diagnostics: &diagnostics)
  }
}
