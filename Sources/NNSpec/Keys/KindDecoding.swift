import NNDiagnostics

extension KindItem {
  /// Reads `conv: {…}`, as a mapping of one key, or a bare word; anything else is reported and gives `nil`.
  public init?(_ node: Node, noun: String, diagnostics: inout Diagnostics) {
    switch node.content {
    case .scalar(let scalar) where !scalar.isNull && Literal(scalar.text) == .text:
      self.init(kind: scalar.text, kindSpan: node.span, arguments: nil, span: node.span)
    case .mapping(let entries):
      guard entries.count == 1, let entry = entries.first else {
        let place = entries.first.map { $0.key.span } ?? node.span
        diagnostics.add(.notAKind(node, noun: noun, at: place))
        return nil
      }
      self.init(kind: entry.name, kindSpan: entry.key.span, arguments: entry.value, span: node.span)
    default:
      diagnostics.add(.notAKind(node, noun: noun, at: node.span))
      return nil
    }
  }
}

extension KindFamily {
  /// The keys that every layer takes.
  public static let layerKeys: [Key] = [
    .optional(
      "name", .name, absence: "the kind and a number",
      "What the layer is called in references and reports; a name with points, `a.b`, where no other layer is called `a`."
    ).incidental,
    .optional(
      "from", .oneOf([.name, .list(.name)]), absence: "the layer before",
      "The layer whose output goes in, or a list of them for kinds that join."),
    .allow,
  ]

  /// The arguments of a kind in which what is wrong and incidental is passed over.
  public func passingOver(_ arguments: Arguments) -> Arguments { arguments.passingOver(keys(of: arguments.kind)) }

  /// Looks a kind up and reads what was written for it.
  ///
  /// - Parameter others: what else could have been meant, where the kind is unknown.
  /// - Returns: arguments in which wrong values are reported and marked invalid. A kind that is unknown is reported;
  ///   they are of the kind that is meant then, `nil` where that is in doubt.
  public func decode(
    _ item: KindItem, or others: [String] = [], in environment: Environment, diagnostics: inout Diagnostics
  ) -> Arguments? {
    if self[item.kind] == nil {
      diagnostics.add(.unknownKind(item.kind, noun: noun, names: names + others, at: item.kindSpan))
    }
    guard let definition = self[item.kind] ?? Suggestion.sure(item.kind, among: names + others).flatMap({ self[$0] })
    else { return nil }
    let keys = keys(of: definition.name)
    let owner = "`\(definition.name)`"
    var decoder = TableDecoder(environment, owner: owner, keySpan: item.kindSpan, kind: definition.name)
    let arguments: Arguments
    if let shorthand = definition.shorthand, let node = item.arguments, !shorthandIsMapping(node, keys) {
      arguments = decoder.decode(shorthand: shorthand, node, keys: keys, span: item.span)
    } else {
      arguments = decoder.decode(item.arguments, keys: keys, span: item.span)
    }
    diagnostics.add(contentsOf: decoder.diagnostics)
    return arguments
  }

  /// Whether a node names keys, rather than being the shorthand's value.
  private func shorthandIsMapping(_ node: Node, _ keys: KeyTable) -> Bool { node.mapping != nil || node.isNull }
}

/// Reads a mapping by a table of keys.
struct TableDecoder {
  private var values: ValueDecoder
  private let owner: String
  private let kind: String
  private let keySpan: Span

  /// What was found wrong so far.
  var diagnostics: Diagnostics { values.diagnostics }

  /// - Parameters:
  ///   - owner: who has the keys, for messages: "`conv`", "the spec".
  ///   - keySpan: where to report a missing key.
  init(_ environment: Environment, owner: String, keySpan: Span, kind: String) {
    values = ValueDecoder(environment)
    self.owner = owner
    self.kind = kind
    self.keySpan = keySpan
  }

  /// The arguments in a node; `nil` and an empty value are a mapping without keys.
  mutating func decode(_ node: Node?, keys: KeyTable, span: Span) -> Arguments {
    var arguments = Arguments(kind: kind, kindSpan: keySpan, span: span, capacity: keys.keys.count)
    var excused: Set<String> = []
    if let node, !node.isNull {
      if let entries = node.mapping {
        for entry in entries { read(entry, keys: keys, into: &arguments, excused: &excused) }
      } else {
        let place = node.scalar == nil ? keySpan : node.span
        let example = keys.keys.filter { if case .required = $0.presence { true } else { false } }.map(\.name)
        let from = node.sequence != nil && keys["from"] != nil ? ["from"] : []
        values.diagnostics.add(
          .notAMapping(node, owner: owner, keys: example + from, known: keys.keys.map(\.name), at: place))
        excused = Set(keys.keys.map(\.name))
      }
    }
    fillDefaults(keys, into: &arguments, excused: excused)
    return arguments
  }

  /// The arguments where a value stands for a mapping with one key.
  mutating func decode(shorthand name: String, _ node: Node, keys: KeyTable, span: Span) -> Arguments {
    var arguments = Arguments(kind: kind, kindSpan: keySpan, span: span, capacity: keys.keys.count)
    if let key = keys[name] {
      let value = values.decode(node, as: key.type, subject: owner)
      arguments.set(name, Arguments.Argument(value: value, keySpan: keySpan, span: node.span))
    }
    fillDefaults(keys, into: &arguments, excused: [])
    return arguments
  }

  private mutating func read(
    _ entry: Node.Entry, keys: KeyTable, into arguments: inout Arguments, excused: inout Set<String>
  ) {
    let name = entry.name
    if name.hasPrefix("x-") { return }
    if let key = keys[name] { return set(key, entry, in: &arguments) }
    reportUnknown(entry, keys: keys, excused: &excused)
    if let meant = Suggestion.sure(name, among: keys.names), arguments[meant] == nil, let key = keys[meant] {
      set(key, entry, in: &arguments)
    }
  }

  private mutating func set(_ key: Key, _ entry: Node.Entry, in arguments: inout Arguments) {
    let name = key.name
    let isEmpty = entry.value.isNull && entry.value.span.count == 0
    let node = isEmpty ? Node(entry.value.content, span: entry.key.span) : entry.value
    let value = values.decode(node, as: key.type, subject: owner == "the spec" ? "`\(name)`" : "`\(name)` of \(owner)")
    arguments.set(name, Arguments.Argument(value: value, keySpan: entry.key.span, span: node.span))
  }

  private mutating func reportUnknown(_ entry: Node.Entry, keys: KeyTable, excused: inout Set<String>) {
    let name = entry.name
    if entry.value.isNull, let colon = name.firstIndex(of: ":"), case let start = String(name[..<colon]),
      keys[start] != nil
    {
      values.diagnostics.add(.missingSpaceAfterColon(name, at: entry.key.span))
      excused.insert(start)
      return
    }
    let start = String(name.prefix { $0 != "=" }).withoutSpacesAtEnd
    if entry.value.isNull, start.count < name.count, keys[start] != nil {
      values.diagnostics.add(.equalsSign(name, at: entry.key.span))
      excused.insert(start)
      return
    }
    values.diagnostics.add(.unknownKey(name, of: owner, keys: keys.names, at: entry.key.span))
    if let meant = Suggestion.closest(to: name, among: keys.names) { excused.insert(meant) }
  }

  /// A key that is missing because its name is misspelt, or its mapping no mapping, is invalid and not missing.
  private mutating func fillDefaults(_ keys: KeyTable, into arguments: inout Arguments, excused: Set<String>) {
    for key in keys.keys where arguments[key.name] == nil {
      if excused.contains(key.name) {
        arguments.set(key.name, Arguments.Argument(value: nil, keySpan: nil, span: keySpan))
        continue
      }
      switch key.presence {
      case .required:
        values.diagnostics.add(.missingKey(key, of: owner, at: keySpan))
        arguments.set(key.name, Arguments.Argument(value: nil, keySpan: nil, span: keySpan))
      case .fallback(let value):
        arguments.set(key.name, Arguments.Argument(value: value, keySpan: nil, span: keySpan))
      case .optional: break
      }
    }
  }
}
