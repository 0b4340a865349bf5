import NNDiagnostics

/// Reading stops here: the diagnostic says why.
struct Refusal: Error {
  let diagnostic: Diagnostic

  init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }
}

/// Builds the tree of one document, resolving aliases and merges within budgets.
struct TreeBuilder {
  /// How many levels of nesting a spec may have, aliases expanded.
  static let depthLimit = 128
  /// How many nodes a spec may have, aliases expanded.
  static let nodeLimit = 1_000_000
  /// What an entry that `<<` brings in counts for, besides being a node: it is copied.
  private static let copyCost = 4

  /// A node with what it costs when expanded.
  private struct Built {
    var node: Node
    var count = 1
    var height = 1
  }

  private enum Anchor {
    case open
    case closed(Built)
  }

  private let reader: EventReader
  private let source: SourceFile
  private var anchors: [String: Anchor] = [:]
  private var nodeCount = 0
  private(set) var diagnostics = Diagnostics()

  private init(_ source: SourceFile, text: String) {
    reader = EventReader(text)
    self.source = source
  }

  /// The tree of a text; `nil` where it is not readable at all, which `diagnostics` then says.
  static func tree(of source: SourceFile, text: String, diagnostics: inout Diagnostics) -> Node? {
    if let offset = source.scalars.firstIndex(where: { !isAllowed($0) }) {
      diagnostics.add(.controlCharacter(source.scalars[offset], at: source.span(offset, offset + 1)))
      return nil
    }
    var builder = TreeBuilder(source, text: text)
    defer { diagnostics.add(contentsOf: builder.diagnostics) }
    do {
      return try builder.document()
    } catch {
      builder.diagnostics.add(error.diagnostic)
      return nil
    }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }

  private mutating func document() throws(Refusal) -> Node {
    guard case .documentStart = try next().kind else { throw Refusal(.emptyFile(at: source.span(0, 0))) }
    let root = try node(from: try next(), depth: 1).node
    _ = try next()
    let after = try next()
    guard case .streamEnd = after.kind else {
      throw Refusal(.secondDocument(at: source.span(after.start, max(after.end, after.start + 3))))
    }
    return root
  }

  private func next() throws(Refusal) -> Event {
    do {
      return try reader.next()
    } catch {
      throw Refusal(SyntaxReport(error, in: source).diagnostic)
    }
  }

  private mutating func node(from event: Event, depth: Int) throws(Refusal) -> Built {
    if let tag = event.tag { throw Refusal(.tag(at: tagSpan(tag, from: event.start))) }
    if depth > TreeBuilder.depthLimit {
      throw Refusal(.tooDeep(TreeBuilder.depthLimit, at: source.span(event.start, event.start + 1)))
    }
    if let anchor = event.anchor { anchors[anchor] = .open }
    let built = try content(of: event, start: contentStart(of: event), depth: depth)
    if let anchor = event.anchor { anchors[anchor] = .closed(built) }
    return built
  }

  private mutating func content(of event: Event, start: Int, depth: Int) throws(Refusal) -> Built {
    switch event.kind {
    case .scalar(let text, let style):
      try count(1, at: source.span(start, event.end))
      return Built(node: scalar(text, style, start: start, end: event.end))
    case .sequenceStart(let isFlow): return try sequence(start: start, isFlow: isFlow, depth: depth)
    case .mappingStart(let isFlow): return try mapping(start: start, isFlow: isFlow, depth: depth)
    case .alias(let name): return try alias(name, at: source.span(event.start, event.end), depth: depth)
    case .documentStart, .documentEnd, .streamEnd, .collectionEnd:
      preconditionFailure("tree: libyaml gave \(event.kind) where a node begins")
    }
  }

  private mutating func count(_ count: Int, at span: Span) throws(Refusal) {
    nodeCount += count
    if nodeCount > TreeBuilder.nodeLimit { throw Refusal(.tooManyNodes(TreeBuilder.nodeLimit, at: span)) }
  }

  private mutating func sequence(start: Int, isFlow: Bool, depth: Int) throws(Refusal) -> Built {
    try count(1, at: source.span(start, start + 1))
    var nodes: [Node] = []
    var total = Built(node: Node(.sequence([]), span: source.span(start, start)))
    while true {
      let event = try next()
      if case .collectionEnd = event.kind {
        let end = isFlow ? event.end : nodes.last?.span.end ?? start + 1
        total.node = Node(.sequence(nodes), span: source.span(start, end))
        return total
      }
      let element = try node(from: event, depth: depth + 1)
      nodes.append(element.node)
      total.count += element.count
      total.height = max(total.height, element.height + 1)
    }
  }

  private mutating func mapping(start: Int, isFlow: Bool, depth: Int) throws(Refusal) -> Built {
    try count(1, at: source.span(start, start + 1))
    var entries = EntryList()
    var total = Built(node: Node(.mapping([]), span: source.span(start, start)))
    while true {
      let event = try next()
      if case .collectionEnd = event.kind {
        let end = isFlow ? event.end : entries.end ?? start + 1
        let merged = entries.merged
        try count(TreeBuilder.copyCost * max(0, merged.count - entries.count), at: source.span(start, start + 1))
        total.node = Node(.mapping(merged), span: source.span(start, end))
        return total
      }
      let key = try node(from: event, depth: depth + 1)
      guard key.node.scalar != nil else { throw Refusal(badKey(key.node)) }
      let value = try node(from: try next(), depth: depth + 1)
      entries.add(Node.Entry(key: key.node, value: value.node), diagnostics: &diagnostics)
      total.count += key.count + value.count
      total.height = max(total.height, value.height + 1)
    }
  }

  private func badKey(_ key: Node) -> Diagnostic {
    let span = source.firstLine(of: key.span)
    let isDouble = key.mapping != nil && key.span.start > 0 && source.scalars[key.span.start - 1] == "{"
    return isDouble ? .mustache(at: source.span(span.start - 1, span.end + 1)) : .keyNotAWord(at: span)
  }

  private mutating func alias(_ name: String, at span: Span, depth: Int) throws(Refusal) -> Built {
    switch anchors[name] {
    case nil: throw Refusal(.unknownAnchor(name, known: anchors.keys.sorted(), at: span))
    case .open: throw Refusal(.aliasCycle(name, at: span))
    case .closed(let built):
      try count(built.count, at: span)
      if depth + built.height - 1 > TreeBuilder.depthLimit {
        throw Refusal(.tooDeep(TreeBuilder.depthLimit, at: span))
      }
      return built
    }
  }

  private func scalar(_ text: String, _ style: Node.Scalar.Style, start: Int, end: Int) -> Node {
    let isQuoted = style == .singleQuoted || style == .doubleQuoted
    let textStart = isQuoted ? start + 1 : start
    let span = source.trimmed(source.span(start, max(start, end)))
    let stands = source.holds(text, at: textStart) && style != .literal && style != .folded
    return Node(.scalar(Node.Scalar(text: text, style: style, textStart: stands ? textStart : nil)), span: span)
  }

  /// Where the content of a node with an anchor begins: libyaml's mark stands at the anchor.
  private func contentStart(of event: Event) -> Int {
    guard let anchor = event.anchor, case let after = event.start + 1 + anchor.unicodeScalars.count, after <= event.end
    else { return event.start }
    return source.scalars[after...].firstIndex { $0 != " " && $0 != "\n" && $0 != "\r" } ?? after
  }

  private func tagSpan(_ tag: String, from start: Int) -> Span {
    let rest = source.scalars[start...]
    let first = rest.firstIndex(of: "!") ?? start
    let end = source.scalars[first...].firstIndex { $0 == " " || $0 == "\n" || $0 == "\r" } ?? source.scalars.count
    return source.span(first, end)
  }
}

/// A mapping's entries while they are read.
private struct EntryList {
  private var entries: [Node.Entry] = []
  private var positions: [String: Int] = [:]
  private var mergeCount = 0

  var count: Int { entries.count }

  var end: Int? { entries.last.map { max($0.key.span.end, $0.value.span.end) } }

  mutating func add(_ entry: Node.Entry, diagnostics: inout Diagnostics) {
    if EntryList.isMerge(entry) {
      mergeCount += 1
      entries.append(entry)
    } else if let first = positions[entry.name] {
      diagnostics.add(.duplicateKey(entry.name, first: entries[first].key.span, second: entry.key.span))
    } else {
      positions[entry.name] = entries.count
      entries.append(entry)
    }
    if EntryList.isMerge(entry), EntryList.merged(by: entry) == nil {
      diagnostics.add(.badMerge(at: entry.value.span))
    }
  }

  /// The entries with what `<<` brings in; explicit keys win, then earlier mappings.
  var merged: [Node.Entry] {
    guard mergeCount > 0 else { return entries }
    var names = Set(positions.keys)
    var result: [Node.Entry] = []
    var seen: Set<Span> = []
    for entry in entries {
      guard EntryList.isMerge(entry) else {
        result.append(entry)
        continue
      }
      for mapping in EntryList.merged(by: entry) ?? [] where seen.insert(mapping.span).inserted {
        for brought in mapping.mapping ?? [] where names.insert(brought.name).inserted { result.append(brought) }
      }
    }
    return result
  }

  private static func isMerge(_ entry: Node.Entry) -> Bool {
    entry.name == "<<" && entry.key.scalar?.style == .plain
  }

  /// The mappings that a `<<` brings in; `nil` where its value is no mapping and no list of mappings.
  private static func merged(by entry: Node.Entry) -> [Node]? {
    if entry.value.mapping != nil { return [entry.value] }
    guard let nodes = entry.value.sequence, nodes.allSatisfy({ $0.mapping != nil }) else { return nil }
    return nodes
  }
}

extension SourceFile {
  /// A span of this file.
  func span(_ start: Int, _ end: Int) -> Span {
    let start = max(0, min(start, scalars.count))
    return Span(file: id, start: start, end: max(start, min(end, scalars.count)))
  }

  /// The span without white space at its end.
  func trimmed(_ span: Span) -> Span {
    var end = span.end
    while end > span.start, [" ", "\n", "\r", "\t"].contains(scalars[end - 1]) { end -= 1 }
    return Span(file: id, start: span.start, end: end)
  }

  /// The part of a span on its first line.
  func firstLine(of span: Span) -> Span {
    let line = lineRange(position(of: span.start).line)
    return Span(file: id, start: span.start, end: min(span.end, max(line.upperBound, span.start + 1)))
  }

  /// Whether the text stands at an offset, exactly.
  func holds(_ text: String, at offset: Int) -> Bool {
    offset <= scalars.count && scalars[offset...].starts(with: text.unicodeScalars)
  }
}
