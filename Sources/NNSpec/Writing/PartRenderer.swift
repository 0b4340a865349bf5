import NNDiagnostics
import NNTensor

/// Renders parts of a spec without errors by the tables that they are read by: expressions evaluated, defaults written
/// out, aliases and merges resolved.
public struct PartRenderer {
  private let part: SpecPart
  private let origins: Origins
  private let path: @Sendable (String) -> String

  /// A renderer of `part`; `path` turns a path that is relative to the spec's folder into what is to be written.
  public init(_ part: SpecPart, sources: SourceMap, path: @escaping @Sendable (String) -> String) {
    self.part = part
    self.path = path
    origins = Origins(sources: sources)
  }

  /// Where a layer was expanded from, innermost use first: `double at unet.yaml:24 via repeat at unet.yaml:20`; `nil`
  /// for one that stands in the network itself.
  public func origin(of site: ExpansionSite?) -> String? { origins.of(site) }

  // MARK: Tables

  /// The entries of the whole part, by its table of keys.
  public func entries(_ keys: KeyTable) -> [Rendering.Entry] { entries(part.node, keys, owner: part.node?.span) }

  /// The entries of one of the part's keys, which holds a mapping; none where it is not written.
  public func entries(_ keys: KeyTable, under key: String) -> [Rendering.Entry] {
    part.node?[key].map { entries($0, keys, owner: $0.span) } ?? []
  }

  /// What is written for a key, by its type; `nil` where it is not written.
  public func value(of key: String, as type: ValueType) -> Rendering? {
    part.node?[key].map { value($0, type) }
  }

  private func entries(_ node: Node?, _ keys: KeyTable, owner: Span?) -> [Rendering.Entry] {
    let place = owner ?? Span(file: FileID(0), start: 0, end: 0)
    var decoder = TableDecoder(part.environment, owner: "", keySpan: place, kind: "")
    let arguments = decoder.decode(node, keys: keys, span: place)
    return keys.keys.compactMap { key in
      if let entry = node?.mapping?.first(where: { $0.name == key.name }) {
        return Rendering.Entry(key.name, value(entry.value, key.type))
          .from(owner.flatMap { origins.outside($0, entry.key.span) })
      }
      return absent(key, arguments)
    }
  }

  /// What a key stands for that is not written.
  private func absent(_ key: Key, _ others: Arguments) -> Rendering.Entry? {
    let value: Value? = if case .fallback(let value) = key.presence { value } else { key.implied?(others) }
    return value.map { Rendering.Entry(key.name, fallback($0, key.type)).from(Origins.fallback) }
  }

  // MARK: Kinds

  /// A kind with its keys: `{adam: {learning_rate: 0.001, …}}`, or the bare word where it has none.
  public func kind(_ item: KindItem, _ family: KindFamily) -> Rendering {
    let entries = arguments(item, family)
    return entries.isEmpty ? .text(item.kind) : .mapping([.init(item.kind, .mapping(entries))])
  }

  /// The keys of a kind, those that all kinds of its family take last.
  public func arguments(_ item: KindItem, _ family: KindFamily) -> [Rendering.Entry] {
    guard let definition = family[item.kind] else { return [] }
    let keys = KeyTable(definition.keys.keys + family.commonKeys)
    guard let node = item.arguments, !node.isNull, node.mapping == nil, let name = definition.shorthand else {
      return entries(item.arguments, keys, owner: item.span)
    }
    let key = Node(.scalar(Node.Scalar(text: name, style: .plain, textStart: nil)), span: node.span)
    return entries(Node(.mapping([Node.Entry(key: key, value: node)]), span: node.span), keys, owner: node.span)
  }

  // MARK: Values

  /// What stands in a spec where a value of `type` belongs.
  public func value(_ node: Node, _ type: ValueType) -> Rendering {
    switch type {
    case .oneOf(let types): return value(node, alternative(types, node))
    case .kind(let family): return kind(node, family)
    case .keys(_, let table): return .mapping(entries(node, table, owner: node.span))
    case .scheduled(let bounds):
      return node.mapping == nil ? scalar(node, type) : kind(node, ScheduleKeys.family(bounds))
    case .list(let element, _): return list(node) { value($0, element) }
    default: return structure(node, type)
    }
  }

  /// The alternative that a node was read as.
  private func alternative(_ types: [ValueType], _ node: Node) -> ValueType {
    types.first { type in
      var decoder = ValueDecoder(part.environment)
      return type.fits(node, in: part.environment) && decoder.decode(node, as: type, subject: "") != nil
        && decoder.diagnostics.isEmpty
    } ?? .node
  }

  private func kind(_ node: Node, _ family: KindFamily) -> Rendering {
    var unused = Diagnostics()
    if node.scalar != nil, ExpressionReader.isExpression(node),
      case .string(let word)? = ExpressionReader.value(of: node, in: part.environment, diagnostics: &unused)?.value
    {
      let item = KindItem(kind: word, kindSpan: node.span, arguments: nil, span: node.span)
      return Rendering(kind(item, family).content, from: origins.of(node, in: part.environment))
    }
    return KindItem(node, noun: family.noun, diagnostics: &unused).map { kind($0, family) } ?? structure(node, .node)
  }

  private func list(_ node: Node, _ element: (Node) -> Rendering) -> Rendering {
    Rendering(.list((node.sequence ?? []).map(element)))
  }

  /// A node whose form says what it is: a scalar, or a collection of such.
  private func structure(_ node: Node, _ type: ValueType) -> Rendering {
    switch node.content {
    case .scalar: return scalar(node, type)
    case .sequence(let nodes):
      let list = list(node) { structure($0, type) }
      let written = nodes.compactMap { $0.scalar?.text }
      let isExpression = nodes.contains { ExpressionReader.isExpression($0) } && written.count == nodes.count
      guard isExpression, case .list(let items) = list.content else { return list }
      return Rendering(
        .list(items.map { Rendering($0.content) }),
        from: written.count == 1 ? items[0].origin : "[\(written.joined(separator: ", "))]")
    case .mapping(let entries):
      return .mapping(
        entries.filter { !$0.name.hasPrefix("x-") }.map { .init($0.name, structure($0.value, type)) })
    }
  }

  private func scalar(_ node: Node, _ type: ValueType) -> Rendering {
    guard let scalar = node.scalar else { return structure(node, .node) }
    let origin = if case .text = type { String?.none } else { origins.of(node, in: part.environment) }
    var text = scalar.text
    var isLiteral = scalar.style == .plain
    if case .text = type {
      isLiteral = false
    } else if ExpressionReader.isExpression(node) {
      (text, isLiteral) = evaluated(node)
    }
    if case .path = type {
      let relative = Paths.join(part.folder, text.replacing("$$", with: "$"))
      return .name(path(relative), from: origin)
    }
    return Rendering(.scalar(isLiteral ? YAMLScalar.literal(text) : YAMLScalar.text(text)), from: origin)
  }

  /// An expression's value as it would be written, and whether without quotes.
  private func evaluated(_ node: Node) -> (text: String, isLiteral: Bool) {
    var unused = Diagnostics()
    switch ExpressionReader.value(of: node, in: part.environment, diagnostics: &unused)?.value {
    case .integer(let number): return (String(number), true)
    case .real(let number): return (number.literal, true)
    case .boolean(let value): return (String(value), true)
    case .string(let text): return (text.replacing("$", with: "$$"), false)
    case nil: return (node.scalar?.text ?? "", false)
    }
  }

  // MARK: Defaults

  private func fallback(_ value: Value, _ type: ValueType) -> Rendering {
    switch (value, type) {
    case (.real(let share), .percentage): return Rendering(.scalar("\((share * 100).literal)%"))
    case (.real(let seconds), .duration): return Rendering(.scalar("\(seconds.literal) s"))
    case (.integer(let bytes), .bytes): return Rendering(.scalar("\(bytes) B"))
    case (.list(let values), .list(let element, _)):
      return Rendering(.list(values.map { fallback($0.value, element) }))
    case (.kind(let arguments), .kind(let family)):
      let keys = family[arguments.kind]?.keys ?? KeyTable([])
      let entries = keys.keys.compactMap { absent($0, arguments) }
      return entries.isEmpty ? .text(arguments.kind) : .mapping([.init(arguments.kind, .mapping(entries))])
    case (_, .oneOf(let types)):
      return fallback(value, types.first { $0.gives(value) } ?? .node)
    default: return fallback(value)
    }
  }

  private func fallback(_ value: Value) -> Rendering {
    switch value {
    case .integer(let number): Rendering(.scalar(String(number)))
    case .real(let number): Rendering(.scalar(number.literal))
    case .boolean(let value): Rendering(.scalar(String(value)))
    case .string(let text), .word(let text), .name(let text): .name(text)
    case .pair(let pair):
      pair.height == pair.width ? Rendering(.scalar(String(pair.height))) : .integers([pair.height, pair.width])
    case .shape(let sizes): .integers(sizes)
    case .count(.steps(let count)): Rendering(.scalar("\(count) steps"))
    case .count(.epochs(let count)): Rendering(.scalar("\(count) epochs"))
    case .list(let values): Rendering(.list(values.map { fallback($0.value) }))
    case .schedule, .comparison, .kind, .weights, .node:
      preconditionFailure("render: no key's default is \(value)")
    }
  }
}

extension ValueType {
  /// Whether it is the type of a kind's, a list's or a number's default.
  fileprivate func gives(_ value: Value) -> Bool {
    switch (self, value) {
    case (.kind, .kind), (.list, .list), (.integer, .integer), (.real, .real), (.percentage, .real), (.bytes, .integer),
      (.word, .word), (.pair, .pair), (.shape, .shape), (.count, .count), (.duration, .real):
      true
    default: false
    }
  }
}

extension Double {
  /// With all digits that it takes to be read back as it is, and no needless point.
  var literal: String {
    if self == rounded(), magnitude < 1e15 { return String(Int(self)) }
    return "\(self)".replacing("e-0", with: "e-")
  }
}
