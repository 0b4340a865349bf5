/// Line ends, encodings and characters.
extension HostileSpec {
  static let texts = fine + wrong

  private static let fine = [
    HostileSpec("CRLF line ends", []) { SpecText.clean.split(separator: "\n").joined(separator: "\r\n") + "\r\n" },
    HostileSpec("CR line ends", []) { SpecText.clean.split(separator: "\n").joined(separator: "\r") + "\r" },
    HostileSpec("a UTF-8 byte order mark", []) { "\u{FEFF}" + SpecText.clean },
    HostileSpec("no line end at the end", []) { String(SpecText.clean.dropLast()) },
    HostileSpec("next lines and line separators in texts", []) {
      SpecText.after("description: \"a\u{85}b\u{2028}c\u{2029}d\"\n")
    },
    HostileSpec("emoji, accents and right-to-left text", []) {
      SpecText.after("description: \"👩‍👩‍👧‍👦 e" + "\u{301}".times(2_000) + " שלום\"\n")
    },
  ]

  private static let wrong = [
    HostileSpec("an empty file", ["NNC0005"]) { "" },
    HostileSpec("only comments", ["NNC0005"]) { "# one\n# two\n" },
    HostileSpec("only a byte order mark", ["NNC0005"]) { "\u{FEFF}" },
    HostileSpec("only a document mark", ["NNC0005"]) { "---\n" },
    HostileSpec("only white space", ["NNC0005"]) { " \n".times(1_000) },
    HostileSpec("a tilde", ["NNC0005"]) { "~\n" },
    HostileSpec("1,000,000 line ends", ["NNC0005"]) { "\n".times(1_000_000) },
    HostileSpec("a NUL character", ["NNC0007"]) { SpecText.after("name: a\0b\n") },
    HostileSpec("a bell", ["NNC0007"]) { SpecText.after("name: a\u{7}b\n") },
    HostileSpec("a byte order mark in the middle", ["NNC0007"]) { SpecText.after("name: a\u{FEFF}b\n") },
    HostileSpec("UTF-16, little endian", ["NNC0006"], arrange: { $0.write(utf16(bigEndian: false, mark: true)) }),
    HostileSpec("UTF-16, big endian", ["NNC0006"], arrange: { $0.write(utf16(bigEndian: true, mark: true)) }),
    HostileSpec("UTF-16 without a mark", ["NNC0007"], arrange: { $0.write(utf16(bigEndian: true, mark: false)) }),
    HostileSpec("UTF-32, little endian", ["NNC0006"], arrange: { $0.write(utf32(bigEndian: false, mark: true)) }),
    HostileSpec("UTF-32, big endian", ["NNC0006"], arrange: { $0.write(utf32(bigEndian: true, mark: true)) }),
    HostileSpec("UTF-32 without a mark", ["NNC0007"], arrange: { $0.write(utf32(bigEndian: false, mark: false)) }),
    HostileSpec("Latin-1", ["NNC0006"], arrange: { $0.write(Array("nnc: 1\nname: ".utf8) + [0xE9, 0x0A]) }),
    HostileSpec(
      "an overlong encoding", ["NNC0006"], arrange: { $0.write(Array("nnc: 1\nname: ".utf8) + [0xC0, 0xAF]) }),
    HostileSpec("half a surrogate pair", ["NNC0006"], arrange: { $0.write([0xED, 0xA0, 0x80]) }),
    HostileSpec("a character cut off", ["NNC0006"], arrange: { $0.write(Array(SpecText.clean.utf8) + [0xF0, 0x9F]) }),
    HostileSpec(
      "1 MB of invalid bytes", ["NNC0006"], arrange: { $0.write([UInt8](repeating: 0xFF, count: 1_000_000)) }),
    HostileSpec("1 MB of noise", ["NNC0006"], arrange: { $0.write(noise(1_000_000)) }),
    HostileSpec("9 MB of text", ["NNC0004"], arrange: { $0.write([UInt8](repeating: 0x20, count: 9_000_000)) }),
  ]

  private static func utf16(bigEndian: Bool, mark: Bool) -> [UInt8] {
    let units = (mark ? [0xFEFF] : []) + Array(SpecText.clean.utf16)
    return units.flatMap { bigEndian ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)] }
  }

  private static func utf32(bigEndian: Bool, mark: Bool) -> [UInt8] {
    let units = (mark ? [0xFEFF] : []) + SpecText.clean.unicodeScalars.map(\.value)
    return units.flatMap { unit in
      let bytes = (0..<4).map { UInt8(truncatingIfNeeded: unit >> (8 * $0)) }
      return bigEndian ? bytes.reversed() : bytes
    }
  }

  private static func noise(_ count: Int) -> [UInt8] {
    var state: UInt64 = 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
  }
}
