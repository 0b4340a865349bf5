import NNDiagnostics

/// A value of the expression language.
public enum ExpressionValue: Sendable, Hashable {
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  case string(String)
}

/// What names mean in expressions: evaluated constants, with their places. A value; scopes are copies with more names.
public struct Environment: Sendable, Hashable {
  /// A name's meaning.
  public struct Binding: Sendable, Hashable {
    /// Its value; `nil` where it is wrong and reported.
    public let value: ExpressionValue?
    /// Where the name is defined.
    public let span: Span
  }

  /// By name.
  public private(set) var bindings: [String: Binding] = [:]

  /// No names.
  public init() {}

  /// Gives a name its meaning; an inner scope's replaces an outer one's.
  public mutating func define(_ name: String, as value: ExpressionValue?, at span: Span) {
    bindings[name] = Binding(value: value, span: span)
  }
}
