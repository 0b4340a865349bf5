import Foundation
import NNTensor

/// One record of a reference file, as `Tests/References/make_references.py` documents the format.
public struct ReferenceRecord: Sendable {
  /// `layers`, `loss`, `optimizer` or `trajectory`.
  public let kind: String
  /// The record's name, unique over all files.
  public let name: String
  /// The values of the other keys, in order; `yaml` has one for each line.
  public fileprivate(set) var fields: [String: [String]] = [:]
  /// What is generated, by name.
  public fileprivate(set) var recipes: [String: Recipe] = [:]
  /// What is stored, by name.
  public fileprivate(set) var results: [String: ReferenceTensor] = [:]

  /// The last value of a key.
  public func field(_ key: String) -> String? { fields[key]?.last }
}

/// A reference file that cannot be read, and why.
public struct ReferenceFileError: Error, CustomStringConvertible {
  public let description: String
}

/// Reads reference files.
public enum ReferenceFile {
  /// `Tests/References` of this checkout.
  public static var directory: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("References")
  }

  /// The records of all groups, sorted by group; or of one group, such as `conv`.
  public static func records(in directory: URL = directory, group: String? = nil) throws -> [ReferenceRecord] {
    let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
    let names = files.filter { $0.pathExtension == "cases" }.map { $0.deletingPathExtension().lastPathComponent }
    return try names.filter { group == nil || $0 == group }.sorted().flatMap { name in
      let base = directory.appendingPathComponent(name)
      let text = try String(contentsOf: base.appendingPathExtension("cases"), encoding: .utf8)
      return try parse(text, data: try Data(contentsOf: base.appendingPathExtension("f64")))
    }
  }

  /// The records of one group's text and numbers; throws where they do not fit together.
  public static func parse(_ text: String, data: Data) throws -> [ReferenceRecord] {
    var records: [ReferenceRecord] = []
    var numbers = Numbers(data: data)
    for (number, line) in text.split(separator: "\n").enumerated() {
      do {
        try parse(line, into: &records, &numbers)
      } catch let error as ReferenceFileError {
        throw ReferenceFileError(description: "line \(number + 1): \(error.description)")
      }
    }
    guard numbers.isAtEnd else { throw ReferenceFileError(description: "numbers are left over") }
    return records
  }

  private static func parse(_ line: Substring, into records: inout [ReferenceRecord], _ numbers: inout Numbers) throws {
    guard line != "end" else { return }
    let (key, rest) = split(line)
    if key == "record" {
      let (kind, name) = split(rest)
      records.append(ReferenceRecord(kind: String(kind), name: String(name)))
      return
    }
    guard var record = records.popLast() else { throw ReferenceFileError(description: "no record before `\(line)`") }
    switch key {
    case "generate": try addRecipe(rest, to: &record)
    case "result":
      let words = rest.split(separator: " ")
      guard let name = words.first else { throw ReferenceFileError(description: "a result without a name") }
      record.results[String(name)] = try numbers.next(try shape(words.dropFirst()))
    default: record.fields[String(key), default: []].append(String(rest))
    }
    records.append(record)
  }

  private static func addRecipe(_ text: Substring, to record: inout ReferenceRecord) throws {
    let words = text.split(separator: " ")
    guard words.count >= 3, let rule = Recipe.Rule(rawValue: String(words[1])), let scale = Double(words[2]) else {
      throw ReferenceFileError(description: "not a recipe: \(text)")
    }
    record.recipes[String(words[0])] = Recipe(
      seed: "\(record.name)/\(record.field("salt") ?? "0")/\(words[0])", rule: rule, scale: scale,
      shape: try shape(words.dropFirst(3)))
  }

  private static func split(_ line: Substring) -> (Substring, Substring) {
    guard let space = line.firstIndex(of: " ") else { return (line, "") }
    return (line[..<space], line[line.index(after: space)...])
  }

  static func shape(_ words: some Sequence<Substring>) throws -> Shape {
    let shape = Shape(
      try words.map {
        guard let length = Int($0), length > 0 else { throw ReferenceFileError(description: "not a length: \($0)") }
        return length
      })
    guard shape.checkedElementCount != nil else { throw ReferenceFileError(description: "shape \(shape) is too large") }
    return shape
  }
}

/// Little-endian doubles, read one tensor after the other.
private struct Numbers {
  let data: Data
  var position = 0

  var isAtEnd: Bool { position == data.count }

  mutating func next(_ shape: Shape) throws -> ReferenceTensor {
    let count = shape.elementCount
    guard count <= (data.count - position) / 8 else { throw ReferenceFileError(description: "the numbers end early") }
    let values = data.withUnsafeBytes { bytes in
      (0..<count).map { index in
        let bits = bytes.loadUnaligned(fromByteOffset: position + 8 * index, as: UInt64.self)
        return Double(bitPattern: UInt64(littleEndian: bits))
      }
    }
    position += 8 * count
    return ReferenceTensor(shape, values)
  }
}
