import NNDiagnostics

/// Reads lists of layers and expands the blocks and repeats in them, within budgets.
struct LayerReader {
  /// How many layers a spec may have when all blocks and repeats are expanded.
  static let layerLimit = 10_000
  /// How deep blocks and repeats may be nested.
  static let nestingLimit = 64

  /// Where a list of layers stands.
  struct Place {
    /// What its expressions see.
    var environment: Environment
    /// The table of the blocks it may use.
    var table: Int
    /// Where it was expanded from.
    var site: ExpansionSite?
    /// The blocks around it, outermost first.
    var around: [(table: Int, name: String)] = []
    /// How many blocks and repeats are around it.
    var depth = 0
  }

  /// The blocks that each file may use, by name.
  var tables: [[String: BlockDefinition]] = []
  /// The kinds of layers, which no block may be called like.
  var kinds: Set<String> = []
  /// Aliases of each file's includes that could not be read.
  var failedAliases: [Set<String>] = []
  /// What is wrong so far.
  var diagnostics = Diagnostics()
  /// The warnings that layers accept.
  private(set) var allowed = AllowReader()

  /// So many turns of a `repeat` are read though something is wrong in each.
  private static let wrongTurnLimit = 8

  private var reports = ExpansionReports()
  private var budget = LayerReader.layerLimit
  private var isExhausted = false
  private var used: Set<String> = []
  private var reportedCycles: Set<Set<String>> = []

  /// The layers of a list; false where one is wrong and reported, so that the list's output is unknown.
  mutating func layers(
    _ nodes: [Node], inputs: [Spanned<String>] = [], in place: Place
  ) -> (layers: [LayerUse], isWhole: Bool) {
    var layers: [LayerUse] = []
    var names = LocalNames(inputs: inputs)
    var isWhole = true
    for node in nodes {
      if diagnostics.isFull { isExhausted = true }
      guard !isExhausted, let layer = layer(node, &names, in: place) else {
        isWhole = false
        continue
      }
      layers.append(layer)
      if layer.isReported || !(layer.group?.isWhole ?? true) { isWhole = false }
    }
    if isExhausted { return ([], false) }
    return (layers, isWhole && !layers.isEmpty)
  }

  private mutating func layer(_ node: Node, _ names: inout LocalNames, in place: Place) -> LayerUse? {
    var found = Diagnostics()
    guard let written = item(node, &found) else {
      report(found, place)
      return nil
    }
    let item = meant(written, in: place)
    if item.kind != "repeat" { budget -= 1 }
    if budget < 0 { exhaust(.tooManyLayers(LayerReader.layerLimit, turns: nil, at: item.kindSpan), place) }
    let name = layerName(item, in: place.environment, &found)
    var local = names.add(name, kind: item.kind, at: item.kindSpan, diagnostics: &found)
    if found.hasErrors { local += "'\(item.span.start)" }
    report(found, place)
    allowed.read(item.arguments, in: item.span, place.environment)
    let (group, isReported) = isExhausted ? (nil, true) : group(item, in: place)
    return LayerUse(
      item: item, name: name, localName: local, environment: place.environment, isReported: isReported, group: group,
      site: place.site)
  }

  private mutating func report(_ found: Diagnostics, _ place: Place) {
    reports.add(found, from: place.site, to: &diagnostics)
  }

  private mutating func report(_ diagnostic: Diagnostic, _ place: Place) {
    var found = Diagnostics()
    found.add(diagnostic)
    report(found, place)
  }

  private mutating func exhaust(_ diagnostic: Diagnostic, _ place: Place) {
    if !isExhausted { report(diagnostic, place) }
    isExhausted = true
  }

  /// A layer's kind and arguments. `- conv:` with its keys on the same level is the usual slip of indentation.
  private func item(_ node: Node, _ found: inout Diagnostics) -> KindItem? {
    if let entries = node.mapping, entries.count > 1, let first = entries.first, first.value.isNull {
      found.add(.argumentsNotIndented(first, second: entries[1]))
      return nil
    }
    return KindItem(node, noun: "layer", diagnostics: &found)
  }

  /// The item, or one of the kind or block that a misspelt one means beyond doubt, which is reported.
  private mutating func meant(_ item: KindItem, in place: Place) -> KindItem {
    let isKnown = item.kind == "repeat" || kinds.contains(item.kind) || tables[place.table][item.kind] != nil
    if isKnown || kinds.isEmpty { return item }
    let blocks = tables[place.table].keys.sorted()
    let included = blocks.filter { $0.contains(".") }
    let names = alias(of: item, in: place) == nil ? kinds.sorted() + blocks + ["repeat"] : included
    guard let meant = Suggestion.sure(item.kind, among: names) else { return item }
    let finding: Diagnostic =
      names == included
      ? .unknownBlock(item.kind, known: included, at: item.kindSpan)
      : .unknownKind(item.kind, noun: "layer", names: names, at: item.kindSpan)
    report(finding, place)
    return item.of(meant)
  }

  /// The included file that a kind with a point seems to name; nil where it is another framework's module.
  private func alias(of item: KindItem, in place: Place) -> String? {
    guard item.kind.contains("."), let alias = item.kind.split(separator: ".").first.map(String.init) else {
      return nil
    }
    let isModule = ["nn", "torch", "tf", "keras", "layers"].contains(alias)
    return isModule && !tables[place.table].keys.contains(where: { $0.hasPrefix("\(alias).") }) ? nil : alias
  }

  /// The name as written; one that is no name at all is reported with the layer's other keys.
  private func layerName(
    _ item: KindItem, in environment: Environment, _ found: inout Diagnostics
  ) -> Spanned<String>? {
    guard let node = item.arguments?["name"] else { return nil }
    var decoder = ValueDecoder(environment)
    guard case .name(let name)? = decoder.decode(node, as: .name, subject: "`name`") else { return nil }
    if let first = name.split(separator: ".").first.map(String.init), Names.operands.contains(first) {
      found.add(.reservedLayerName(first, at: node.span))
    }
    return Spanned(name, at: node.span)
  }

  // MARK: Blocks

  /// What an item stands for, where it is no layer; true where it is wrong and reported.
  private mutating func group(_ item: KindItem, in place: Place) -> (LayerGroup?, isReported: Bool) {
    if item.kind == "repeat" {
      let group = turns(item, in: place)
      return (group, group == nil)
    }
    if let block = tables[place.table][item.kind] {
      let group = use(of: block, item, in: place)
      return (group, group == nil)
    }
    guard let alias = alias(of: item, in: place) else { return (nil, false) }
    if !failedAliases[place.table].contains(alias) {
      let known = tables[place.table].keys.filter { $0.contains(".") }.sorted()
      report(.unknownBlock(item.kind, known: known, at: item.kindSpan), place)
    }
    return (nil, true)
  }

  private mutating func use(of block: BlockDefinition, _ item: KindItem, in place: Place) -> LayerGroup? {
    // The block's name is wrong, and reported: which of the two is meant is unknown.
    if kinds.contains(block.name) { return nil }
    used.insert("\(block.table).\(block.name)")
    var found = Diagnostics()
    let keys = KeyTable(block.parameters.filter { !$0.isReserved }.map(\.key) + KindFamily.layerKeys)
    var decoder = TableDecoder(place.environment, owner: "`\(item.kind)`", keySpan: item.kindSpan, kind: item.kind)
    let arguments = decoder.decode(item.arguments, keys: keys, span: item.span)
    found.add(contentsOf: decoder.diagnostics)
    let environment = environment(of: block, arguments, in: place, &found)
    let from = operand(arguments, of: "the block `\(item.kind)`", &found)
    let isKnown = block.parameters.allSatisfy { environment[$0.name]?.value != nil }
    let isValid = isKnown && arguments.isValid
    report(found, place)
    guard block.isWhole, !isCycle(block, item, in: place), !isTooDeep(place, item) else { return nil }
    var inner = Place(environment: environment, table: block.table)
    inner.site = ExpansionSite("expanded from here", at: item.kindSpan, in: place.site)
    inner.around = place.around + [(block.table, block.name)]
    inner.depth = place.depth + 1
    let (layers, isWhole) = layers(block.layers, in: inner)
    return LayerGroup(origin: .block, from: from, layers: layers, isWhole: isWhole && isValid)
  }

  /// What a block's expressions see: its file's names and its parameters, defaults after those they may use.
  private func environment(
    of block: BlockDefinition, _ arguments: Arguments, in place: Place, _ found: inout Diagnostics
  ) -> Environment {
    var environment = block.environment.inner()
    for parameter in block.parameters {
      var value: ExpressionValue?
      var written = parameter.fallback?.span
      let subject = "the parameter `\(parameter.name)`"
      if parameter.isReserved {
        written = nil
      } else if arguments.isGiven(parameter.name), let node = arguments.node(parameter.name) {
        written = node.span
        let entry = Node.Entry(key: parameter.entry.key, value: Node(node.content, span: node.span))
        if VariableReader.isConstant(entry, subject: subject, diagnostics: &found) {
          value = VariableReader.value(of: node, subject: subject, in: place.environment, diagnostics: &found)
        }
      } else if let node = parameter.fallback, node.scalar != .unknown, !arguments.isInvalid(parameter.name) {
        value = VariableReader.value(of: node, subject: subject, in: environment, diagnostics: &found)
      }
      environment.define(
        parameter.name, as: value, at: parameter.entry.key.span, .parameter, written: written)
    }
    return environment
  }

  private func operand(_ arguments: Arguments, of what: String, _ found: inout Diagnostics) -> [Spanned<String>]? {
    guard arguments.isGiven("from") else { return nil }
    let span = arguments.span(of: "from")
    if let name = arguments.string("from") { return [Spanned(name, at: span)] }
    let names = (arguments.list("from") ?? []).compactMap { element -> Spanned<String>? in
      if case .name(let name) = element.value { Spanned(name, at: element.span) } else { nil }
    }
    if names.count > 1 { found.add(.blockTakesOneOperand(what, count: names.count, at: span)) }
    return Array(names.prefix(1))
  }

  private mutating func isCycle(_ block: BlockDefinition, _ item: KindItem, in place: Place) -> Bool {
    guard let start = place.around.firstIndex(where: { $0.table == block.table && $0.name == block.name }) else {
      return false
    }
    let names = place.around[start...].map(\.name) + [block.name]
    if reportedCycles.insert(Set(names)).inserted {
      diagnostics.add(.blockCycle(names, at: item.kindSpan))
    }
    return true
  }

  private mutating func isTooDeep(_ place: Place, _ item: KindItem) -> Bool {
    if place.depth < LayerReader.nestingLimit { return false }
    exhaust(.nestedTooDeep(LayerReader.nestingLimit, at: item.kindSpan), place)
    return true
  }

  // MARK: Repeat

  private mutating func turns(_ item: KindItem, in place: Place) -> LayerGroup? {
    var found = Diagnostics()
    var decoder = TableDecoder(place.environment, owner: "`repeat`", keySpan: item.kindSpan, kind: item.kind)
    let arguments = decoder.decode(item.arguments, keys: SectionKeys.repetition, span: item.span)
    found.add(contentsOf: decoder.diagnostics)
    let nodes = LayerList.read(arguments, of: "this `repeat`", at: item.kindSpan, diagnostics: &found)
    if let index = arguments.string("index"), !VariableReader.isName(index) {
      found.add(.badVariableName(index, at: arguments.span(of: "index")))
    }
    let from = operand(arguments, of: "`repeat`", &found)
    let count = arguments.integer("count")
    let isValid = !found.hasErrors && arguments.isValid
    report(found, place)
    guard let nodes, !isTooDeep(place, item) else { return nil }
    if let count, count > max(0, budget) / nodes.count {
      exhaust(
        .tooManyLayers(LayerReader.layerLimit, turns: count, at: arguments.span(of: "count")), place)
      return nil
    }
    var turns: [LayerUse] = []
    var isWhole = isValid
    var wrongTurns = 0
    for turn in 0..<(count ?? 1) {
      // What is wrong in so many turns is wrong in all: the others are taken to be like the last one.
      if wrongTurns == LayerReader.wrongTurnLimit, let last = turns.last {
        turns.append(last.called(String(turn)))
        continue
      }
      let use = self.turn(turn, isKnown: count != nil, nodes, arguments, item, in: place)
      turns.append(use)
      if !(use.group?.isWhole ?? false) {
        isWhole = false
        wrongTurns += 1
      }
    }
    return LayerGroup(origin: .turns, from: from, layers: turns, isWhole: isWhole)
  }

  private mutating func turn(
    _ turn: Int, isKnown: Bool, _ nodes: [Node], _ arguments: Arguments, _ item: KindItem, in place: Place
  ) -> LayerUse {
    var inner = place
    inner.depth += 1
    inner.site = ExpansionSite("expanded from here, in turn \(turn)", at: item.kindSpan, in: place.site)
    inner.environment = place.environment.inner()
    if let index = arguments.string("index") {
      inner.environment.define(index, as: isKnown ? .integer(turn) : nil, at: arguments.span(of: "index"), .index)
    }
    let (layers, isWhole) = layers(nodes, in: inner)
    return LayerUse(
      item: KindItem(kind: item.kind, kindSpan: item.kindSpan, arguments: nil, span: item.span), name: nil,
      localName: String(turn), environment: inner.environment, isReported: false,
      group: LayerGroup(origin: .turn, from: nil, layers: layers, isWhole: isWhole), site: place.site)
  }

  // MARK: Unused blocks

  /// All blocks of a file; those that nothing uses are read with unknown parameters.
  mutating func blocks(ofTable table: Int) -> [Block] {
    tables[table].values.filter { $0.table == table }.sorted { $0.nameSpan.start < $1.nameSpan.start }.map { block in
      let isUsed = used.contains("\(block.table).\(block.name)")
      return Block(
        name: block.name, nameSpan: block.nameSpan, isUsed: isUsed, unusedLayers: isUsed ? [] : unusedLayers(of: block))
    }
  }

  private mutating func unusedLayers(of block: BlockDefinition) -> [LayerUse] {
    var environment = block.environment.inner()
    for parameter in block.parameters {
      if let node = parameter.fallback, node.scalar != .unknown {
        let subject = "the parameter `\(parameter.name)`"
        _ = VariableReader.value(of: node, subject: subject, in: environment, diagnostics: &diagnostics)
      }
      environment.define(parameter.name, as: nil, at: parameter.entry.key.span)
    }
    var place = Place(environment: environment, table: block.table)
    place.around = [(block.table, block.name)]
    return layers(block.layers, in: place).layers
  }
}

extension BlockDefinition.Parameter {
  /// The key that a use of the block takes.
  fileprivate var key: Key {
    let doc = "A parameter of the block."
    return fallback == nil ? .required(name, .node, doc) : .optional(name, .node, doc)
  }
}
