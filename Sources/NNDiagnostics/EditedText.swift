/// A file's text with edits made in it. What no edit covers stays, to the last space.
public struct EditedText: Sendable {
  private let file: SourceFile
  /// The edits in the order of their places; none overlaps another.
  private var edits: [Fix.Edit] = []

  /// The text of `file`, without edits.
  public init(_ file: SourceFile) { self.file = file }

  /// Whether these edits of the file neither overlap one that is made already nor each other.
  public func takes(_ new: [Fix.Edit]) -> Bool {
    let all = (edits + new).sorted { ($0.span.start, $0.span.end) < ($1.span.start, $1.span.end) }
    return zip(all, all.dropFirst()).allSatisfy { left, right in
      left.span.end < right.span.start || (left.span.end == right.span.start && left.span.count + right.span.count > 0)
    }
  }

  /// Makes edits that it takes.
  public mutating func make(_ new: [Fix.Edit]) {
    edits = (edits + new).sorted { ($0.span.start, $0.span.end) < ($1.span.start, $1.span.end) }
  }

  /// The text. A word that stood in quotes keeps them.
  public var text: String {
    var result = String.UnicodeScalarView()
    var place = 0
    for edit in edits {
      result.append(contentsOf: file.scalars[place..<edit.span.start])
      result.append(contentsOf: EditedText.replacement(of: edit, in: file).unicodeScalars)
      place = edit.span.end
    }
    result.append(contentsOf: file.scalars[place...])
    return String(result)
  }

  /// What an edit writes: its word, in quotes where one stood in quotes.
  public static func replacement(of edit: Fix.Edit, in file: SourceFile) -> String {
    let old = file.text(of: edit.span)
    let isWord =
      edit.replacement.unicodeScalars.allSatisfy { $0 == "_" || $0 == "." || $0.properties.isAlphabetic }
      && !["true", "false"].contains(edit.replacement)
    guard isWord, let quote = old.first, quote == "\"" || quote == "'", old.count > 1, old.last == quote else {
      return edit.replacement
    }
    return "\(quote)\(edit.replacement)\(quote)"
  }
}
