/// How many columns text takes on a terminal.
enum DisplayWidth {
  /// Columns of `text`: two for wide East Asian characters and pictographs, none for combining marks.
  static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

  /// The longest beginning of `text` that takes at most `columns`; ends in `…` where something was cut.
  static func cut(_ text: String, to columns: Int) -> String {
    if of(text) <= columns { return text }
    guard columns > 0 else { return "" }
    var result = ""
    var used = 1
    for character in text {
      used += of(character)
      if used > columns { break }
      result.append(character)
    }
    return result + "…"
  }

  /// `text` in pieces that take at most `columns` each, as far as single characters do.
  static func pieces(_ text: String, of columns: Int) -> [String] {
    var pieces: [String] = [""]
    var used = 0
    for character in text {
      let width = of(character)
      if used > 0, used + width > columns {
        pieces.append("")
        used = 0
      }
      pieces[pieces.count - 1].append(character)
      used += width
    }
    return pieces
  }

  private static func of(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    // U+FE0F asks for the picture form, which is wide.
    if character.unicodeScalars.contains("\u{FE0F}") { return 2 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: return isWide(first.value) ? 2 : 1
    }
  }

  /// Unicode's `East_Asian_Width` W and F in their main ranges (Standard Annex 11).
  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF,
      0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
