/// Where a span is, for reports that machines read.
struct Place {
  /// The first place and the one after the last; the same for an empty span.
  struct Region: Hashable {
    let start: Position
    let end: Position
  }

  /// The path as given on the command line or in the spec, `-` for standard input.
  let path: String
  /// Nil where there is no text to point into: a file that cannot be read, or a value from the command line.
  let region: Region?

  /// The place of `span`. A value that the command line gives belongs to the spec that it changes.
  init(_ span: Span, in sources: SourceMap) {
    let file = sources[span.file]
    if file.isFromCommandLine {
      path = sources[FileID(0)].path
      region = nil
    } else {
      path = file.path
      let ends = Region(start: file.position(of: span.start), end: file.position(of: span.end))
      region = file.hasText ? ends : nil
    }
  }
}

extension SourceFile {
  /// Whether it is the value of a `--set`, and no file.
  var isFromCommandLine: Bool { path.hasPrefix("--set ") }
}

extension Diagnostic {
  /// What is said without pointing elsewhere, a line each: the message, the primary label, notes and help. Notes that
  /// have a place are left out unless `allNotes`.
  func plainText(allNotes: Bool) -> String {
    let remarks = notes.filter { allNotes || $0.span == nil }.map { "note: " + $0.message }
    let label = primary.message.isEmpty ? [] : [primary.message]
    return ([message] + label + remarks + help.map { "help: " + $0 }).joined(separator: "\n")
  }
}
