import NNDiagnostics
import NNFormats
import NNLayers
import NNSpec
import NNTensor

extension CheckedSpec {
  /// The spec with everything expanded, its paths as they lead from `folder` (empty for the current one); nil where it
  /// has errors.
  ///
  /// - Parameter length: replaces the length of training that the spec gives, as `--steps` and `--epochs` do.
  public func rendered(for folder: String, length: TrainingCount? = nil) -> RenderedSpec? {
    guard let spec, let model, failure == nil else { return nil }
    return SpecRenderer(spec, model, sources: sources, paths: PathRebase(from: directory, to: folder))
      .render(length: length)
  }
}

/// Renders a spec section by section.
struct SpecRenderer {
  private let spec: Spec
  private let model: Model
  private let sources: SourceMap
  private let paths: PathRebase
  private let flat: [String: FlatLayers]

  init(_ spec: Spec, _ model: Model, sources: SourceMap, paths: PathRebase) {
    self.spec = spec
    self.model = model
    self.sources = sources
    self.paths = paths
    flat = Dictionary(spec.networks.map { ($0.name, FlatLayers($0)) }, uniquingKeysWith: { first, _ in first })
  }

  func render(length: TrainingCount?) -> RenderedSpec {
    RenderedSpec(
      file: fileName, head: head,
      data: spec.data.map { .init($0.name, .mapping(renderer($0.part).entries(DataKeys.source))) },
      networks: spec.networks.map(network), rest: rest(length))
  }

  private func renderer(_ part: SpecPart) -> PartRenderer {
    PartRenderer(part, sources: sources) { [paths] in paths($0) }
  }

  // MARK: Top level

  private var fileName: String {
    let path = sources[spec.file].path
    return path == "-" ? "standard input" : Folder.baseName(path)
  }

  private var head: [Rendering.Entry] {
    let root = renderer(spec.part)
    let own = root.entries(SectionKeys.topLevel.only(["nnc", "name", "description", "allow"]))
    guard !own.contains(where: { $0.key == "name" }), Spec.isFolderName(spec.name) else { return own }
    var head = own
    head.insert(.init("name", .name(spec.name, from: "default: the file's name")), at: min(1, own.count))
    return head
  }

  private func rest(_ length: TrainingCount?) -> [Rendering.Entry] {
    let root = renderer(spec.part)
    var rest: [Rendering.Entry] = []
    if !spec.losses.isEmpty { rest.append(.init("losses", .mapping(spec.losses.map(loss)))) }
    rest += root.entries(SectionKeys.topLevel.only(["metrics"]))
    let train = root.entries(TrainKeys.train, under: "train")
    if !train.isEmpty { rest.append(.init("train", .mapping(train.replacing(length: length)))) }
    let expect = root.entries(SectionKeys.expect, under: "expect").map(expectation)
    if !expect.isEmpty { rest.append(.init("expect", .mapping(expect))) }
    return rest
  }

  private func expectation(_ entry: Rendering.Entry) -> Rendering.Entry {
    guard entry.key == "outputs", case .mapping(let entries) = entry.value.content else { return entry }
    return .init(entry.key, .mapping(entries.map { .init(reference($0.key, scope: ""), $0.value) }))
  }

  // MARK: Networks

  private func network(_ network: Network) -> RenderedSpec.Network {
    let renderer = renderer(network.part)
    let table = SectionKeys.network.without(["input", "layers", "like"])
    let records = model.network(network.name)?.layers ?? []
    let layers = LayerRenderer(records) { self.renderer($0) }
    return RenderedSpec.Network(
      name: network.name, origin: origin(of: network),
      keys: [.init("input", input(network.input, of: network))] + renderer.entries(table),
      layers: flat[network.name].map(layers.render) ?? [])
  }

  private func origin(of network: Network) -> String? {
    let place = Origins.place(network.nameSpan, in: sources)
    if let like = network.like { return "like \(like.value) at \(Origins.place(like.span, in: sources))" }
    return network.nameSpan.file == spec.file ? nil : place
  }

  private func input(_ input: NetworkInput, of network: Network) -> Rendering {
    switch input {
    case .onlySource(let name): return .name(network.scope + name.value, from: "default")
    case .name(let name): return .name(reference(name.value, scope: network.scope))
    case .shape(let shape): return .integers(shape.value)
    case .several(let inputs):
      return .mapping(inputs.map { .init($0.name.value, self.input($0.input, of: network)) })
    case .invalid: preconditionFailure("render: the input of `\(network.name)` is reported")
    }
  }

  /// The full name of what a file calls `name`. Blocks' uses and repeats are named by the layer that gives their output.
  private func reference(_ name: String, scope: String) -> String {
    let full = scope + name
    for index in full.indices.reversed() where full[index] == "." {
      guard let flat = flat[String(full[..<index])] else { continue }
      let path = String(full[full.index(after: index)...])
      return flat.outputs[path].map { full[..<index] + "." + $0 } ?? full
    }
    return full
  }

  // MARK: Losses

  /// Keys of losses that name networks, layers and data.
  private static let references = ["prediction", "target", "network", "discriminator", "fake", "real"]

  private func loss(_ use: LossUse) -> Rendering.Entry {
    let renderer = renderer(use.part)
    let written = renderer.arguments(use.item, LossRegistry.family)
    let record = model.losses.first { $0.name == use.name }
    let keys = (LossRegistry.family[use.item.kind]?.keys.keys ?? []).compactMap { key -> Rendering.Entry? in
      if key.name == "layers" { return features(written) }
      if let entry = written.first(where: { $0.key == key.name }) { return resolved(entry) }
      switch key.name {
      case "prediction": return record.map { .init(key.name, .name($0.network, from: "default")) }
      case "target": return record.map { .init(key.name, .name($0.targetName, from: "default")) }
      default: return nil
      }
    }
    let kind = Rendering.Entry(use.item.kind, .mapping(keys))
    return .init(use.name, .mapping([kind] + renderer.entries(SectionKeys.besideLoss)))
  }

  /// The layers of a feature network by their paths.
  private func features(_ written: [Rendering.Entry]) -> Rendering.Entry? {
    guard let layers = written.first(where: { $0.key == "layers" }), case .mapping(let weights) = layers.value.content
    else { return nil }
    let outputs = written.first { $0.key == "network" }.flatMap { flat[$0.value.flow]?.outputs } ?? [:]
    return .init("layers", .mapping(weights.map { .init(outputs[$0.key] ?? $0.key, $0.value) }))
  }

  private func resolved(_ entry: Rendering.Entry) -> Rendering.Entry {
    guard SpecRenderer.references.contains(entry.key), case .scalar(let name) = entry.value.content,
      case let full = reference(name, scope: ""), full != name
    else { return entry }
    return .init(entry.key, .name(full, from: entry.value.origin ?? name))
  }
}

extension KeyTable {
  /// Some of the keys.
  fileprivate func only(_ names: Set<String>) -> KeyTable { KeyTable(keys.filter { names.contains($0.name) }) }

  /// The other keys.
  fileprivate func without(_ names: Set<String>) -> KeyTable { KeyTable(keys.filter { !names.contains($0.name) }) }
}

extension [Rendering.Entry] {
  /// With another length of training.
  fileprivate func replacing(length: TrainingCount?) -> [Rendering.Entry] {
    guard let length else { return self }
    let (key, count) = length.option
    let entry = Rendering.Entry(key, Rendering(.scalar(String(count)), from: "--\(key)"))
    return [entry] + filter { $0.key != "epochs" && $0.key != "steps" }
  }
}

extension TrainingCount {
  /// The option of `nnc train` that asks for it.
  fileprivate var option: (name: String, count: Int) {
    switch self {
    case .steps(let count): ("steps", count)
    case .epochs(let count): ("epochs", count)
    }
  }
}
