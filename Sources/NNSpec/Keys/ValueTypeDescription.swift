extension ValueType: CustomStringConvertible {
  /// What is taken, for messages and the reference: "an integer", "`same` or `valid`".
  public var description: String {
    switch self {
    case .integer: "an integer"
    case .real: "a number"
    case .scheduled: "a number or a schedule"
    case .boolean: "`true` or `false`"
    case .string, .text: "a text"
    case .path: "a path"
    case .digest: "64 hexadecimal digits"
    case .word(let words): words.quotedList("or")
    case .name: "a name"
    case .lint: "the name of a warning"
    case .pair: "an integer or `[height, width]`"
    case .shape: "`[height, width, channels]` or `[features]`"
    case .list(let element, let count): ValueType.list(of: element, count: count)
    case .weights: "names with numbers such as `{relu1: 1, relu2: 0.5}`"
    case .percentage: "a percentage such as `10%`"
    case .bytes: "a size such as `2 GiB`"
    case .duration: "a duration such as `90 s`"
    case .count: "a count such as `500 steps` or `2 epochs`"
    case .comparison: "a comparison such as `<= 1.5e6`"
    case .sizeComparison: "a comparison such as `<= 2 GiB`"
    case .kind(let family): family.noun.withArticle
    case .keys(_, let table): "`{\(table.names.map { "\($0): …" }.joined(separator: ", "))}`"
    case .oneOf(let types): types.map(\.description).joined(separator: ", or ")
    case .node: "a value"
    }
  }

  private static func list(of element: ValueType, count: ClosedRange<Int>) -> String {
    let noun =
      switch element {
      case .integer: "integers"
      case .real: "numbers"
      case .word: "words"
      case .kind(let family): family.noun + "s"
      case .name: "names"
      case .lint: "names of warnings"
      default: "values"
      }
    return count.lowerBound == count.upperBound ? "a list of \(count.lowerBound) \(noun)" : "a list of \(noun)"
  }
}

extension RealBounds: CustomStringConvertible {
  /// The limits in words: "at least 0 and below 1"; empty where there are none.
  public var description: String {
    if includesLower, includesUpper, let lower, let upper {
      return "from \(lower.readable) to \(upper.readable)"
    }
    let low = lower.map { (includesLower ? "at least " : "above ") + $0.readable }
    let high = upper.map { (includesUpper ? "at most " : "below ") + $0.readable }
    return [low, high].compactMap { $0 }.joined(separator: " and ")
  }
}
