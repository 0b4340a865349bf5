/// A JSON value; objects keep the order of their keys.
public enum JSON: Sendable, Equatable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  /// A number as it was computed in single precision: it reads back as the same float, without the digits of a double.
  case float(Float)
  case string(String)
  case array([JSON])
  case object([(String, JSON)])

  /// The value on one line. Numbers that JSON cannot hold (infinite, not a number) become `null`.
  public var text: String {
    switch self {
    case .null: "null"
    case .boolean(let value): String(value)
    case .integer(let value): String(value)
    case .number(let value): value.isFinite ? "\(value)" : "null"
    case .float(let value): value.isFinite ? "\(value)" : "null"
    case .string(let value): JSON.quoted(value)
    case .array(let values): "[\(values.map(\.text).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.map { "\(JSON.quoted($0.0)): \($0.1.text)" }.joined(separator: ", "))}"
    }
  }

  /// Equal with the keys of objects in the same order.
  public static func == (left: JSON, right: JSON) -> Bool { left.text == right.text }

  /// A string in quotes, escaped.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{00}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
