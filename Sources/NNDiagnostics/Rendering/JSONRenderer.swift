import NNText

/// Turns diagnostics into the JSON of `nnc check --format json`. Lines and columns count from 1, in Unicode scalars;
/// an end is the place after the last scalar.
public struct JSONRenderer {
  private let sources: SourceMap

  /// A renderer for diagnostics of these files.
  public init(sources: SourceMap) { self.sources = sources }

  /// The list of diagnostics in order.
  public func json(_ diagnostics: Diagnostics) -> JSON { .array(diagnostics.sorted.map(json)) }

  /// One diagnostic.
  public func json(_ diagnostic: Diagnostic) -> JSON {
    .object([
      ("code", .string(diagnostic.code.code)),
      ("severity", .string(diagnostic.severity.rawValue)),
      ("message", .string(diagnostic.message)),
      ("span", json(diagnostic.span)),
      ("labels", .array(labels(of: diagnostic).map(json))),
      ("notes", .array(diagnostic.notes.map(json))),
      ("help", .array(diagnostic.help.map { .string($0) })),
      ("fix", diagnostic.fix.map(json) ?? .null),
    ])
  }

  /// The primary label where it says something, then the others.
  private func labels(of diagnostic: Diagnostic) -> [Label] {
    (diagnostic.primary.message.isEmpty ? [] : [diagnostic.primary]) + diagnostic.labels
  }

  private func json(_ label: Label) -> JSON {
    .object([("message", .string(label.message)), ("span", json(label.span))])
  }

  private func json(_ note: Note) -> JSON {
    .object([
      ("message", .string(note.message)), ("span", note.span.map(json) ?? .null),
      ("labels", .array(note.labels.map(json))),
    ])
  }

  private func json(_ fix: Fix) -> JSON {
    let edits = fix.edits.map { edit in
      JSON.object([("span", json(edit.span)), ("replacement", .string(edit.replacement))])
    }
    return .object([("message", .string(fix.message)), ("edits", .array(edits))])
  }

  private func json(_ span: Span) -> JSON {
    let file = sources[span.file]
    let (start, end) = (file.position(of: span.start), file.position(of: span.end))
    let place: [(String, JSON)] = [
      ("line", .integer(start.line)), ("column", .integer(start.column)), ("end_line", .integer(end.line)),
      ("end_column", .integer(end.column)),
    ]
    return .object(span.file == FileID(0) ? place : place + [("path", .string(file.path))])
  }
}
