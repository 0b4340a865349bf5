import NNDiagnostics
import NNTensor

/// Something with its place.
public struct Spanned<Wrapped: Sendable>: Sendable {
  /// What stands there.
  public let value: Wrapped
  /// Where it stands.
  public let span: Span

  /// `value` at `span`.
  public init(_ value: Wrapped, at span: Span) {
    self.value = value
    self.span = span
  }
}

extension Spanned: Equatable where Wrapped: Equatable {}
extension Spanned: Hashable where Wrapped: Hashable {}

/// A size in both directions.
public struct SizePair: Hashable, Sendable {
  /// Down.
  public let height: Int
  /// Across.
  public let width: Int

  /// `height` by `width`.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The same in both directions.
  public init(_ both: Int) { self.init(height: both, width: both) }
}

/// A name with its number.
public struct NamedWeight: Hashable, Sendable {
  /// The name.
  public let name: Spanned<String>
  /// The number.
  public let weight: Double
}

/// A comparison to be proved, such as `<= 1.5e6`.
public struct Comparison: Hashable, Sendable {
  /// The relation of the measured number to `limit`.
  public enum Relation: String, Sendable, CaseIterable {
    case atMost = "<="
    case atLeast = ">="
    case equal = "=="
    case below = "<"
    case above = ">"
  }

  /// The relation.
  public let relation: Relation
  /// The right side.
  public let limit: Double

  /// A comparison with `limit`.
  public init(_ relation: Relation, _ limit: Double) {
    self.relation = relation
    self.limit = limit
  }

  /// Whether it holds for `number`.
  public func holds(for number: Double) -> Bool {
    switch relation {
    case .atMost: number <= limit
    case .atLeast: number >= limit
    case .equal: number == limit
    case .below: number < limit
    case .above: number > limit
    }
  }
}

/// A decoded value; `ValueType` says which type gives which case.
public indirect enum Value: Sendable, Hashable {
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  case string(String)
  case word(String)
  case name(String)
  case pair(SizePair)
  case shape([Int])
  case list([Spanned<Value>])
  case weights([NamedWeight])
  case count(TrainingCount)
  case schedule(Schedule)
  case comparison(Comparison)
  case kind(Arguments)
  case node(Node)
}
