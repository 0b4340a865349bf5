import NNDiagnostics
import NNLayers
import NNSpec
import NNTensor

/// A spec that was read and built, its data taken as declared.
struct Checked {
  var spec: Spec?
  var model: Model?
  var sources: SourceMap
  var diagnostics: Diagnostics

  init(path: String) { self.init(SpecReader.read(path: path, kinds: LayerRegistry.family.names)) }

  init(text: String, overrides: [Override] = []) {
    self.init(
      SpecReader.read(text: text, path: "t.yaml", overrides: overrides, kinds: LayerRegistry.family.names))
  }

  private init(_ reading: SpecReading) {
    spec = reading.spec
    sources = reading.sources
    diagnostics = reading.diagnostics
    guard let spec else { return }
    var facts: [String: DataFacts] = [:]
    for source in spec.data {
      guard let shape = source.shape?.value else { continue }
      let names = source.degrade.isEmpty ? ["image"] : ["input", "target"]
      facts[source.name] = DataFacts(fields: names.map { .init(name: $0, shape: shape) })
    }
    let built = ModelBuilder.build(spec, facts: facts, batch: 1)
    diagnostics.add(contentsOf: built.diagnostics)
    model = built
  }

  /// Code and place of each diagnostic; the file's name where it is not the first.
  var places: [String] {
    diagnostics.sorted.map { diagnostic in
      let file = sources[diagnostic.span.file]
      let (start, end) = (file.position(of: diagnostic.span.start), file.position(of: diagnostic.span.end))
      let name = file.id == FileID(0) ? "" : (file.path.split(separator: "/").last.map { "\($0) " } ?? "")
      return "\(diagnostic.code.code) \(name)\(start.line):\(start.column)-\(end.line):\(end.column)"
    }
  }

  /// The codes of all diagnostics in order.
  var codes: [String] { diagnostics.sorted.map(\.code.code) }

  /// The paths of a network's layers.
  func paths(_ network: String) -> [String] { model?.network(network)?.layers.map(\.path) ?? [] }

  /// The names of all parameters.
  var parameters: [String] { model?.graph.parameters.map(\.name) ?? [] }
}
