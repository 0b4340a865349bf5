import NNDiagnostics

/// Reads `network` and `networks`.
struct NetworkReader {
  private let sources: [String]
  private let blocks: Set<String>
  private let environment: Environment
  private var diagnostics = Diagnostics()

  private init(sources: [String], blocks: Set<String>, environment: Environment) {
    self.sources = sources
    self.blocks = blocks
    self.environment = environment
  }

  static func read(
    _ root: Node, sources: [String], in environment: Environment, diagnostics: inout Diagnostics
  ) -> [Network] {
    let names = ["blocks", "include"].flatMap { root[$0]?.mapping?.map(\.name) ?? [] }
    let blocks = Set(names)
    var reader = NetworkReader(sources: sources, blocks: blocks, environment: environment)
    let networks = reader.networks(root)
    diagnostics.add(contentsOf: reader.diagnostics)
    return networks
  }

  private mutating func networks(_ root: Node) -> [Network] {
    let entries = root.mapping ?? []
    let single = entries.first { $0.name == "network" }
    let several = entries.first { $0.name == "networks" }
    if let single, let several {
      let (first, second) = single.key.span.start < several.key.span.start ? (single, several) : (several, single)
      diagnostics.add(.bothForms("network", "networks", at: second.key.span, first: first.key.span))
    }
    if let several {
      let named = NamedEntries.read(several, holds: "networks by name", diagnostics: &diagnostics)
      if named.count > 1 {
        diagnostics.add(.unsupported("more than one network", at: named[1].key.span))
      } else if named.isEmpty, several.value.mapping != nil {
        diagnostics.add(.noNetwork(at: several.key.span))
      }
      return named.enumerated().map { index, entry in
        let before = diagnostics
        let network = network(entry.value, name: entry.name, nameSpan: entry.key.span, isSupported: index == 0)
        if index > 0 { diagnostics = before }
        return network
      }
    }
    if let single { return [network(single.value, name: "model", nameSpan: single.key.span, isSupported: true)] }
    let misspelt = entries.contains { entry in
      SectionKeys.topLevel[entry.name] == nil
        && ["network", "networks"].contains(Suggestion.closest(to: entry.name, among: SectionKeys.topLevel.names) ?? "")
    }
    let isPartial = root["include"] != nil
    if !misspelt, !isPartial, let place = entries.first?.key.span { diagnostics.add(.noNetwork(at: place)) }
    return []
  }

  private mutating func network(_ node: Node, name: String, nameSpan: Span, isSupported: Bool) -> Network {
    if let nodes = node.sequence {
      let (layers, isWhole) = layers(nodes, of: name, nameSpan: nameSpan)
      return Network(
        name: name, nameSpan: nameSpan, input: defaultInput(name, nameSpan), layers: layers, isFrozen: false,
        weights: nil, isComplete: isWhole && isSupported)
    }
    guard node.mapping != nil else {
      diagnostics.add(
        .notAList(node, what: "the network `\(name)`", at: node.isNull ? nameSpan : node.span))
      return Network(
        name: name, nameSpan: nameSpan, input: .invalid, layers: [], isFrozen: false, weights: nil, isComplete: false)
    }
    var decoder = TableDecoder(environment, owner: "the network `\(name)`", keySpan: nameSpan, kind: name)
    let arguments = decoder.decode(node, keys: SectionKeys.network, span: node.span)
    let sharesLayers = arguments.isGiven("like")
    let missing = decoder.diagnostics.sorted.filter { !(sharesLayers && $0.code == .missingKey) }
    for diagnostic in missing { diagnostics.add(diagnostic) }
    let (layers, isWhole) = layers(arguments, name, nameSpan)
    return Network(
      name: name, nameSpan: nameSpan, input: input(arguments, name, nameSpan), layers: layers,
      isFrozen: arguments.boolean("frozen") ?? false,
      weights: arguments.string("weights").map { Spanned($0, at: arguments.span(of: "weights")) },
      isComplete: isWhole && isSupported && arguments.isValid)
  }

  private mutating func layers(_ arguments: Arguments, _ name: String, _ nameSpan: Span) -> ([LayerUse], Bool) {
    guard let node = arguments.node("layers") else { return ([], false) }
    guard let nodes = node.sequence else {
      let place = node.isNull || node.scalar == nil ? arguments.keySpan(of: "layers") : node.span
      diagnostics.add(.notAList(node, what: "`layers`", at: place))
      return ([], false)
    }
    return layers(nodes, of: name, nameSpan: nameSpan)
  }

  private mutating func defaultInput(_ name: String, _ nameSpan: Span) -> NetworkInput {
    if sources.count == 1 { return .onlySource(nameSpan) }
    diagnostics.add(.inputNeeded(network: name, sources: sources, at: nameSpan))
    return .invalid
  }

  private mutating func input(_ arguments: Arguments, _ name: String, _ nameSpan: Span) -> NetworkInput {
    guard arguments.isGiven("input"), let node = arguments.node("input") else {
      return arguments.isInvalid("input") ? .invalid : defaultInput(name, nameSpan)
    }
    if node.mapping != nil {
      diagnostics.add(.unsupported("an `input` of several names", at: arguments.keySpan(of: "input")))
      return .invalid
    }
    var decoder = ValueDecoder(environment)
    let value = decoder.decode(node, as: .oneOf([.shape, .name]), subject: "`input` of the network `\(name)`")
    diagnostics.add(contentsOf: decoder.diagnostics)
    switch value {
    case .shape(let shape): return .shape(Spanned(shape, at: node.span))
    case .name(let name): return .name(Spanned(name, at: node.span))
    default: return .invalid
    }
  }

  private mutating func layers(_ nodes: [Node], of network: String, nameSpan: Span) -> ([LayerUse], Bool) {
    if nodes.isEmpty { diagnostics.add(.noLayers(network: network, at: nameSpan)) }
    var layers: [LayerUse] = []
    var names: [String: Span] = [:]
    for node in nodes {
      guard let item = layerItem(node) else { continue }
      let name = layerName(item)
      if let name, Names.operands.contains(name.value) {
        diagnostics.add(.reservedName(name.value, at: name.span))
      }
      if let name, let first = names[name.value] {
        diagnostics.add(.duplicateName(name.value, what: "layer", first: first, second: name.span))
      } else if let name {
        names[name.value] = name.span
      }
      if item.kind == "repeat" { diagnostics.add(.unsupported("`repeat`", at: item.kindSpan)) }
      let block = item.kind.split(separator: ".").first.map(String.init) ?? item.kind
      let isReported = item.kind == "repeat" || blocks.contains(block)
      layers.append(LayerUse(item: item, name: name, environment: environment, isReported: isReported))
    }
    return (layers, layers.count == nodes.count && !layers.isEmpty && !layers.contains { $0.isReported })
  }

  /// A layer's kind and arguments. `- conv:` with its keys on the same level is the usual slip of indentation.
  private mutating func layerItem(_ node: Node) -> KindItem? {
    if let entries = node.mapping, entries.count > 1, let first = entries.first, first.value.isNull {
      diagnostics.add(.argumentsNotIndented(first, second: entries[1]))
      return nil
    }
    return KindItem(node, noun: "layer", diagnostics: &diagnostics)
  }

  private func layerName(_ item: KindItem) -> Spanned<String>? {
    guard let node = item.arguments?["name"] else { return nil }
    var decoder = ValueDecoder(environment)
    guard case .name(let name)? = decoder.decode(node, as: .name, subject: "`name`") else { return nil }
    return Spanned(name, at: node.span)
  }
}
