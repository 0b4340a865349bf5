import NNDiagnostics

extension DiagnosticCode {
  static let unknownKey = DiagnosticCode("NNC0201", "unknown-key")
  static let missingKey = DiagnosticCode("NNC0202", "missing-key")
  static let unknownKind = DiagnosticCode("NNC0203", "unknown-kind")
  static let notAKind = DiagnosticCode("NNC0204", "not-a-kind")
  static let notAMapping = DiagnosticCode("NNC0205", "not-a-mapping")
  static let unsupported = DiagnosticCode("NNC0209", "unsupported")
}

/// What can be wrong with keys and kinds.
extension Diagnostic {
  static func unknownKey(_ key: String, of owner: String, keys: [String], at span: Span) -> Diagnostic {
    let closest = Suggestion.closest(to: key, among: keys)
    let help = keys.isEmpty ? "\(owner) takes no keys" : "\(owner) takes \(keys.quotedList())"
    var diagnostic = Diagnostic(
      .unknownKey, "unknown key `\(key.shortened)` in \(owner)", at: span,
      label: closest.map { "did you mean `\($0)`?" } ?? "", help: [help])
    if let closest {
      diagnostic.fix = Fix("write `\(closest)`", edits: [Fix.Edit(span, with: closest)])
    }
    return diagnostic
  }

  static func missingSpaceAfterColon(_ key: String, at span: Span) -> Diagnostic {
    let parts = key.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let repaired = parts.joined(separator: ": ")
    return Diagnostic(
      .missingSpace, "a space is missing after the colon", at: span, label: "`\(key.shortened)` is one word to YAML",
      help: ["write `\(repaired.shortened)`"], fix: Fix("add the space", edits: [Fix.Edit(span, with: repaired)]))
  }

  static func missingKey(_ key: Key, of owner: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .missingKey, "\(owner) needs `\(key.name)`", at: span, label: "`\(key.name)` is missing",
      help: ["`\(key.name)`: \(key.doc.lowercasedFirst.withoutFullStop); it takes \(key.type.description)"])
  }

  static func unknownKind(_ kind: String, noun: String, names: [String], at span: Span) -> Diagnostic {
    let closest = Suggestion.closest(to: kind, among: names)
    var diagnostic = Diagnostic(
      .unknownKind, "unknown \(noun) `\(kind.shortened)`", at: span,
      label: closest.map { "did you mean `\($0)`?" } ?? "",
      help: ["known: \(names.quotedList())"])
    if let closest { diagnostic.fix = Fix("write `\(closest)`", edits: [Fix.Edit(span, with: closest)]) }
    return diagnostic
  }

  static func notAKind(_ node: Node, noun: String, at span: Span) -> Diagnostic {
    let label: String
    switch node.content {
    case .mapping(let entries) where entries.count > 1:
      label =
        "this has \(entries.count) keys: \(entries.prefix(3).map { $0.name.shortened }.quotedList())\(entries.count > 3 ? ", …" : "")"
    case .mapping: label = "this is empty"
    default: label = "this is \(node.noun)"
    }
    return Diagnostic(
      .notAKind, "\(noun.withArticle) is one word or one key, its kind", at: span, label: label,
      help: [
        "for instance `kind: {key: value}`: what belongs to the kind stands inside its braces, or indented below it"
      ])
  }

  static func notAMapping(_ node: Node, owner: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .notAMapping, "\(owner) takes keys with values", at: span, label: "this is \(node.noun)",
      help: ["for instance `{key: value}`"])
  }

  static func unsupported(_ what: String, at span: Span) -> Diagnostic {
    Diagnostic(.unsupported, "\(what) is not supported yet", at: span)
  }
}

extension String {
  /// At most 60 characters, `…` standing for the rest.
  var shortened: String { utf8.count <= 60 || count <= 60 ? self : prefix(59) + "…" }

  /// Without a full stop at its end.
  var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }

  /// With `a` or `an` before it.
  var withArticle: String { (first.map { "aeiou".contains($0) } ?? false ? "an " : "a ") + self }
}
