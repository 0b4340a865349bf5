/// Names one file of a `SourceMap`; ids count up in the order of reading.
public struct FileID: Hashable, Comparable, Sendable {
  /// The file's index in its `SourceMap`.
  public let index: Int

  /// The id of the file at `index`.
  public init(_ index: Int) { self.index = index }

  /// Files read earlier come first.
  public static func < (left: FileID, right: FileID) -> Bool { left.index < right.index }
}

/// A stretch of one file, as half-open offsets in Unicode scalars; empty at the place between two scalars.
public struct Span: Hashable, Sendable {
  /// The file that the offsets count in.
  public let file: FileID
  /// Offset of the first scalar, from 0.
  public let start: Int
  /// Offset after the last scalar; never before `start`.
  public let end: Int

  /// The stretch from `start` up to, not including, `end`; an `end` before `start` gives an empty span.
  public init(file: FileID, start: Int, end: Int) {
    self.file = file
    self.start = start
    self.end = Swift.max(start, end)
  }

  /// How many scalars it covers.
  public var count: Int { end - start }

  /// The smallest span over both; `self` where the files differ.
  public func joined(with other: Span) -> Span {
    guard other.file == file else { return self }
    return Span(file: file, start: min(start, other.start), end: max(end, other.end))
  }
}

/// A place as people count it: line and column from 1, columns in Unicode scalars.
public struct Position: Hashable, Sendable {
  /// Line, from 1.
  public let line: Int
  /// Column in Unicode scalars, from 1.
  public let column: Int
}

/// A file's text with its table of lines. Lines end at LF, CRLF or CR alone; NEL and U+2028 end none.
public struct SourceFile: Sendable {
  /// The file's id.
  public let id: FileID
  /// The path as shown to people.
  public let path: String
  /// The text.
  public let scalars: [Unicode.Scalar]
  /// False where there is no text to quote, for instance a file that cannot be read.
  public let hasText: Bool
  /// Whether the file on the disk begins with a byte order mark, which is no part of the text.
  public let hasByteOrderMark: Bool
  /// Offset of each line's first scalar.
  private let lineStarts: [Int]

  /// A file of `text`; `nil` stands for a file without text to quote.
  init(id: FileID, path: String, text: String?, hasByteOrderMark: Bool) {
    self.hasByteOrderMark = hasByteOrderMark
    self.id = id
    self.path = path
    hasText = text != nil
    scalars = Array((text ?? "").unicodeScalars)
    lineStarts = SourceFile.lineStarts(of: scalars)
  }

  /// How many lines; 1 for an empty file.
  public var lineCount: Int { lineStarts.count }

  /// The place of an offset; offsets beyond the end stand at the end.
  public func position(of offset: Int) -> Position {
    let offset = max(0, min(offset, scalars.count))
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return Position(line: low + 1, column: offset - lineStarts[low] + 1)
  }

  /// The offsets of a line, counted from 1, without its line end; empty for a line that does not exist.
  public func lineRange(_ line: Int) -> Range<Int> {
    guard line >= 1, line <= lineStarts.count else { return scalars.count..<scalars.count }
    let start = lineStarts[line - 1]
    var end = line < lineStarts.count ? lineStarts[line] : scalars.count
    if end > start, scalars[end - 1] == "\n" { end -= 1 }
    if end > start, scalars[end - 1] == "\r" { end -= 1 }
    return start..<end
  }

  /// The text of a span of this file.
  public func text(of span: Span) -> String {
    let start = max(0, min(span.start, scalars.count))
    let end = max(start, min(span.end, scalars.count))
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[start..<end])
    return String(text)
  }

  private static func lineStarts(of scalars: [Unicode.Scalar]) -> [Int] {
    var starts = [0]
    for (offset, scalar) in scalars.enumerated() {
      if scalar == "\n" {
        starts.append(offset + 1)
      } else if scalar == "\r", offset + 1 >= scalars.count || scalars[offset + 1] != "\n" {
        starts.append(offset + 1)
      }
    }
    return starts
  }
}

/// All files that diagnostics may point into.
public struct SourceMap: Sendable {
  /// The files, by the index of their id.
  public private(set) var files: [SourceFile] = []

  /// An empty map.
  public init() {}

  /// Adds a file; `nil` text stands for a file without text to quote (missing, unreadable, not text).
  public mutating func add(path: String, text: String?, hasByteOrderMark: Bool = false) -> FileID {
    let id = FileID(files.count)
    files.append(SourceFile(id: id, path: path, text: text, hasByteOrderMark: hasByteOrderMark))
    return id
  }

  /// The file with this id, which must come from this map.
  public subscript(id: FileID) -> SourceFile { files[id.index] }
}
