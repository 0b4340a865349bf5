/// Names diagnostics so that the same one is known again in another version of the file: by code, by the text of its
/// line without the space around it, and by how many such ones came before. Lines that are added or removed elsewhere
/// change nothing.
struct LineFingerprints {
  private struct Key: Hashable {
    let path: RelativePath
    let hash: UInt64
  }

  private var seen: [Key: Int] = [:]

  /// The next diagnostic's name: sixteen hexadecimal digits, a colon, and its number from 1. Diagnostics of a file are
  /// asked for in the order of their places.
  mutating func next(_ diagnostic: Diagnostic, in sources: SourceMap, path: RelativePath) -> String {
    let file = sources[diagnostic.span.file]
    let line = file.scalars[file.lineRange(file.position(of: diagnostic.span.start).line)]
    let hash = LineFingerprints.hash(diagnostic.code.code + "\0" + LineFingerprints.trimmed(line))
    let number = seen[Key(path: path, hash: hash), default: 0] + 1
    seen[Key(path: path, hash: hash)] = number
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits + ":\(number)"
  }

  private static func trimmed(_ line: ArraySlice<Unicode.Scalar>) -> String {
    let isSpace = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: line.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    return String(text)
  }

  /// FNV-1a with 64 bits (Fowler, Noll, Vo; RFC 9923).
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
