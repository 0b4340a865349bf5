/// Text and numbers as XML and HTML take them.
public enum Markup {
  /// A text that stands for itself between tags and in quoted attributes; what XML cannot hold becomes `U+FFFD`.
  public static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A coordinate, to a hundredth.
  public static func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() && abs(rounded) < 1e9 ? "\(Int(rounded))" : "\(rounded)"
  }

  /// As much of a text as fits into `width`, with an ellipsis where some is left out; nil where nothing would be left.
  public static func fitting(_ text: String, width: Double, fontSize: Double) -> String? {
    let room = Int(width / (fontSize * 0.58))
    if text.count <= room { return text }
    return room < 3 ? nil : text.prefix(room - 1) + "…"
  }
}

/// A text from elsewhere as a terminal may have it: control characters, line ends among them, are written out.
public func printable(_ text: String) -> String {
  // 0xC2 begins the control characters above 0x7F.
  if !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) { return text }
  func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
  return text.unicodeScalars.map { isControl($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
}
