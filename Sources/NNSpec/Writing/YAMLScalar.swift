/// Texts as YAML scalars that this project's reader, and any other of YAML 1.1 or 1.2, reads back as they were.
enum YAMLScalar {
  /// A text: without quotes where it then is a text and nothing else, in block and in flow style.
  static func text(_ text: String) -> String { isPlain(text) && isWord(text) ? text : quoted(text) }

  /// What stood in a spec without quotes, such as a number or `10%`: quotes only where it would be cut short.
  static func literal(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

  /// Whether a reader takes it for a text, not for a number, a boolean or nothing.
  private static func isWord(_ text: String) -> Bool {
    Literal(text) == .text && !otherTypes.contains(text.lowercased()) && !text.hasPrefix("+") && !text.hasPrefix("-")
  }

  /// What some readers of YAML take for something else than a text.
  private static let otherTypes: Set<String> = [
    "null", "true", "false", "yes", "no", "on", "off", "~", ".inf", ".nan",
  ]

  /// Whether it can stand without quotes, whatever it then means.
  private static func isPlain(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.first, let last = scalars.last, last != " ", !text.hasPrefix("---"),
      !text.hasPrefix("...")
    else { return false }
    let isSign = (first == "-" || first == "+") && scalars.count > 1 && (scalars[1].isDigit || scalars[1] == ".")
    guard isSign || first.isNamePart || "./<=$(".unicodeScalars.contains(first) else { return false }
    return scalars.allSatisfy { $0.isNamePart || " _.-+/*%<>=()$~@!^".unicodeScalars.contains($0) }
  }

  /// In double quotes, with escapes for all that is not printed as it is.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case " "..."~": result.unicodeScalars.append(scalar)
      default:
        if scalar.properties.isAlphabetic {
          result.unicodeScalars.append(scalar)
        } else {
          result += escape(scalar)
        }
      }
    }
    return result + "\""
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let hex = String(scalar.value, radix: 16, uppercase: true)
    let (letter, digits) = scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
    return "\\\(letter)" + String(repeating: "0", count: digits - hex.count) + hex
  }
}
