import NNDiagnostics

/// Reads `network` and `networks` of one file.
struct NetworkReader {
  private let sources: [String]
  private let table: Int
  private let folder: String
  private let isIncluded: Bool
  private let environment: Environment
  private let context: ReadingContext
  private var diagnostics = Diagnostics()

  /// The networks of a file. `others` are those of the files it includes; `sources` its data sources.
  static func read(
    _ root: Node, sources: [String], table: Int, folder: String, others: [Network], isIncluded: Bool,
    environment: Environment, in context: ReadingContext
  ) -> [Network] {
    var reader = NetworkReader(
      sources: sources, table: table, folder: folder, isIncluded: isIncluded, environment: environment,
      context: context)
    var networks = reader.networks(root, areOthers: !others.isEmpty)
    reader.resolveLikes(&networks, others)
    context.diagnostics.add(contentsOf: reader.diagnostics)
    return networks
  }

  private init(
    sources: [String], table: Int, folder: String, isIncluded: Bool, environment: Environment, context: ReadingContext
  ) {
    self.sources = sources
    self.table = table
    self.folder = folder
    self.isIncluded = isIncluded
    self.environment = environment
    self.context = context
  }

  private mutating func networks(_ root: Node, areOthers: Bool) -> [Network] {
    let entries = root.mapping ?? []
    let single = entries.first { $0.name == "network" }
    let several = entries.first { $0.name == "networks" }
    if let single, let several {
      let (first, second) = single.key.span.start < several.key.span.start ? (single, several) : (several, single)
      diagnostics.add(.bothForms("network", "networks", at: second.key.span, first: first.key.span))
    }
    if let several {
      let named = NamedEntries.read(several, holds: "networks by name", allowsPoints: true, diagnostics: &diagnostics)
      if named.isEmpty, several.value.mapping != nil, !areOthers { diagnostics.add(.noNetwork(at: several.key.span)) }
      return named.map { network($0.value, name: $0.name, nameSpan: $0.key.span) }
    }
    if let single { return [network(single.value, name: "model", nameSpan: single.key.span)] }
    let misspelt = entries.contains { entry in
      SectionKeys.topLevel[entry.name] == nil
        && ["network", "networks"].contains(Suggestion.closest(to: entry.name, among: SectionKeys.topLevel.names) ?? "")
    }
    let isPartial = isIncluded || areOthers || !context.layers.failedAliases[table].isEmpty
    if !misspelt, !isPartial, let place = entries.first?.key.span { diagnostics.add(.noNetwork(at: place)) }
    return []
  }

  private mutating func network(_ node: Node, name: String, nameSpan: Span) -> Network {
    if let nodes = node.sequence {
      if nodes.isEmpty { diagnostics.add(.noLayers("the network `\(name)`", at: nameSpan)) }
      let (layers, isWhole) = layers(nodes, inputs: [])
      return Network(
        name: name, nameSpan: nameSpan, input: defaultInput(name, nameSpan), layers: layers, isFrozen: false,
        weights: nil, weightsDigest: nil, scale: .unwritten, like: nil, isComplete: isWhole, part: part(node))
    }
    guard let entries = node.mapping, !isListOfLayers(entries) else {
      let place = node.mapping?.first?.key.span ?? (node.isNull ? nameSpan : node.span)
      diagnostics.add(.notAList(node, what: "the network `\(name)`", at: place))
      return Network(
        name: name, nameSpan: nameSpan, input: .invalid, layers: [], isFrozen: false, weights: nil,
        weightsDigest: nil, scale: .unwritten, like: nil, isComplete: false, part: part(node))
    }
    return network(keys: node, name, nameSpan)
  }

  /// Whether a mapping has none of a network's keys, right or misspelt: then its keys are layers without their dashes.
  private func isListOfLayers(_ entries: [Node.Entry]) -> Bool {
    let names = entries.map(\.name).filter { !$0.hasPrefix("x-") }
    return !names.isEmpty
      && names.allSatisfy { Suggestion.closest(to: $0, among: SectionKeys.network.names) == nil }
  }

  private mutating func network(keys node: Node, _ name: String, _ nameSpan: Span) -> Network {
    var decoder = TableDecoder(environment, owner: "the network `\(name)`", keySpan: nameSpan, kind: name)
    let arguments = decoder.decode(node, keys: SectionKeys.network, span: node.span)
    let isLike = arguments.isGiven("like")
    for diagnostic in decoder.diagnostics.sorted where !(isLike && diagnostic.code == .missingKey) {
      diagnostics.add(diagnostic)
    }
    let input = input(arguments, name, nameSpan)
    var layers: (layers: [LayerUse], isWhole: Bool) = ([], false)
    if isLike, arguments.isGiven("layers") {
      let spans = [arguments.keySpan(of: "layers"), arguments.keySpan(of: "like")].sorted { $0.start < $1.start }
      diagnostics.add(.likeAndLayers(at: spans[1], first: spans[0]))
    } else if let nodes = LayerList.read(
      arguments, of: "the network `\(name)`", at: nameSpan, diagnostics: &diagnostics)
    {
      layers = self.layers(nodes, inputs: input.localNames)
    }
    let digest = arguments.string("sha256").map { Spanned($0, at: arguments.span(of: "sha256")) }
    if digest != nil, !arguments.isGiven("weights") {
      diagnostics.add(.checksumWithoutWeights(at: arguments.keySpan(of: "sha256")))
    }
    let otherKeys = ["input", "frozen", "weights", "sha256", "like", "range", "mean", "std"]
    let isValid = isLike ? !otherKeys.contains { arguments.isInvalid($0) } : layers.isWhole && arguments.isValid
    return Network(
      name: name, nameSpan: nameSpan, input: input, layers: layers.layers,
      isFrozen: arguments.boolean("frozen") ?? false,
      weights: arguments.string("weights").map {
        Paths.join(folder, Spanned($0, at: arguments.span(of: "weights")))
      }, weightsDigest: digest, scale: ValueScale(arguments, diagnostics: &diagnostics),
      like: isLike && !arguments.isGiven("layers")
        ? arguments.string("like").map { Spanned($0, at: arguments.span(of: "like")) } : nil,
      isComplete: isValid && !(isLike && arguments.isGiven("layers")), part: part(node))
  }

  private func part(_ node: Node) -> SpecPart { SpecPart(node, environment, folder: folder) }

  private func layers(_ nodes: [Node], inputs: [Spanned<String>]) -> ([LayerUse], Bool) {
    context.layers.layers(nodes, inputs: inputs, in: LayerReader.Place(environment: environment, table: table))
  }

  // MARK: Input

  private mutating func defaultInput(
    _ name: String, _ nameSpan: Span, beside key: String = "layers"
  ) -> NetworkInput {
    if sources.count == 1 { return .onlySource(Spanned(sources[0], at: nameSpan)) }
    diagnostics.add(.inputNeeded(network: name, beside: key, sources: sources, at: nameSpan))
    return .invalid
  }

  private mutating func input(_ arguments: Arguments, _ name: String, _ nameSpan: Span) -> NetworkInput {
    guard arguments.isGiven("input"), let node = arguments.node("input") else {
      let key = arguments.isGiven("like") && !arguments.isGiven("layers") ? "like" : "layers"
      return arguments.isInvalid("input") ? .invalid : defaultInput(name, nameSpan, beside: key)
    }
    guard let entries = node.mapping else { return input(node, of: "`input` of the network `\(name)`") }
    let named = entries.filter { !$0.name.hasPrefix("x-") }
    guard !named.isEmpty else {
      let takes = "a name, a map of names, or a shape"
      diagnostics.add(
        .missingValue(subject: "`input` of the network `\(name)`", takes: takes, at: arguments.keySpan(of: "input")))
      return .invalid
    }
    let inputs = named.map { entry -> NamedInput in
      if !Names.isName(entry.name) {
        diagnostics.add(.badName(entry.name, at: entry.key.span))
      } else if entry.name == "input" || entry.name == "previous" {
        diagnostics.add(.reservedInputName(entry.name, at: entry.key.span))
      }
      let isEmpty = entry.value.isNull && entry.value.span.count == 0
      let value = isEmpty ? Node(entry.value.content, span: entry.key.span) : entry.value
      let input = input(value, of: "the input `\(entry.name)` of the network `\(name)`")
      return NamedInput(name: Spanned(entry.name, at: entry.key.span), input: input)
    }
    return .several(inputs)
  }

  private mutating func input(_ node: Node, of subject: String) -> NetworkInput {
    var decoder = ValueDecoder(environment)
    let value = decoder.decode(node, as: .oneOf([.shape, .name]), subject: subject)
    diagnostics.add(contentsOf: decoder.diagnostics)
    switch value {
    case .shape(let shape): return .shape(Spanned(shape, at: node.span))
    case .name(let name): return .name(Spanned(name, at: node.span))
    default: return .invalid
    }
  }

  /// Whether a name lies in an included file that could not be read.
  private func isMissing(_ name: String) -> Bool {
    Names.beginnings(of: name).contains { context.layers.failedAliases[table].contains($0) }
  }

  // MARK: Like

  /// Gives networks that are `like` another its layers.
  private mutating func resolveLikes(_ networks: inout [Network], _ others: [Network]) {
    let known = networks + others
    var byName = Dictionary(known.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    /// Networks that lead nowhere.
    var lost: Set<String> = []
    for index in networks.indices {
      guard let like = networks[index].like else { continue }
      var chain = [networks[index].name]
      var members = Set(chain)
      var next = byName[like.value]
      var reference = like
      while let network = next, !lost.contains(network.name), let further = network.like, network.scope.isEmpty,
        members.insert(network.name).inserted
      {
        chain.append(network.name)
        reference = further
        next = byName[further.value]
      }
      guard let origin = next, !lost.contains(origin.name), origin.like == nil || !members.contains(origin.name) else {
        networks[index].isComplete = false
        lost.formUnion(chain)
        if let origin = next {
          if members.contains(origin.name) { diagnostics.add(.likeCycle(chain + [origin.name], at: like.span)) }
        } else if reference.span == like.span, !isMissing(like.value) {
          diagnostics.add(
            .unknownNetwork(like.value, known: known.map(\.name).filter { $0 != chain[0] }, at: like.span))
        }
        continue
      }
      for name in chain { byName[name] = origin }
      networks[index].layers = origin.layers
      networks[index].site = ExpansionSite("built again here, as `\(networks[index].name)`", at: like.span, in: nil)
      if !origin.isComplete { networks[index].isComplete = false }
    }
  }
}

extension NetworkInput {
  /// The names of several inputs.
  fileprivate var localNames: [Spanned<String>] {
    if case .several(let inputs) = self { inputs.map(\.name) } else { [] }
  }
}
