/// Texts as Graphviz's language, DOT, takes them.
public enum DOT {
  /// A string in quotes: of DOT's escapes only those for quotes, backslashes and line ends are needed.
  public static func quoted(_ text: String) -> String {
    let escaped = text.map { character -> String in
      switch character {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\n": "\\n"
      default: String(character)
      }
    }
    return "\"\(escaped.joined())\""
  }
}
