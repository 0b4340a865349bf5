import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

/// What lints look at: a spec without errors, its model, and what several of them need to know of its graph.
struct LintContext {
  /// A layer with the network it belongs to.
  final class Layer: Sendable {
    let record: LayerRecord
    let network: NetworkRecord

    init(record: LayerRecord, network: NetworkRecord) {
      self.record = record
      self.network = network
    }
  }

  /// The spec.
  let spec: Spec
  /// Its model, for one sample.
  let model: Model
  /// What each data source gives.
  let facts: [String: DataFacts]
  /// For each value, the nodes that read it.
  let readers: Readers
  /// What each value of the graph can be.
  let ranges: [ValueRange]
  private let sources: SourceMap
  /// All layers in the order of the spec.
  let allLayers: [Layer]
  private let layers: [String: Layer]
  /// The values that somebody outside the graph reads: networks' results and losses' predictions.
  private let results: IDSet<ValueID>

  init(spec: Spec, model: Model, facts: [String: DataFacts], sources: SourceMap) {
    self.spec = spec
    self.model = model
    self.facts = facts
    self.sources = sources
    readers = model.graph.readers
    ranges = ValueRange.ranges(of: model.graph, data: LintContext.dataRanges(spec))
    allLayers = model.networks.flatMap { network in network.layers.map { Layer(record: $0, network: network) } }
    layers = Dictionary(allLayers.map { ($0.record.path, $0) }, uniquingKeysWith: { _, last in last })
    results = IDSet(model.results.map(\.value) + model.losses.map(\.prediction))
  }

  /// All networks and losses.
  var graph: Graph { model.graph }

  /// The scalars of all losses.
  var lossValues: [ValueID] { model.losses.flatMap { $0.parts.map(\.value) } }

  /// Whether the spec trains, rather than being there to be included or run.
  var trains: Bool { spec.train != nil && !spec.losses.isEmpty }

  /// So much of training in steps; nil where it is not known how many an epoch has.
  func steps(_ count: TrainingCount) -> Int? {
    if case .steps(let steps) = count { return steps }
    guard let train = spec.train, let batch = train.batchSize?.value, let loss = model.losses.leading,
      let samples = facts[Model.source(ofInput: loss.targetName)]?.samplesPerEpoch
    else { return nil }
    let batches = samples / batch + (samples % batch == 0 ? 0 : 1)
    return count.steps(perEpoch: batches / train.accumulate + (batches % train.accumulate == 0 ? 0 : 1))
  }

  /// The layer that a node belongs to; nil for a node of a loss.
  func layer(of node: NNGraph.Node) -> Layer? { layers[node.layer] }

  /// Whether a place is in the spec's own file.
  func isOwn(_ span: Span) -> Bool { span.file == spec.file }

  // MARK: The graph

  /// What a value can be.
  func range(_ value: ValueID) -> ValueRange { ranges[value.index] }

  /// The node that alone reads a value; nil where there are several, or somebody outside reads it too.
  func onlyReader(_ value: ValueID) -> NNGraph.Node? {
    guard !results.contains(value), let reader = readers.only(of: value) else { return nil }
    return graph.nodes[reader]
  }

  /// For each node, whether some of these values depend on it.
  func nodes(behind values: [ValueID]) -> [Bool] {
    var needed = IDSet(values)
    var found = [Bool](repeating: false, count: graph.nodes.count)
    for index in graph.nodes.indices.reversed() where needed.containsAny(of: graph.nodes[index].outputs) {
      found[index] = true
      needed.formUnion(graph.nodes[index].inputs)
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

  /// The place of a key's value; the kind's token where the key is not written.
  func span(of key: String, in layer: Layer) -> Span { layer.record.arguments.span(of: key) }

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
