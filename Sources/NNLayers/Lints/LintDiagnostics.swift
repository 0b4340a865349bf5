import NNDiagnostics

extension DiagnosticCode {
  static let unknownLint = DiagnosticCode("NNC0600", "unknown-lint")
  static let idleAllow = DiagnosticCode("NNC0699", "idle-allow")
}

/// What can be wrong with `allow`.
extension Diagnostic {
  static func unknownLint(_ name: String, known: [String], at span: Span) -> Diagnostic {
    let closest = Suggestion.closest(to: name, among: known, foreign: [:])
    return Diagnostic(
      .unknownLint, "there is no warning `\(name)`", at: span, label: closest.map { "did you mean `\($0)`?" } ?? "",
      help: closest == nil ? ["known: \(known.map { "`\($0)`" }.joined(separator: ", "))"] : [],
      fix: closest.map { Fix("write `\($0)`", edits: [Fix.Edit(span, with: $0)]) })
  }

  static func idleAllow(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .idleAllow, .note, "`\(name)` is accepted, but there is none here", at: span,
      help: ["remove it, so that a new one is seen"])
  }
}
