import NNText

/// Turns tables of keys and their types into JSON Schema, draft-07. What several places use becomes a definition.
struct SchemaBuilder {
  /// The names of all lints.
  let lints: [String]

  /// The definitions so far, in the order in which they were needed.
  private(set) var definitions: [(String, JSON)] = [
    (
      "expression",
      .object([
        ("description", .string("The value of an expression: `$name` or `$(…)`.")), ("type", .string("string")),
        ("pattern", .string(SchemaPattern.expression)),
      ])
    )
  ]

  /// A builder that knows these lints.
  init(lints: [String]) { self.lints = lints }

  /// Stands for a definition.
  static func reference(_ name: String) -> JSON { .object([("$ref", .string("#/definitions/\(name)"))]) }

  static let expression = reference("expression")
  /// Anything.
  static let anything = JSON.object([])

  /// Makes `schema` a definition called `name`, or `name_2` where another one has the name.
  mutating func define(_ name: String, _ schema: JSON) -> JSON {
    var unique = name
    var count = 1
    while let other = definitions.first(where: { $0.0 == unique }) {
      if other.1 == schema { return SchemaBuilder.reference(unique) }
      count += 1
      unique = "\(name)_\(count)"
    }
    definitions.append((unique, schema))
    return SchemaBuilder.reference(unique)
  }

  /// Any of several schemas; alternatives of alternatives are drawn into one list.
  static func any(_ schemas: [JSON]) -> JSON {
    var flat: [JSON] = []
    for schema in schemas {
      var parts = [schema]
      if case .object(let members) = schema, members.count == 1, members[0].0 == "anyOf",
        case .array(let inner) = members[0].1
      {
        parts = inner
      }
      flat += parts.filter { !flat.contains($0) }
    }
    return flat.count == 1 ? flat[0] : .object([("anyOf", .array(flat))])
  }

  /// What a value of this type looks like.
  mutating func schema(_ type: ValueType) -> JSON {
    switch type {
    case .integer(let range): return .or(.integer(range), SchemaBuilder.expression)
    case .real(let bounds): return .or(.number(bounds), SchemaBuilder.expression)
    case .scheduled(let bounds):
      let schedule = kind(of: ScheduleKeys.family(bounds))
      return .or(.number(bounds), SchemaBuilder.expression, schedule)
    case .boolean: return .or(.type("boolean"), SchemaBuilder.expression)
    case .string, .text, .path: return .type("string", "number", "boolean")
    case .digest: return .pattern(SchemaPattern.digest)
    case .word(let words): return .or(.words(words), SchemaBuilder.expression)
    case .name:
      return .type("string", "integer", "boolean").adding(
        ("pattern", .string(SchemaPattern.reference)), ("minimum", .integer(0)))
    case .lint: return define("lint", .or(.words(lints), SchemaBuilder.expression))
    case .pair(let range):
      let one = JSON.or(.integer(range), SchemaBuilder.expression)
      return .or(one, .list(of: one, 2...2))
    case .shape: return define("shape", .shape)
    case .list(let element, let count): return .list(of: schema(element), count)
    case .weights(let bounds):
      return SchemaBuilder.named(
        SchemaPattern.reference, element: .or(.number(bounds), SchemaBuilder.expression), mustHold: true)
    case .percentage(let bounds): return .pattern(SchemaPattern.percentage(bounds))
    case .bytes: return .pattern(SchemaPattern.bytes)
    case .duration: return .pattern(SchemaPattern.duration)
    case .count: return .pattern(SchemaPattern.count)
    case .comparison: return .or(.type("number"), .pattern(SchemaPattern.comparison))
    case .sizeComparison: return .pattern(SchemaPattern.sizeComparison)
    case .kind(let family): return .or(kind(of: family), SchemaBuilder.expression)
    case .keys(_, let table): return self.table(table)
    case .oneOf(let types): return SchemaBuilder.any(types.map { schema($0) })
    case .node: return SchemaBuilder.anything
    }
  }
}

extension JSON {
  static func or(_ schemas: JSON...) -> JSON { SchemaBuilder.any(schemas) }

  static func type(_ names: String...) -> JSON {
    .object([("type", names.count == 1 ? .string(names[0]) : .array(names.map { .string($0) }))])
  }

  /// An object's members and more.
  func adding(_ more: (String, JSON)...) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members + more)
  }

  static func words(_ words: [String]) -> JSON { .object([("enum", .array(words.map { .string($0) }))]) }

  static func pattern(_ pattern: String) -> JSON {
    .or(type("string").adding(("pattern", .string(pattern))), SchemaBuilder.expression)
  }

  static func integer(_ range: ClosedRange<Int>) -> JSON {
    var members: [(String, JSON)] = [("type", .string("integer"))]
    if range.lowerBound != .min { members.append(("minimum", .integer(range.lowerBound))) }
    if range.upperBound != .max { members.append(("maximum", .integer(range.upperBound))) }
    return .object(members)
  }

  static func number(_ bounds: RealBounds) -> JSON {
    var members: [(String, JSON)] = [("type", .string("number"))]
    if let lower = bounds.lower {
      members.append((bounds.includesLower ? "minimum" : "exclusiveMinimum", .plain(lower)))
    }
    if let upper = bounds.upper {
      members.append((bounds.includesUpper ? "maximum" : "exclusiveMaximum", .plain(upper)))
    }
    return .object(members)
  }

  /// A number without a needless point.
  static func plain(_ number: Double) -> JSON { Int(exactly: number).map { .integer($0) } ?? .number(number) }

  static func list(of element: JSON, _ count: ClosedRange<Int>) -> JSON {
    var members: [(String, JSON)] = [("type", .string("array")), ("items", element)]
    if count.lowerBound > 0 { members.append(("minItems", .integer(count.lowerBound))) }
    if count.upperBound != .max { members.append(("maxItems", .integer(count.upperBound))) }
    return .object(members)
  }

  static var shape: JSON {
    let size = JSON.or(.integer(1...Int.max), SchemaBuilder.expression)
    return .or(.list(of: size, 1...1), .list(of: size, 3...3)).adding(
      ("description", .string("`[height, width, channels]` or `[features]`")))
  }
}
