/// A key of a layer, a loss, an optimizer or a section: the one description that the parser, the JSON Schema and the
/// reference page are made from.
public struct Key: Sendable {
  /// What holds where the key is not written.
  public enum Presence: Sendable {
    /// The key must be written.
    case required
    /// Nothing is given; the text says what that means, for the reference, for instance "= size".
    case optional(String)
    /// This value holds.
    case fallback(Value)
  }

  /// The key as written.
  public let name: String
  /// What it takes.
  public let type: ValueType
  /// What holds where it is not written.
  public let presence: Presence
  /// What it means, one sentence.
  public let doc: String
  /// What an optional key that is not written stands for, given the others, where that is a value: written out, it
  /// changes nothing.
  public var implied: (@Sendable (Arguments) -> Value?)?
  /// Whether the result has the same shape whatever its value is, so that building goes on where it is wrong.
  public var isIncidental = false

  /// The same key, incidental.
  public var incidental: Key {
    var key = self
    key.isIncidental = true
    return key
  }

  /// A key that must be written.
  public static func required(_ name: String, _ type: ValueType, _ doc: String) -> Key {
    Key(name: name, type: type, presence: .required, doc: doc)
  }

  /// A key that may be absent; `absence` says what that means, and `implied` gives it as a value where it is one.
  public static func optional(
    _ name: String, _ type: ValueType, absence: String = "", _ doc: String,
    implied: (@Sendable (Arguments) -> Value?)? = nil
  ) -> Key {
    Key(name: name, type: type, presence: .optional(absence), doc: doc, implied: implied)
  }

  /// A key with a default.
  public static func key(_ name: String, _ type: ValueType, default value: Value, _ doc: String) -> Key {
    Key(name: name, type: type, presence: .fallback(value), doc: doc)
  }
}

/// The keys of one kind or section, in the order they are listed to people.
public struct KeyTable: Sendable {
  /// The keys in order.
  public let keys: [Key]

  /// A table of `keys`.
  public init(_ keys: [Key]) { self.keys = keys }

  /// The key of this name.
  public subscript(name: String) -> Key? { keys.first { $0.name == name } }

  /// The keys' names in order.
  public var names: [String] { keys.map(\.name) }
}

/// A kind of layer, loss, optimizer, augmentation, …: its name, its keys, what it is.
public struct KindDefinition: Sendable {
  /// The kind as written.
  public let name: String
  /// Its keys.
  public let keys: KeyTable
  /// What it is, one sentence.
  public let doc: String
  /// The key that `kind: value` sets where the value is no mapping: `flip: horizontal`.
  public let shorthand: String?

  /// A kind with its keys.
  public init(_ name: String, keys: [Key], shorthand: String? = nil, doc: String) {
    self.name = name
    self.keys = KeyTable(keys)
    self.shorthand = shorthand
    self.doc = doc
  }

  /// Whether the bare word is enough.
  public var needsNoKeys: Bool {
    !keys.keys.contains { if case .required = $0.presence { true } else { false } }
  }
}

/// All kinds that may stand in one place, with the keys that they all take.
public struct KindFamily: Sendable {
  /// What a kind of this family is called, for messages: `layer`, `loss`, `optimizer`.
  public let noun: String
  /// The kinds, in the order they are listed to people.
  public let kinds: [KindDefinition]
  /// Keys that every kind takes besides its own.
  public let commonKeys: [Key]
  private let byName: [String: Int]
  /// Of each kind, its own keys and those that every kind takes.
  private let tables: [KeyTable]

  /// A family of `kinds`.
  public init(_ noun: String, commonKeys: [Key] = [], _ kinds: [KindDefinition]) {
    self.noun = noun
    self.commonKeys = commonKeys
    self.kinds = kinds
    tables = kinds.map { KeyTable($0.keys.keys + commonKeys) }
    byName = Dictionary(kinds.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The kind of this name.
  public subscript(name: String) -> KindDefinition? { byName[name].map { kinds[$0] } }

  /// All keys that the kind of this name takes.
  func keys(of name: String) -> KeyTable { byName[name].map { tables[$0] } ?? KeyTable(commonKeys) }

  /// The kinds' names in order, those not supported yet left out.
  public var names: [String] { kinds.map(\.name) }
}
