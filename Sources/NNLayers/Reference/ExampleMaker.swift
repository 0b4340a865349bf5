import NNSpec

/// Makes examples of kinds that have none of their own, from their keys.
enum ExampleMaker {
  /// The shortest useful form of a kind: its required keys, or its first one.
  static func example(of kind: KindDefinition) -> String {
    let keys = kind.keys.keys
    let required = keys.filter(\.isRequired)
    if let name = kind.shorthand, required.map(\.name) == [name] {
      return "\(kind.name): \(sample(required[0].type))"
    }
    if !required.isEmpty {
      return "\(kind.name): {\(required.map { "\($0.name): \(sample($0.type))" }.joined(separator: ", "))}"
    }
    guard let key = keys.first else { return kind.name }
    guard case .fallback(let value) = key.presence else { return kind.name }
    return "\(kind.name): {\(key.name): \(value.plainText)}"
  }

  /// A value that a key of this type takes.
  static func sample(_ type: ValueType) -> String {
    switch type {
    case .integer(let range), .pair(let range): "\(min(max(2, range.lowerBound), range.upperBound))"
    case .real(let bounds), .scheduled(let bounds): sample(bounds, share: 0.25)
    case .boolean: "true"
    case .word(let words): words.first ?? ""
    case .shape: "[64, 64, 3]"
    case .list(.real(let bounds), let count): list(bounds, count: max(1, count.lowerBound))
    case .list(let element, let count):
      "[\(Array(repeating: sample(element), count: max(1, count.lowerBound)).joined(separator: ", "))]"
    case .weights: "{name: 1}"
    case .percentage: "10%"
    case .bytes: "2 GiB"
    case .duration: "90 s"
    case .count: "500 steps"
    case .comparison: "<= 1e6"
    case .sizeComparison: "<= 2 GiB"
    case .kind(let family): family.kinds.first.map(example) ?? ""
    case .keys(_, let table):
      "{\(table.keys.filter(\.isRequired).map { "\($0.name): \(sample($0.type))" }.joined(separator: ", "))}"
    case .oneOf(let types): types.first.map { sample($0) } ?? ""
    case .digest: String(repeating: "0", count: 64)
    case .string, .text, .path, .name, .lint, .node: "name"
    }
  }

  /// Rising numbers, so that they also make a range.
  private static func list(_ bounds: RealBounds, count: Int) -> String {
    let parts = bounds.includesUpper && bounds.upper != nil ? count : count + 1
    return "[\((1...count).map { sample(bounds, share: Double($0) / Double(parts)) }.joined(separator: ", "))]"
  }

  private static func sample(_ bounds: RealBounds, share: Double) -> String {
    let lower = bounds.lower ?? 0
    let upper = bounds.upper ?? lower + 1
    let number = ((lower + (upper - lower) * share) * 100).rounded() / 100
    return Int(exactly: number).map(String.init) ?? "\(number)"
  }
}
