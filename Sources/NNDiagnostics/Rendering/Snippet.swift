/// A source line's underlines and labels, in columns of the shown line.
struct Mark {
  var start: Int
  var end: Int
  let message: String
  let isPrimary: Bool
}

/// Lays out the rows beneath a source line: the underlines, with the rightmost label beside them, and the other labels
/// beneath, each at the column of its underline.
struct MarkLayout {
  /// A stretch of a row.
  private struct Piece {
    let column: Int
    let text: String
    let isPrimary: Bool
  }

  private var rows: [[Piece]] = []

  init(_ marks: [Mark]) {
    let sorted = marks.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    rows.append(MarkLayout.underlines(sorted))
    var labelled = sorted.filter { !$0.message.isEmpty }
    if let last = labelled.last, sorted.allSatisfy({ $0.end <= last.end }),
      sorted.filter({ $0.start == last.start }).count == 1
    {
      rows[0].append(Piece(column: last.end + 1, text: last.message, isPrimary: last.isPrimary))
      labelled.removeLast()
    }
    var row = 1
    var limit = Int.max
    for mark in labelled.reversed() {
      let piece = Piece(column: mark.start, text: mark.message, isPrimary: mark.isPrimary)
      let end = mark.start + DisplayLine(Array(mark.message.unicodeScalars)[...]).width
      if rows.count > row, end + 1 >= limit { row += 1 }
      while rows.count <= row { rows.append([]) }
      rows[row].append(piece)
      limit = mark.start
    }
    connect()
  }

  /// A bar from each underline down to a label that stands more than one row below.
  private mutating func connect() {
    guard rows.count > 2 else { return }
    for row in 2..<rows.count {
      for piece in rows[row] {
        for above in 1..<row where !rows[above].contains(where: { $0.column == piece.column }) {
          rows[above].append(Piece(column: piece.column, text: "|", isPrimary: piece.isPrimary))
        }
      }
    }
  }

  /// The underlines as pieces that do not overlap; `^` covers `-`.
  private static func underlines(_ marks: [Mark]) -> [Piece] {
    let width = marks.map(\.end).max() ?? 0
    var row = [Character](repeating: " ", count: width)
    for mark in marks where !mark.isPrimary { for column in mark.start..<mark.end { row[column] = "-" } }
    for mark in marks where mark.isPrimary { for column in mark.start..<mark.end { row[column] = "^" } }
    var pieces: [Piece] = []
    var start = 0
    while start < width {
      var end = start + 1
      while end < width, row[end] == row[start] { end += 1 }
      if row[start] != " " {
        pieces.append(Piece(column: start, text: String(row[start..<end]), isPrimary: row[start] == "^"))
      }
      start = end
    }
    return pieces
  }

  /// The rows as text.
  func lines(_ paint: Paint, primary: Paint.Style) -> [String] {
    rows.map { pieces in
      var line = ""
      var column = 0
      for piece in pieces.sorted(by: { $0.column < $1.column }) where piece.column >= column {
        line += String(repeating: " ", count: piece.column - column)
        line += paint(piece.text, piece.isPrimary ? primary : .frame)
        column = piece.column + DisplayLine(Array(piece.text.unicodeScalars)[...]).width
      }
      return line
    }
  }
}

/// The lines of one file that a diagnostic or a note quotes.
struct Snippet {
  /// Longer lines are cut to what is underlined.
  static let widthLimit = 160

  let file: SourceFile
  let location: Span
  private var marks: [Int: [(label: Label, isPrimary: Bool)]] = [:]

  init(_ file: SourceFile, location: Span) {
    self.file = file
    self.location = location
  }

  mutating func add(_ label: Label, isPrimary: Bool) {
    marks[file.position(of: label.span.start).line, default: []].append((label, isPrimary))
  }

  var lastLine: Int { marks.keys.max() ?? file.position(of: location.start).line }

  /// The snippet with its location; `gutter` is the width of line numbers.
  func lines(gutter: Int, _ paint: Paint, primary: Paint.Style) -> [String] {
    let blank = String(repeating: " ", count: gutter)
    guard file.hasText, !file.scalars.isEmpty else { return ["\(blank)\(paint("-->", .frame)) \(file.path)"] }
    let place = file.position(of: location.start)
    var result = ["\(blank)\(paint("-->", .frame)) \(file.path):\(place.line):\(place.column)"]
    result.append("\(blank) \(paint("|", .frame))")
    var previous: Int?
    for line in marks.keys.sorted() {
      if let previous, line == previous + 2 {
        result += quote(previous + 1, [], gutter: gutter, paint, primary: primary)
      } else if let previous, line > previous + 2 {
        result.append(paint("...", .frame))
      }
      result += quote(line, marks[line] ?? [], gutter: gutter, paint, primary: primary)
      previous = line
    }
    return result
  }

  private func quote(
    _ line: Int, _ labels: [(label: Label, isPrimary: Bool)], gutter: Int, _ paint: Paint, primary: Paint.Style
  ) -> [String] {
    let whole = file.lineRange(line)
    let range = Snippet.window(of: whole, around: labels.first(where: \.isPrimary)?.label ?? labels.first?.label)
    let shown = DisplayLine(file.scalars[range])
    var marks = labels.map { label, isPrimary in
      let start = shown.column(of: label.span.start - range.lowerBound)
      let end = shown.column(of: min(label.span.end, range.upperBound) - range.lowerBound)
      return Mark(start: start, end: max(end, start + 1), message: label.message, isPrimary: isPrimary)
    }
    marks.removeAll { $0.start >= shown.width && shown.width > 0 && range != whole }
    let text = Snippet.cut(shown, &marks)
    let number = String(line)
    let padding = String(repeating: " ", count: max(0, gutter - number.count))
    var result = ["\(paint(padding + number, .frame)) \(paint("|", .frame)) \(text)".withoutTrailingSpaces]
    guard !marks.isEmpty else { return result }
    let blank = String(repeating: " ", count: gutter)
    for row in MarkLayout(marks).lines(paint, primary: primary) {
      result.append("\(blank) \(paint("|", .frame)) \(row)".withoutTrailingSpaces)
    }
    return result
  }

  /// A stretch of a line that holds all of what `cut` could show.
  private static func window(of line: Range<Int>, around label: Label?) -> Range<Int> {
    let reach = 4 * widthLimit
    guard line.count > 2 * reach else { return line }
    let focus = min(max(label?.span.start ?? line.lowerBound, line.lowerBound), line.upperBound)
    return max(line.lowerBound, focus - reach)..<min(line.upperBound, focus + reach)
  }

  /// The line's text, cut to a window around the marks where it is long; the marks move along.
  private static func cut(_ line: DisplayLine, _ marks: inout [Mark]) -> String {
    guard line.width > widthLimit else { return line.text(from: 0, to: line.width) }
    let focus = marks.first(where: \.isPrimary) ?? marks.first
    let first = marks.map(\.start).min() ?? 0
    let anchor = (marks.map(\.end).max() ?? 0) - first <= widthLimit - 40 ? first : focus?.start ?? 0
    let start = max(0, min(anchor - 20, line.width - (widthLimit - 20)))
    let end = min(line.width, start + widthLimit - 20)
    let (left, right) = (start > 0 ? "… " : "", end < line.width ? " …" : "")
    marks = marks.compactMap { mark in
      guard mark.start < end, mark.end > start else { return nil }
      var mark = mark
      mark.start = max(mark.start, start) - start + left.count
      mark.end = min(mark.end, end) - start + left.count
      return mark
    }
    return left + line.text(from: start, to: end) + right
  }
}

extension String {
  var withoutTrailingSpaces: String {
    var result = self
    while result.hasSuffix(" ") { result.removeLast() }
    return result
  }
}
