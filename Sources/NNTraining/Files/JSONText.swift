/// A JSON value that keeps its members' order, written on one line.
enum JSONText {
  case number(Double)
  case integer(Int)
  case text(String)
  case object([(String, JSONText)])
  case array([JSONText])
  case null

  /// A number as it was computed in single precision: it reads back as the same float, without the digits of a double.
  case float(Float)

  /// The text. Numbers have the fewest digits that read back exactly; those that JSON cannot hold are null.
  var line: String {
    switch self {
    case .number(let number): number.isFinite ? "\(number)" : "null"
    case .float(let number): number.isFinite ? "\(number)" : "null"
    case .integer(let number): "\(number)"
    case .text(let text): Self.quoted(text)
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.0)): \($0.1.line)" }.joined(separator: ", ") + "}"
    case .array(let elements): "[" + elements.map(\.line).joined(separator: ", ") + "]"
    case .null: "null"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
