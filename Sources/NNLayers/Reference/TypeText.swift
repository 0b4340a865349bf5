import NNSpec
import NNText

extension ValueType {
  /// What is taken, with its limits, for the reference.
  var text: String {
    switch self {
    case .integer(let range): "an integer\(ValueType.limits(range))"
    case .pair(let range): "an integer\(ValueType.limits(range)), or `[height, width]`"
    case .real(let bounds): "a number\(ValueType.limits(bounds))"
    case .scheduled(let bounds): "\(self)\(ValueType.limits(bounds))"
    case .percentage(let bounds): "\(self)\(ValueType.limits(bounds))"
    case .list(let element, let count): "a list of\(ValueType.number(count)) values, each \(element.text)"
    case .oneOf(let types): types.map(\.text).joined(separator: ", or ")
    case .kind(let family): "\(self): \(family.names.map { "`\($0)`" }.joined(separator: ", "))"
    default: description
    }
  }

  private static func limits(_ range: ClosedRange<Int>) -> String {
    if range.upperBound == .max { return range.lowerBound == .min ? "" : " from \(range.lowerBound)" }
    return " from \(range.lowerBound) to \(grouped(range.upperBound))"
  }

  private static func limits(_ bounds: RealBounds) -> String {
    let text = bounds.description
    return text.isEmpty ? "" : " " + text
  }

  private static func number(_ count: ClosedRange<Int>) -> String {
    count.lowerBound == count.upperBound ? " \(count.lowerBound)" : ""
  }
}

extension Key {
  /// What holds where the key is not written.
  var absence: String {
    switch presence {
    case .required: "required"
    case .optional(let text): text.isEmpty ? "—" : text
    case .fallback(let value): value.plainText
    }
  }
}

extension Value {
  /// The value as a spec would have it.
  var plainText: String {
    switch self {
    case .string(let text), .word(let text), .name(let text): text
    case .count(let count): "\(count)"
    default: json.text
    }
  }
}
