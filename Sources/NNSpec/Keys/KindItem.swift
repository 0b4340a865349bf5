import NNDiagnostics

/// A kind with what was written for it: `conv: {filters: 64}`, or the bare word `flatten`. Not looked up yet.
public struct KindItem: Sendable, Hashable {
  /// The kind as written.
  public let kind: String
  /// The kind's token.
  public let kindSpan: Span
  /// What was written for it, usually a mapping; `nil` for a bare word.
  public let arguments: Node?
  /// The whole item.
  public let span: Span

  /// A kind with its arguments.
  public init(kind: String, kindSpan: Span, arguments: Node?, span: Span) {
    self.kind = kind
    self.kindSpan = kindSpan
    self.arguments = arguments
    self.span = span
  }

  /// The same of another kind.
  func of(_ kind: String) -> KindItem {
    KindItem(kind: kind, kindSpan: kindSpan, arguments: arguments, span: span)
  }
}
