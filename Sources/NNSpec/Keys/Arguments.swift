import NNDiagnostics
import NNTensor

/// What was written for the keys of one kind or section, decoded, with defaults filled in. Wrong values are reported
/// already: they are marked invalid, and whoever needs them skips its work without a further diagnostic.
public struct Arguments: Sendable, Hashable {
  /// One key's value.
  public struct Argument: Sendable, Hashable {
    /// The value; `nil` where it is invalid (and reported).
    public let value: Value?
    /// The key as written; `nil` for a default.
    public let keySpan: Span?
    /// The value as written; the kind's span for a default.
    public let span: Span

    /// Whether the value is the key's default.
    public var isDefault: Bool { keySpan == nil && value != nil }
  }

  /// The kind or section they belong to, as written.
  public let kind: String
  /// The kind's token: where to report what concerns the whole.
  public let kindSpan: Span
  /// The kind with its values.
  public let span: Span
  /// By key; keys that are optional and not written are absent.
  public private(set) var byKey: [String: Argument]

  init(kind: String, kindSpan: Span, span: Span, capacity: Int = 0) {
    self.kind = kind
    self.kindSpan = kindSpan
    self.span = span
    byKey = Dictionary(minimumCapacity: capacity)
  }

  /// The argument of a key; `nil` where the key is optional and not written.
  public subscript(key: String) -> Argument? { byKey[key] }

  mutating func set(_ key: String, _ argument: Argument) { byKey[key] = argument }

  /// Whether every value is valid.
  public var isValid: Bool { !byKey.values.contains { $0.value == nil } }

  /// With what holds where they are not written in place of the wrong values of incidental keys.
  public func passingOver(_ keys: KeyTable) -> Arguments {
    var arguments = self
    for key in keys.keys where key.isIncidental && isInvalid(key.name) {
      if case .fallback(let value) = key.presence {
        arguments.set(key.name, Argument(value: value, keySpan: nil, span: kindSpan))
      } else {
        arguments.byKey[key.name] = nil
      }
    }
    return arguments
  }

  /// Whether the key's value is wrong, and reported.
  public func isInvalid(_ key: String) -> Bool { byKey[key].map { $0.value == nil } ?? false }

  /// Whether the key is written (valid or not).
  public func isGiven(_ key: String) -> Bool { byKey[key]?.keySpan != nil }

  /// The value's place; the kind's token where the key is not written.
  public func span(of key: String) -> Span { byKey[key]?.span ?? kindSpan }

  /// The key's place; the kind's token where the key is not written.
  public func keySpan(of key: String) -> Span { byKey[key]?.keySpan ?? kindSpan }
}

/// Values that nobody wrote, for what keys imply.
extension Arguments {
  /// A kind without keys.
  public func bareKind(_ name: String) -> Value { .kind(Arguments(kind: name, kindSpan: kindSpan, span: kindSpan)) }

  /// A list of numbers.
  public func reals(_ numbers: [Double]) -> Value { .list(numbers.map { Spanned(.real($0), at: kindSpan) }) }
}

/// Typed look-up by key. Each gives `nil` where the key is absent, invalid or of another type.
extension Arguments {
  /// The decoded value.
  public func value(_ key: String) -> Value? { byKey[key]?.value }

  /// An integer, also of a size in bytes.
  public func integer(_ key: String) -> Int? { if case .integer(let value)? = value(key) { value } else { nil } }

  /// A real number, also of a percentage (as a share of 1) or a duration (in seconds).
  public func real(_ key: String) -> Double? {
    switch value(key) {
    case .real(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  /// `true` or `false`.
  public func boolean(_ key: String) -> Bool? { if case .boolean(let value)? = value(key) { value } else { nil } }

  /// A text, a path, a word or a name.
  public func string(_ key: String) -> String? {
    switch value(key) {
    case .string(let text), .word(let text), .name(let text): text
    default: nil
    }
  }

  /// A word out of a list.
  public func word(_ key: String) -> String? { if case .word(let value)? = value(key) { value } else { nil } }

  /// A number or `[height, width]`.
  public func pair(_ key: String) -> SizePair? { if case .pair(let value)? = value(key) { value } else { nil } }

  /// A shape.
  public func shape(_ key: String) -> [Int]? { if case .shape(let value)? = value(key) { value } else { nil } }

  /// A list.
  public func list(_ key: String) -> [Spanned<Value>]? { if case .list(let value)? = value(key) { value } else { nil } }

  /// Names with numbers.
  public func weights(_ key: String) -> [NamedWeight]? {
    if case .weights(let value)? = value(key) { value } else { nil }
  }

  /// A kind with its own arguments; its name is the result's `kind`.
  public func kind(_ key: String) -> Arguments? { if case .kind(let value)? = value(key) { value } else { nil } }

  /// A number that may follow a schedule.
  public func schedule(_ key: String) -> Schedule? {
    if case .schedule(let value)? = value(key) { value } else { real(key).map { .constant($0) } }
  }

  /// The node as it stands.
  public func node(_ key: String) -> Node? { if case .node(let value)? = value(key) { value } else { nil } }
}
