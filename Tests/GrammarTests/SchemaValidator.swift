import Foundation

/// A JSON value to be validated, with mappings in the order of the file.
indirect enum Instance: Sendable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([Instance])
  case object([(String, Instance)])
}

/// A minimal validator of JSON Schema draft-07: the keywords that the generated schema uses. Another keyword is a
/// failure of the test, not silently passed.
struct SchemaValidator {
  struct UnknownKeyword: Error { let keyword: String }

  let root: [String: Any]
  private let expressions = Expressions()

  /// The schema's patterns, compiled once.
  private final class Expressions {
    var byPattern: [String: NSRegularExpression] = [:]
  }

  private static let annotations: Set<String> = ["$schema", "title", "description", "default", "definitions"]

  init(_ text: String) throws {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    root = value as? [String: Any] ?? [:]
  }

  /// Whether a value is valid.
  func accepts(_ value: Instance) throws -> Bool { try problem(value, root, at: "") == nil }

  /// Where a value is not valid and why; `nil` for a valid one.
  func problem(_ value: Instance) throws -> String? { try problem(value, root, at: "") }

  private func problem(_ value: Instance, _ schema: Any, at path: String) throws -> String? {
    if let always = schema as? Bool { return always ? nil : "\(path): nothing is allowed here" }
    let schema = schema as? [String: Any] ?? [:]
    if let reference = schema["$ref"] as? String { return try problem(value, definition(reference), at: path) }
    for (keyword, argument) in schema where !SchemaValidator.annotations.contains(keyword) {
      if let problem = try problem(value, keyword, argument, schema, at: path) { return problem }
    }
    return nil
  }

  private func definition(_ reference: String) -> Any {
    let name = String(reference.dropFirst("#/definitions/".count))
    return (root["definitions"] as? [String: Any])?[name] ?? false
  }

  private func problem(
    _ value: Instance, _ keyword: String, _ argument: Any, _ schema: [String: Any], at path: String
  ) throws -> String? {
    let isRight: Bool
    switch keyword {
    case "type": isRight = strings(argument).contains { value.isA($0) }
    case "enum": isRight = (argument as? [Any] ?? []).contains { value.equals($0) }
    case "const": isRight = value.equals(argument)
    case "not": isRight = try problem(value, argument, at: path) != nil
    case "anyOf": isRight = try count(value, argument, at: path) > 0
    case "oneOf": isRight = try count(value, argument, at: path) == 1
    case "allOf": isRight = try count(value, argument, at: path) == (argument as? [Any] ?? []).count
    case "minimum": isRight = value.number.map { $0 >= double(argument) } ?? true
    case "maximum": isRight = value.number.map { $0 <= double(argument) } ?? true
    case "exclusiveMinimum": isRight = value.number.map { $0 > double(argument) } ?? true
    case "exclusiveMaximum": isRight = value.number.map { $0 < double(argument) } ?? true
    case "pattern": isRight = try value.string.map { try matches($0, argument) } ?? true
    case "minItems": isRight = value.array.map { Double($0.count) >= double(argument) } ?? true
    case "maxItems": isRight = value.array.map { Double($0.count) <= double(argument) } ?? true
    case "minProperties": isRight = value.object.map { Double($0.count) >= double(argument) } ?? true
    case "maxProperties": isRight = value.object.map { Double($0.count) <= double(argument) } ?? true
    case "required": isRight = value.object.map { has($0, argument) } ?? true
    default: return try inner(value, keyword, argument, schema, at: path)
    }
    return isRight ? nil : "\(path.isEmpty ? "/" : path): \(keyword)"
  }

  /// The keywords that look into mappings and lists.
  private func inner(
    _ value: Instance, _ keyword: String, _ argument: Any, _ schema: [String: Any], at path: String
  ) throws -> String? {
    let members = value.object ?? []
    switch keyword {
    case "items":
      for (index, element) in (value.array ?? []).enumerated() {
        if let problem = try problem(element, argument, at: "\(path)/\(index)") { return problem }
      }
    case "properties", "patternProperties":
      let schemas = argument as? [String: Any] ?? [:]
      for (name, member) in members {
        for (key, schema) in schemas {
          guard keyword == "properties" ? key == name : try matches(name, key) else { continue }
          if let problem = try problem(member, schema, at: "\(path)/\(name)") { return problem }
        }
      }
    case "additionalProperties":
      let known = Set((schema["properties"] as? [String: Any] ?? [:]).keys)
      let patterns = (schema["patternProperties"] as? [String: Any] ?? [:]).keys
      for (name, member) in members where !known.contains(name) {
        if try patterns.contains(where: { try matches(name, $0) }) { continue }
        if let problem = try problem(member, argument, at: "\(path)/\(name)") { return problem }
      }
    case "propertyNames":
      for (name, _) in members {
        if let problem = try problem(.string(name), argument, at: "\(path)/\(name)") { return problem }
      }
    case "dependencies":
      for (name, needed) in argument as? [String: Any] ?? [:] where has(members, [name]) {
        if !has(members, needed) { return "\(path)/\(name): dependencies" }
      }
    default: throw UnknownKeyword(keyword: keyword)
    }
    return nil
  }

  private func count(_ value: Instance, _ schemas: Any, at path: String) throws -> Int {
    try (schemas as? [Any] ?? []).filter { try problem(value, $0, at: path) == nil }.count
  }

  private func has(_ members: [(String, Instance)], _ names: Any) -> Bool {
    strings(names).allSatisfy { name in members.contains { $0.0 == name } }
  }

  private func strings(_ value: Any) -> [String] { (value as? String).map { [$0] } ?? value as? [String] ?? [] }

  private func double(_ value: Any) -> Double { (value as? NSNumber)?.doubleValue ?? .nan }

  private func matches(_ text: String, _ pattern: Any) throws -> Bool {
    let pattern = pattern as? String ?? ""
    let expression = try expressions.byPattern[pattern] ?? NSRegularExpression(pattern: pattern)
    expressions.byPattern[pattern] = expression
    return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
  }
}

extension Instance {
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  var string: String? { if case .string(let string) = self { string } else { nil } }
  var array: [Instance]? { if case .array(let array) = self { array } else { nil } }
  var object: [(String, Instance)]? { if case .object(let object) = self { object } else { nil } }

  func isA(_ type: String) -> Bool {
    switch (self, type) {
    case (.null, "null"), (.boolean, "boolean"), (.number, "number"), (.string, "string"), (.array, "array"),
      (.object, "object"):
      true
    case (.number(let number), "integer"): number == number.rounded() && number.isFinite
    default: false
    }
  }

  func equals(_ other: Any) -> Bool {
    switch self {
    case .string(let string): string == other as? String
    case .number(let number): number == (other as? NSNumber)?.doubleValue && !(other is String)
    default: false
    }
  }
}
