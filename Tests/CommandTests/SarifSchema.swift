import Foundation

/// The part of the OASIS schema of SARIF 2.1.0 (errata 01) that nnc's logs use: for each kind of object its keys, which
/// of them must be there, and what they hold. As in the schema, other keys are mistakes.
struct SarifSchema {
  private indirect enum Value: Sendable {
    case string
    case exactly([String])
    case integer(from: Int)
    case boolean
    case object(String)
    case list(Value, isUnique: Bool = false, least: Int = 0)
    case dictionary(Value)
  }

  private struct Kind: Sendable {
    var required: Set<String> = []
    var keys: [String: Value]
  }

  private static let levels = Value.exactly(["none", "note", "warning", "error"])

  private static let kinds: [String: Kind] = [
    "sarifLog": Kind(
      required: ["version", "runs"],
      keys: ["$schema": .string, "version": .exactly(["2.1.0"]), "runs": .list(.object("run"))]),
    "run": Kind(
      required: ["tool"],
      keys: [
        "tool": .object("tool"), "invocations": .list(.object("invocation")),
        "columnKind": .exactly(["utf16CodeUnits", "unicodeCodePoints"]),
        "newlineSequences": .list(.string, isUnique: true, least: 1),
        "originalUriBaseIds": .dictionary(.object("artifactLocation")),
        "artifacts": .list(.object("artifact"), isUnique: true), "results": .list(.object("result")),
      ]),
    "tool": Kind(required: ["driver"], keys: ["driver": .object("toolComponent")]),
    "toolComponent": Kind(
      required: ["name"],
      keys: ["name": .string, "version": .string, "rules": .list(.object("reportingDescriptor"), isUnique: true)]),
    "reportingDescriptor": Kind(
      required: ["id"],
      keys: [
        "id": .string, "name": .string, "shortDescription": .object("multiformatMessageString"),
        "help": .object("multiformatMessageString"), "defaultConfiguration": .object("reportingConfiguration"),
      ]),
    "multiformatMessageString": Kind(required: ["text"], keys: ["text": .string]),
    "reportingConfiguration": Kind(keys: ["level": levels]),
    "invocation": Kind(required: ["executionSuccessful"], keys: ["executionSuccessful": .boolean]),
    "artifact": Kind(
      keys: ["location": .object("artifactLocation"), "roles": .list(.exactly(["analysisTarget"]), isUnique: true)]),
    "artifactLocation": Kind(keys: ["uri": .string, "uriBaseId": .string, "description": .object("message")]),
    "message": Kind(required: ["text"], keys: ["text": .string]),
    "result": Kind(
      required: ["message"],
      keys: [
        "ruleId": .string, "ruleIndex": .integer(from: -1), "level": levels, "message": .object("message"),
        "locations": .list(.object("location")), "relatedLocations": .list(.object("location"), isUnique: true),
        "partialFingerprints": .dictionary(.string), "fixes": .list(.object("fix"), isUnique: true),
      ]),
    "location": Kind(
      keys: [
        "id": .integer(from: -1), "physicalLocation": .object("physicalLocation"), "message": .object("message"),
      ]),
    "physicalLocation": Kind(
      required: ["artifactLocation"],
      keys: ["artifactLocation": .object("artifactLocation"), "region": .object("region")]),
    "region": Kind(
      keys: [
        "startLine": .integer(from: 1), "startColumn": .integer(from: 1), "endLine": .integer(from: 1),
        "endColumn": .integer(from: 1),
      ]),
    "fix": Kind(
      required: ["artifactChanges"],
      keys: [
        "description": .object("message"),
        "artifactChanges": .list(.object("artifactChange"), isUnique: true, least: 1),
      ]),
    "artifactChange": Kind(
      required: ["artifactLocation", "replacements"],
      keys: ["artifactLocation": .object("artifactLocation"), "replacements": .list(.object("replacement"), least: 1)]),
    "replacement": Kind(
      required: ["deletedRegion"],
      keys: ["deletedRegion": .object("region"), "insertedContent": .object("artifactContent")]),
    "artifactContent": Kind(keys: ["text": .string]),
  ]

  /// What the schema forbids in a log, each with its path; empty for a valid one.
  static func problems(_ log: Any) -> [String] { problems(log, .object("sarifLog"), at: "$") }

  private static func problems(_ value: Any, _ expected: Value, at path: String) -> [String] {
    switch expected {
    case .string: return value is String ? [] : ["\(path) is no string"]
    case .exactly(let choices): return choices.contains(value as? String ?? "") ? [] : ["\(path) is \(value)"]
    case .integer(let least): return (value as? Int).map { $0 >= least } == true ? [] : ["\(path) is \(value)"]
    case .boolean: return value is Bool ? [] : ["\(path) is no boolean"]
    case .object(let kind): return members(value, kind, at: path)
    case .list(let element, let isUnique, let least):
      guard let list = value as? [Any] else { return ["\(path) is no list"] }
      let isRepeated = isUnique && NSSet(array: list).count < list.count
      return (isRepeated ? ["\(path) repeats something"] : []) + (list.count < least ? ["\(path) is too short"] : [])
        + list.enumerated().flatMap { problems($1, element, at: "\(path)[\($0)]") }
    case .dictionary(let element):
      guard let members = value as? [String: Any] else { return ["\(path) is no object"] }
      return members.flatMap { problems($1, element, at: "\(path).\($0)") }
    }
  }

  private static func members(_ value: Any, _ name: String, at path: String) -> [String] {
    guard let members = value as? [String: Any], let kind = kinds[name] else { return ["\(path) is no \(name)"] }
    let missing = kind.required.filter { members[$0] == nil }.map { "\(path) has no `\($0)`" }
    return missing
      + members.flatMap { key, value in
        kind.keys[key].map { problems(value, $0, at: "\(path).\(key)") } ?? ["\(path) has `\(key)`"]
      }
  }
}
