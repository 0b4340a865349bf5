import NNText

/// Mappings: tables of keys, and kinds with their keys.
extension SchemaBuilder {
  /// A mapping with the keys of `table`. Keys that this version does not support are left out.
  ///
  /// - Parameters:
  ///   - structures: what the keys hold that the table leaves to the parser.
  ///   - optional: keys whose absence is no error for a reason that the table does not know.
  ///   - takesNothing: whether an empty value is an empty mapping.
  mutating func table(
    _ table: KeyTable, structures: [String: JSON] = [:], optional: Set<String> = [], takesNothing: Bool = false,
    doc: String = ""
  ) -> JSON {
    let keys = table.keys
    let properties = keys.map { ($0.name, described($0, structures[$0.name])) }
    let required = keys.filter { $0.isRequired && !optional.contains($0.name) }.map { JSON.string($0.name) }
    var members: [(String, JSON)] = doc.isEmpty ? [] : [("description", .string(doc.sentence))]
    members += [("type", takesNothing ? .array([.string("object"), .string("null")]) : .string("object"))]
    if !required.isEmpty { members.append(("required", .array(required))) }
    if !properties.isEmpty { members.append(("properties", .object(properties))) }
    return .object(members + SchemaBuilder.onlyNotesBesides)
  }

  static let onlyNotesBesides: [(String, JSON)] = [
    ("patternProperties", .object([(SchemaPattern.note, anything)])), ("additionalProperties", .boolean(false)),
  ]

  /// A mapping of names of the user's choice; with one name at least where it `mustHold` something.
  static func named(_ pattern: String = SchemaPattern.newName, element: JSON, mustHold: Bool = false) -> JSON {
    let notes = JSON.object([("propertyNames", .object([("pattern", .string(SchemaPattern.note))]))])
    return .object(
      [
        ("type", .string("object")),
        ("patternProperties", .object([(SchemaPattern.note, anything), (pattern, element)])),
      ]
        + [("additionalProperties", .boolean(false))] + (mustHold ? [("not", notes)] : []))
  }

  /// A key's schema with what it means and its default.
  private mutating func described(_ key: Key, _ structure: JSON?) -> JSON {
    let schema = structure ?? self.schema(key.type)
    var annotations: [(String, JSON)] = [("description", .string(key.meaning))]
    if case .fallback(let value) = key.presence { annotations.append(("default", value.json)) }
    guard case .object(let members) = schema else { return schema }
    let isReference = members.contains { $0.0 == "$ref" }
    let own = members.filter { $0.0 != "description" }
    return .object(annotations + (isReference ? [("allOf", .array([schema]))] : own))
  }

  /// One kind of a family: a bare word where it needs no keys, or `{kind: {…}}`.
  mutating func kind(of family: KindFamily) -> JSON {
    define(family.noun, SchemaBuilder.any(alternatives(of: family)))
  }

  /// The two forms of a kind; `more` are kinds of other tables that stand in the same places.
  mutating func alternatives(of family: KindFamily, and more: [(String, JSON)] = []) -> [JSON] {
    let words = family.bareWords
    let mapping = JSON.object([
      ("type", .string("object")), ("properties", .object(properties(of: family) + more)),
      ("additionalProperties", .boolean(false)), ("minProperties", .integer(1)), ("maxProperties", .integer(1)),
    ])
    return (words.isEmpty ? [] : [.words(words)]) + [mapping]
  }

  /// What each kind of a family takes behind its name.
  mutating func properties(of family: KindFamily) -> [(String, JSON)] {
    family.kinds.map { kind in
      let table = KeyTable(kind.keys.keys + family.commonKeys)
      let doc = kind.doc.sentence
      let mapping = self.table(table, takesNothing: kind.needsNoKeys)
      guard let name = kind.shorthand, let key = kind.keys[name],
        !kind.keys.keys.contains(where: { $0.isRequired && $0.name != name })
      else { return (kind.name, .object([("description", .string(doc))]).joined(mapping)) }
      return (kind.name, .object([("description", .string(doc))]).joined(.or(mapping, schema(key.type))))
    }
  }
}

extension JSON {
  /// The members of two objects.
  func joined(_ other: JSON) -> JSON {
    guard case .object(let members) = self, case .object(let more) = other else { return other }
    return .object(members + more)
  }
}

extension Key {
  /// Whether it must be written.
  public var isRequired: Bool { if case .required = presence { true } else { false } }

  /// What it means and what holds without it, in sentences.
  var meaning: String {
    guard case .optional(let absence) = presence, !absence.isEmpty else { return doc.sentence }
    return "\(doc.sentence) Default: \(absence)."
  }
}

extension KindFamily {
  /// The kinds that a bare word stands for.
  var bareWords: [String] { kinds.filter(\.needsNoKeys).map(\.name) }
}

extension String {
  /// With a capital letter in front and a full stop behind.
  public var sentence: String {
    guard let first else { return self }
    return first.uppercased() + dropFirst() + (hasSuffix(".") ? "" : ".")
  }
}

extension Value {
  /// The value as JSON, for defaults.
  public var json: JSON {
    switch self {
    case .integer(let number): .integer(number)
    case .real(let number): .plain(number)
    case .boolean(let value): .boolean(value)
    case .string(let text), .word(let text), .name(let text): .string(text)
    case .pair(let pair):
      pair.height == pair.width ? .integer(pair.height) : .array([.integer(pair.height), .integer(pair.width)])
    case .shape(let sizes): .array(sizes.map { .integer($0) })
    case .list(let values): .array(values.map(\.value.json))
    case .weights(let weights): .object(weights.map { ($0.name.value, .plain($0.weight)) })
    case .kind(let arguments): .string(arguments.kind)
    case .count(let count): .string("\(count)")
    default: .string("\(self)")
    }
  }
}
