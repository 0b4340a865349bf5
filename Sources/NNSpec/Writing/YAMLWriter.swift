/// Writes renderings as a spec: what is short on one line, with where it comes from in a comment at its end.
public struct YAMLWriter {
  /// Columns up to which a mapping or a list stands on one line.
  private static let flowWidth = 64
  /// The column that comments are moved to at most.
  private static let commentColumn = 56

  private struct Line {
    var text: String
    var comment: String?
  }

  private let showsOrigins: Bool
  private var lines: [Line] = []

  /// A writer with or without comments.
  public init(origins: Bool) { showsOrigins = origins }

  /// Adds lines of comment.
  public mutating func comment(_ texts: [String]) {
    guard showsOrigins else { return }
    for text in texts { add("# \(text)", nil, 0) }
  }

  /// Adds entries of the top level, sections apart.
  public mutating func add(_ entries: [Rendering.Entry]) {
    for entry in entries {
      let before = lines.count
      write(entry, indent: 0)
      if lines.count > before + 1, before > 0 { lines.insert(Line(text: ""), at: before) }
    }
  }

  /// The text so far.
  public var text: String {
    let widths = lines.filter { $0.comment != nil }.map(\.text.count).filter { $0 <= YAMLWriter.commentColumn }
    let column = widths.max() ?? 0
    return lines.map { line in
      guard let comment = line.comment else { return line.text + "\n" }
      return line.text + String(repeating: " ", count: max(0, column - line.text.count)) + "  # \(comment)\n"
    }.joined()
  }

  private mutating func add(_ text: String, _ origin: String?, _ indent: Int) {
    let comment = showsOrigins ? origin.map(YAMLWriter.oneLine) : nil
    lines.append(Line(text: String(repeating: " ", count: indent) + text, comment: comment))
  }

  private mutating func write(_ entry: Rendering.Entry, indent: Int, dash: Bool = false) {
    let key = (dash ? "- " : "") + YAMLScalar.text(entry.key) + ":"
    let inner = indent + (dash ? 4 : 2)
    let flow = entry.value.flow
    switch entry.value.content {
    case .list(let items)
    where !items.isEmpty && (flow.count > YAMLWriter.flowWidth || items.contains(where: \.isLong)):
      add(key, entry.value.origin, indent)
      for item in items { write(item: item, indent: inner) }
    case .mapping(let entries) where !entries.isEmpty && (flow.count > YAMLWriter.flowWidth || entry.value.isLong):
      add(key, entry.value.origin, indent)
      for entry in entries { write(entry, indent: inner) }
    default: add("\(key) \(flow)", entry.value.origins, indent)
    }
  }

  private mutating func write(item: Rendering, indent: Int) {
    guard case .mapping(let entries) = item.content, let first = entries.first else {
      return add("- \(item.flow)", item.origins, indent)
    }
    if entries.count > 1, item.flow.count <= YAMLWriter.flowWidth {
      return add("- \(item.flow)", item.origins, indent)
    }
    write(first.from(item.origin), indent: indent, dash: true)
    for entry in entries.dropFirst() { write(entry, indent: indent + 2) }
  }

  /// A comment's text on one line, and not without end.
  private static func oneLine(_ text: String) -> String {
    let words = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isBreaking ? " " : $0 }))
      .split(separator: " ").joined(separator: " ")
    return words.count > 120 ? String(words.prefix(119)) + "…" : words
  }
}

extension Rendering {
  /// Whether it stands on lines of its own: it has keys of keys of keys.
  fileprivate var isLong: Bool { depth > 2 }

  private var depth: Int {
    switch content {
    case .scalar: 0
    case .list(let items): items.map(\.depth).max() ?? 0
    case .mapping(let entries): 1 + (entries.map(\.value.depth).max() ?? 0)
    }
  }
}

extension Unicode.Scalar {
  /// Whether it may end a line, or is not printed.
  fileprivate var isBreaking: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
    default: properties.isWhitespace
    }
  }
}
