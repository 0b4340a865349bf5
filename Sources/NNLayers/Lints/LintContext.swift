import NNDiagnostics
import NNGraph
import NNSpec

/// What lints look at: a spec without errors, its model, and what several of them need to know of its graph.
struct LintContext {
  /// A layer with the network it belongs to.
  struct Layer {
    var record: LayerRecord
    var network: NetworkRecord
  }

  /// The spec.
  let spec: Spec
  /// Its model, for one sample.
  let model: Model
  /// What each data source gives.
  let facts: [String: DataFacts]
  /// For each value, the nodes that read it.
  let readers: [[Int]]
  /// What each value of the graph can be.
  let ranges: [ValueRange]
  private let sources: SourceMap
  private let layers: [String: Layer]
  /// The values that somebody outside the graph reads: networks' results and losses' predictions.
  private let results: Set<ValueID>

  init(spec: Spec, model: Model, facts: [String: DataFacts], sources: SourceMap) {
    self.spec = spec
    self.model = model
    self.facts = facts
    self.sources = sources
    readers = model.graph.readers()
    ranges = ValueRange.ranges(of: model.graph, data: LintContext.dataRanges(spec))
    var layers: [String: Layer] = [:]
    for network in model.networks {
      for record in network.layers { layers[record.path] = Layer(record: record, network: network) }
    }
    self.layers = layers
    results = Set(model.results.map(\.value) + model.losses.map(\.prediction))
  }

  /// All networks and losses.
  var graph: Graph { model.graph }

  /// The scalars of all losses.
  var lossValues: [ValueID] { model.losses.flatMap { $0.parts.map(\.value) } }

  /// Whether the spec trains, rather than being there to be included or run.
  var trains: Bool { spec.train != nil && !spec.losses.isEmpty }

  /// The layer that a node belongs to; nil for a node of a loss.
  func layer(of node: NNGraph.Node) -> Layer? { layers[node.layer] }

  /// All layers in the order of the spec.
  var allLayers: [Layer] {
    model.networks.flatMap { network in network.layers.map { Layer(record: $0, network: network) } }
  }

  /// Whether a place is in the spec's own file.
  func isOwn(_ span: Span) -> Bool { span.file == spec.file }

  // MARK: The graph

  /// What a value can be.
  func range(_ value: ValueID) -> ValueRange { ranges[value.index] }

  /// The node that alone reads a value; nil where there are several, or somebody outside reads it too.
  func onlyReader(_ value: ValueID) -> NNGraph.Node? {
    guard !results.contains(value), readers[value.index].count == 1 else { return nil }
    return graph.nodes[readers[value.index][0]]
  }

  /// The nodes that some of these values depend on.
  func nodes(behind values: [ValueID]) -> Set<Int> {
    var found: Set<Int> = []
    var open = values
    while let value = open.popLast() {
      guard case .node(let index, _) = graph.values[value.index].origin, found.insert(index).inserted else { continue }
      open += graph.nodes[index].inputs
    }
    return found
  }

  /// The node whose values a value has, maybe in another shape, order or number.
  func source(of value: ValueID) -> NNGraph.Node? {
    var next = graph.producer(of: value)
    while let node = next, node.operation.keepsRange { next = graph.producer(of: node.inputs[0]) }
    return next
  }

  // MARK: Text

  /// A layer's keys with their values.
  func arguments(of layer: Layer) -> Arguments? {
    var unused = Diagnostics()
    return LayerRegistry.family.decode(layer.record.use.item, in: layer.record.use.environment, diagnostics: &unused)
  }

  /// The place of a key's value; the kind's token where the key is not written.
  func span(of key: String, in layer: Layer) -> Span {
    arguments(of: layer)?.span(of: key) ?? layer.record.kindSpan
  }

  /// The value of a layer's key, where a plain scalar stands there and no expression.
  func literal(_ key: String, of layer: Layer) -> (text: String, span: Span)? {
    guard let node = layer.record.use.item.arguments?[key], let scalar = node.scalar, scalar.style == .plain,
      !scalar.text.hasPrefix("$")
    else { return nil }
    return (scalar.text, node.span)
  }

  /// The edit that adds a key to a layer with keys, in the style that these have; nil where there are none.
  func adding(_ text: String, to layer: Layer) -> Fix.Edit? {
    guard let arguments = layer.record.use.item.arguments, let first = arguments.mapping?.first?.key.span,
      first.file == arguments.span.file, sources.files.indices.contains(first.file.index)
    else { return nil }
    let file = sources[first.file]
    let place = Span(file: first.file, start: first.start, end: first.start)
    if file.scalars.indices.contains(arguments.span.start), file.scalars[arguments.span.start] == "{" {
      return Fix.Edit(place, with: "\(text), ")
    }
    let indent = String(repeating: " ", count: file.position(of: first.start).column - 1)
    return Fix.Edit(place, with: "\(text)\n\(indent)")
  }

  /// The values of each field of pictures, by the graph's name of it; what noise is added to is missing.
  private static func dataRanges(_ spec: Spec) -> [String: ValueRange] {
    var ranges: [String: ValueRange] = [:]
    for source in spec.data {
      guard let range = ValueRange(of: source) else { continue }
      let isNoisy = source.degrade.contains { if case .noise = $0.value { true } else { false } }
      for field in ["image", "target"] + (isNoisy ? [] : ["input"]) { ranges["\(source.name).\(field)"] = range }
    }
    return ranges
  }
}
