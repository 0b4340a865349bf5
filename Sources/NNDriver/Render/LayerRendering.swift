import NNLayers
import NNSpec

/// A network's layers in a row, those of blocks, repeats and `like` among them.
struct FlatLayers {
  /// The layers with their paths, in order.
  private(set) var layers: [(path: String, use: LayerUse)] = []
  /// The layer whose output a block's use or a `repeat` gives, by the use's path.
  private(set) var outputs: [String: String] = [:]

  init(_ network: Network) { _ = add(network.layers, prefix: "", given: nil) }

  private mutating func add(_ uses: [LayerUse], prefix: String, given: String?) -> String? {
    var previous = given
    for use in uses {
      let path = prefix + use.localName
      if let group = use.group {
        previous = add(group.layers, prefix: path + ".", given: previous)
        outputs[path] = previous
      } else {
        layers.append((path, use))
        previous = path
      }
    }
    return previous
  }
}

/// Renders the layers of one network. Operands are named by paths, or `previous` where that is the layer before.
struct LayerRenderer {
  private let records: [LayerRecord]
  private let renderer: (SpecPart) -> PartRenderer

  init(_ records: [LayerRecord], renderer: @escaping (SpecPart) -> PartRenderer) {
    self.records = records
    self.renderer = renderer
  }

  /// The layers, which `records` are the records of.
  func render(_ flat: FlatLayers) -> [RenderedSpec.Layer] {
    zip(flat.layers, records.indices).map { layer, index in render(layer.use, layer.path, index) }
  }

  private func render(_ use: LayerUse, _ path: String, _ index: Int) -> RenderedSpec.Layer {
    let renderer = renderer(use.part)
    let own = renderer.arguments(use.item, LayerRegistry.family)
    var keys = [Rendering.Entry("name", .name(path, from: use.name == nil ? "default" : nil))]
    if let from = operands(of: index, written: own.first { $0.key == "from" }?.value) {
      keys.append(.init("from", from))
    }
    keys += own.filter { $0.key != "name" && $0.key != "from" }
    return RenderedSpec.Layer(path: path, kind: use.kind, origin: renderer.origin(of: use.site), keys: keys)
  }

  /// What `from` is to say; nil where the layer before is meant and nothing is written.
  private func operands(of index: Int, written: Rendering?) -> Rendering? {
    let record = records[index]
    let names = written?.names ?? []
    let resolved = record.sources.indices.map { operand in
      name(
        record.sources[operand], record.inputNames[operand], index,
        written: names.count > operand ? names[operand] : nil)
    }
    if written == nil, resolved == ["previous"] { return nil }
    let isList = if case .list? = written?.content { true } else { resolved.count > 1 }
    let items = resolved.map { Rendering.name($0) }
    let result = isList ? Rendering(.list(items)) : items[0]
    guard let written else { return Rendering(result.content, from: "input") }
    return Rendering(result.content, from: written.origin ?? (result.flow == written.flow ? nil : written.flow))
  }

  /// The name of an operand: the layer at `source`, or the network's input where there is none.
  private func name(_ source: Int?, _ input: String?, _ index: Int, written: String?) -> String {
    guard let source else { return index == 0 && written == nil && input == nil ? "previous" : input ?? "input" }
    let path = records[source].name
    return source == index - 1 && written != path ? "previous" : path
  }
}

extension Rendering {
  /// The scalars of a list, or of itself.
  fileprivate var names: [String] {
    switch content {
    case .scalar(let text): [text]
    case .list(let items): items.map(\.flow)
    case .mapping: []
    }
  }
}
