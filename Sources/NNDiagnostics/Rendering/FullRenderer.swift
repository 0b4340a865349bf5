import NNText

/// Writes diagnostics as rustc does: the source lines with their labels, then notes and help.
public struct FullRenderer {
  private let sources: SourceMap
  private let paint: Paint

  /// - Parameter color: whether to use a terminal's colours; the caller knows the terminal.
  public init(sources: SourceMap, color: Bool = false) {
    self.sources = sources
    paint = Paint(isOn: color)
  }

  /// All diagnostics in order, a blank line after each.
  public func render(_ diagnostics: Diagnostics) -> String {
    diagnostics.sorted.map { render($0) + "\n" }.joined()
  }

  /// One diagnostic, each of its lines ended.
  public func render(_ diagnostic: Diagnostic) -> String {
    let diagnostic = diagnostic.printable
    let style = Paint.style(of: diagnostic.severity)
    var main = Snippet(sources[diagnostic.span.file], location: diagnostic.span)
    main.add(diagnostic.primary, isPrimary: true)
    var others: [Snippet] = []
    for label in diagnostic.labels {
      if label.span.file == diagnostic.span.file {
        main.add(label, isPrimary: false)
      } else if let index = others.firstIndex(where: { $0.file.id == label.span.file }) {
        others[index].add(label, isPrimary: false)
      } else {
        var other = Snippet(sources[label.span.file], location: label.span)
        other.add(label, isPrimary: false)
        others.append(other)
      }
    }
    let notes = diagnostic.notes.map { ($0, snippet(of: $0)) }
    let gutter = ([main] + others + notes.compactMap(\.1)).map { String($0.lastLine).count }.max() ?? 1
    let head = "\(diagnostic.severity.rawValue)[\(diagnostic.code.code)]"
    var lines = ["\(paint(head, style))\(paint(": \(diagnostic.message)", .bold))"]
    lines += main.lines(gutter: gutter, paint, primary: style)
    for other in others { lines += other.lines(gutter: gutter, paint, primary: style) }
    for (note, snippet) in notes {
      if let snippet {
        lines.append(String(repeating: " ", count: gutter) + " " + paint("|", .frame))
        lines.append(paint("note", .note) + ": " + note.message)
        lines += snippet.lines(gutter: gutter, paint, primary: .note)
      } else {
        lines.append(paint("note", .note) + ": " + note.message)
      }
    }
    lines += diagnostic.help.map { paint("help", .help) + ": " + $0 }
    return lines.map { $0 + "\n" }.joined()
  }

  private func snippet(of note: Note) -> Snippet? {
    guard let span = note.span else { return nil }
    var snippet = Snippet(sources[span.file], location: span)
    let labels = note.labels.filter { $0.span.file == span.file }
    if !labels.contains(where: { $0.span == span }) { snippet.add(Label("", at: span), isPrimary: false) }
    for label in labels { snippet.add(label, isPrimary: false) }
    return snippet
  }

  /// The last line about a file: "quickstart.yaml: 2 errors, 1 warning", or "quickstart.yaml: no errors".
  public static func summary(path: String, of diagnostics: Diagnostics) -> String {
    summary(path, errors: diagnostics.count(of: .error), warnings: diagnostics.count(of: .warning))
  }

  /// Where to read more: "for more on an error, try `nnc explain NNC0310`"; `nil` where there is no error.
  public static func pointer(to diagnostics: Diagnostics) -> String? {
    diagnostics.sorted.first { $0.severity == .error }.map {
      "for more on an error, try `nnc explain \($0.code.code)`"
    }
  }

  /// The same of what was counted over several files: "3 files: 2 errors, 1 warning".
  public static func summary(_ subject: String, errors: Int, warnings: Int) -> String {
    func counted(_ count: Int, _ noun: String) -> String? {
      count == 0 ? nil : "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
    let counts = [counted(errors, "error") ?? "no errors", counted(warnings, "warning")].compactMap { $0 }
    return "\(subject): \(counts.joined(separator: ", "))"
  }
}

/// Writes one line per diagnostic: `path:line:col: error[NNC0310]: message`.
public struct ConciseRenderer {
  private let sources: SourceMap

  /// A renderer for diagnostics of these files.
  public init(sources: SourceMap) { self.sources = sources }

  /// All diagnostics in order, one line each.
  public func render(_ diagnostics: Diagnostics) -> String {
    diagnostics.sorted.map { diagnostic in
      let file = sources[diagnostic.span.file]
      let place = file.position(of: diagnostic.span.start)
      let head = "\(file.path):\(place.line):\(place.column)"
      return "\(head): \(diagnostic.severity.rawValue)[\(diagnostic.code.code)]: \(printable(diagnostic.message))\n"
    }.joined()
  }
}

extension Diagnostic {
  /// The same, its texts as a terminal may have them: names out of the file may hold anything.
  fileprivate var printable: Diagnostic {
    var result = self
    result.message = NNText.printable(message)
    result.primary = primary.printable
    result.labels = labels.map(\.printable)
    result.notes = notes.map { Note(NNText.printable($0.message), at: $0.span, labels: $0.labels.map(\.printable)) }
    result.help = help.map { NNText.printable($0) }
    return result
  }
}

extension Label {
  fileprivate var printable: Label { Label(NNText.printable(message), at: span) }
}
