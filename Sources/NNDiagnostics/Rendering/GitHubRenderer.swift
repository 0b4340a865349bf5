/// Writes diagnostics as workflow commands of GitHub Actions, which shows them beside the changed lines:
/// `::error file=a.yaml,line=3,…::message`. GitHub shows ten of each severity a step, so the plain report follows them,
/// and what the report quotes cannot be taken for commands.
public struct GitHubRenderer {
  private let folder: String
  private let workspace: String?

  /// - Parameters:
  ///   - folder: the absolute path of the folder that the command was started in.
  ///   - workspace: the absolute path of the repository's checkout. Paths are relative to it where the folder is in it,
  ///     otherwise to the folder.
  public init(folder: String, workspace: String? = nil) {
    self.folder = folder
    self.workspace = workspace
  }

  /// A command for each diagnostic, in order, one line each.
  public func render(_ diagnostics: Diagnostics, of sources: SourceMap) -> String {
    diagnostics.sorted.map { command($0, of: sources) + "\n" }.joined()
  }

  /// The report between the commands that switch commands off and on again. `token` must be one that nobody who wrote
  /// what the report quotes could know, so that a spec cannot end the pause.
  public static func quoting(_ report: String, token: String) -> String {
    let end = report.isEmpty || report.hasSuffix("\n") ? "" : "\n"
    return "::stop-commands::\(token)\n\(report)\(end)::\(token)::\n"
  }

  private func command(_ diagnostic: Diagnostic, of sources: SourceMap) -> String {
    let kind = diagnostic.severity == .note ? "notice" : diagnostic.severity.rawValue
    let properties = (properties(Place(diagnostic.span, in: sources)) + [("title", diagnostic.code.code)])
      .map { "\($0)=\(GitHubRenderer.escapedProperty($1))" }.joined(separator: ",")
    return "::\(kind) \(properties)::\(GitHubRenderer.escapedData(diagnostic.plainText(allNotes: true)))"
  }

  /// GitHub takes columns only where the first line is the last.
  private func properties(_ place: Place) -> [(String, String)] {
    var properties = [("file", RelativePath(place.path, from: folder, root: workspace).text)]
    guard let region = place.region else { return properties }
    properties += [("line", "\(region.start.line)"), ("endLine", "\(region.end.line)")]
    if region.start.line == region.end.line {
      properties += [("col", "\(region.start.column)"), ("endColumn", "\(region.end.column)")]
    }
    return properties
  }

  /// The text after the second `::`.
  static func escapedData(_ text: String) -> String { escaped(text, ["%": "%25", "\r": "%0D", "\n": "%0A"]) }

  /// A property's value.
  static func escapedProperty(_ text: String) -> String {
    escaped(text, ["%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"])
  }

  private static func escaped(_ text: String, _ replacements: [Unicode.Scalar: String]) -> String {
    text.unicodeScalars.map { replacements[$0] ?? String($0) }.joined()
  }
}
