import NNDiagnostics

/// A value of the expression language.
public enum ExpressionValue: Sendable, Hashable {
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  case string(String)
}

/// What names mean in expressions: evaluated constants, with their places. A value; an inner scope sees the names of its
/// outer one, at no cost.
public struct Environment: Sendable {
  /// What a name is.
  public enum Role: Sendable, Hashable {
    /// One of `vars`.
    case variable
    /// A block's parameter.
    case parameter
    /// The number of a `repeat`'s turn.
    case index
  }

  /// A name's meaning.
  public struct Binding: Sendable, Hashable {
    /// Its value; `nil` where it is wrong and reported.
    public let value: ExpressionValue?
    /// Where the name is defined.
    public let span: Span
    /// What it is.
    public var role = Role.variable
    /// Where the value is written: in `vars`, at a block's use, or as a parameter's default.
    public var written: Span?
  }

  private final class Outer: Sendable {
    let environment: Environment

    init(_ environment: Environment) { self.environment = environment }
  }

  private var own: [String: Binding] = [:]
  private let outer: Outer?

  /// No names.
  public init() { outer = nil }

  private init(outer: Outer) { self.outer = outer }

  /// A scope inside this one.
  func inner() -> Environment { Environment(outer: Outer(self)) }

  /// A name's meaning here.
  public subscript(name: String) -> Binding? { own[name] ?? outer?.environment[name] }

  /// The binding of the alias of an included file that could not be read.
  func failed(_ alias: String) -> Binding? {
    guard let binding = self[alias], binding.value == nil else { return nil }
    return binding
  }

  /// All names, sorted; of more than a thousand none.
  public var names: [String] {
    var scope: Environment? = self
    var count = 0
    while let current = scope {
      count += current.own.count
      scope = current.outer?.environment
    }
    return count > 1_000 ? [] : bindings.keys.sorted()
  }

  /// All names with their meanings.
  public var bindings: [String: Binding] {
    (outer?.environment.bindings ?? [:]).merging(own) { _, inner in inner }
  }

  /// Gives a name its meaning; an inner scope's hides an outer one's.
  public mutating func define(
    _ name: String, as value: ExpressionValue?, at span: Span, _ role: Role = .variable, written: Span? = nil
  ) {
    own[name] = Binding(value: value, span: span, role: role, written: written)
  }

  /// Gives a name the meaning that it has elsewhere.
  mutating func define(_ name: String, _ binding: Binding) { own[name] = binding }
}
