import NNDiagnostics

/// A node of the YAML tree. Aliases are resolved: an aliased node has the span of its anchor's text.
public struct Node: Sendable, Hashable {
  /// What a node holds.
  public enum Content: Sendable, Hashable {
    case scalar(Scalar)
    case sequence([Node])
    case mapping([Entry])
  }

  /// A key and its value.
  public struct Entry: Sendable, Hashable {
    /// The key, always a scalar.
    public let key: Node
    /// The value.
    public let value: Node

    /// The key's text.
    public var name: String { key.scalar?.text ?? "" }
  }

  /// A scalar's text and how it was written.
  public struct Scalar: Sendable, Hashable {
    /// How a scalar was written.
    public enum Style: Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }

    /// The text, with quotes and escapes resolved.
    public let text: String
    /// How it was written.
    public let style: Style
    /// Where the text begins in the file, if it stands there exactly as `text`; places inside the text can be shown then.
    public let textStart: Int?

    /// Whether it stands for no value: empty, `null` or `~`, without quotes.
    public var isNull: Bool {
      style == .plain && ["", "~", "null", "Null", "NULL"].contains(text)
    }
  }

  /// What it holds.
  public let content: Content
  /// Where it stands.
  public let span: Span

  /// A node at `span`.
  public init(_ content: Content, span: Span) {
    self.content = content
    self.span = span
  }

  /// The scalar, if it is one.
  public var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
  /// The elements, if it is a sequence.
  public var sequence: [Node]? { if case .sequence(let nodes) = content { nodes } else { nil } }
  /// The entries, if it is a mapping.
  public var mapping: [Entry]? { if case .mapping(let entries) = content { entries } else { nil } }
  /// Whether it stands for no value.
  public var isNull: Bool { scalar?.isNull ?? false }

  /// The value of a key of a mapping.
  public subscript(key: String) -> Node? { mapping?.first { $0.name == key }?.value }

  /// The span of a place inside a scalar's text, as scalar offsets into the text; the whole scalar's where the text
  /// does not stand in the file as it is.
  public func span(inText range: Range<Int>) -> Span {
    guard let start = scalar?.textStart else { return span }
    return Span(file: span.file, start: start + range.lowerBound, end: start + range.upperBound)
  }

  /// What it is, with an article, for messages.
  public var noun: String {
    switch content {
    case .scalar(let scalar): scalar.isNull ? "nothing" : "`\(scalar.text)`"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}
