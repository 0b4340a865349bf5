import NNDiagnostics

extension DiagnosticCode {
  static let unknownKey = DiagnosticCode("NNC0201", "unknown-key")
  static let missingKey = DiagnosticCode("NNC0202", "missing-key")
  static let unknownKind = DiagnosticCode("NNC0203", "unknown-kind")
  static let notAKind = DiagnosticCode("NNC0204", "not-a-kind")
  static let notAMapping = DiagnosticCode("NNC0205", "not-a-mapping")
}

/// What can be wrong with keys and kinds.
extension Diagnostic {
  static func unknownKey(_ key: String, of owner: String, keys: [String], at span: Span) -> Diagnostic {
    let meant = Suggestion.match(key, among: keys)
    let takes = keys.isEmpty ? "\(owner) takes no keys" : "\(owner) takes \(keys.quotedList())"
    let advice = meant == nil ? Suggestion.advice(on: key) ?? commaAdvice(key) : nil
    return Diagnostic(
      .unknownKey, "unknown key `\(key.shortened)` in \(owner)", at: span,
      label: meant.map { "did you mean `\($0.name)`?" } ?? "", help: (advice.map { [$0] } ?? []) + [takes],
      fix: meant.map { Fix("write `\($0.name)`", edits: [Fix.Edit(span, with: $0.name)], isSure: $0.isSure) })
  }

  /// A number among keys comes from a comma: `kernel: 3, 3`, `filters: 6,4`.
  private static func commaAdvice(_ key: String) -> String? {
    guard !key.isEmpty, key.allSatisfy({ $0.isNumber || $0 == "." || $0 == ")" || $0 == "]" }) else { return nil }
    return "in braces a comma ends the value before it: several numbers stand in square brackets, `[3, 3]`"
  }

  static func equalsSign(_ key: String, at span: Span) -> Diagnostic {
    let parts = key.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
    let name = parts.first.map { String($0).withoutSpacesAtEnd } ?? key
    let repaired = "\(name): \(parts.count > 1 ? String(parts[1]) : "")"
    return Diagnostic(
      .missingColon, "expected `key: value`", at: span, label: "this has `=` instead of a colon",
      help: ["write `\(repaired.shortened)`"], fix: Fix("write a colon", edits: [Fix.Edit(span, with: repaired)]))
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
    if let first = kind.split(separator: ":").first, first.count < kind.count, names.contains(String(first)) {
      return missingSpaceAfterColon(kind, at: span)
    }
    if let space = kind.firstIndex(of: " "), kind[space...].hasPrefix(" {"), names.contains(String(kind[..<space])) {
      let repaired = kind.replacing(" {", with: ": {", maxReplacements: 1)
      return Diagnostic(
        .missingColon, "a colon is missing after the \(noun)", at: span, label: "this is one word to YAML",
        help: ["write `\(repaired.shortened)`"], fix: Fix("add the colon", edits: [Fix.Edit(span, with: repaired)]))
    }
    let meant = Suggestion.match(kind, among: names)
    return Diagnostic(
      .unknownKind, "unknown \(noun) `\(kind.shortened)`", at: span,
      label: meant.map { "did you mean `\($0.name)`?" } ?? "",
      help: meant?.isSure == true
        ? [] : (Suggestion.advice(on: kind).map { [$0] } ?? []) + ["known: \(names.quotedList())"],
      fix: meant.map { Fix("write `\($0.name)`", edits: [Fix.Edit(span, with: $0.name)], isSure: $0.isSure) })
  }

  static func notAKind(_ node: Node, noun: String, at span: Span) -> Diagnostic {
    let label: String
    var help =
      "for instance `kind: {key: value}`: what belongs to the kind stands inside its braces, or indented below it"
    if let written = kindAsValue(node) { help = "the kind is the key: write `\(written)`" }
    switch node.content {
    case .mapping(let entries) where entries.count > 1:
      label =
        "this has \(entries.count) keys: \(entries.prefix(3).map { $0.name.shortened }.quotedList())\(entries.count > 3 ? ", …" : "")"
    case .mapping: label = "this is empty"
    default: label = "this is \(node.noun)"
    }
    return Diagnostic(
      .notAKind, "\(noun.withArticle) is one word or one key, its kind", at: span, label: label,
      help: [help])
  }

  /// `{type: conv, filters: 8}` in the form of this language.
  private static func kindAsValue(_ node: Node) -> String? {
    guard let entries = node.mapping, entries.count > 1,
      let kind = entries.first(where: { ["type", "kind", "class", "class_name", "layer"].contains($0.name) }),
      let name = kind.value.scalar?.text
    else { return nil }
    let rest = entries.filter { $0.name != kind.name }.map { "\($0.name): \($0.value.scalar?.text ?? "…")" }
    return "\(name.shortened): {\(rest.joined(separator: ", "))}".shortened
  }

  static func notAMapping(
    _ node: Node, owner: String, keys: [String] = [], known: [String] = [], at span: Span
  ) -> Diagnostic {
    if let text = node.scalar?.text, let key = text.split(separator: ":").first, key.count < text.count,
      known.contains(String(key))
    {
      return missingSpaceAfterColon(text, at: span)
    }
    return Diagnostic(
      .notAMapping, "\(owner) takes keys with values", at: span, label: "this is \(node.noun)",
      help: [keys.first.map { "for instance `{\($0): …}`" } ?? "for instance `{key: value}`"])
  }
}

extension String {
  /// At most 60 characters, `…` standing for the rest.
  var shortened: String { utf8.count <= 60 || count <= 60 ? self : prefix(59) + "…" }

  /// Without spaces at its end.
  var withoutSpacesAtEnd: String {
    var text = self
    while text.hasSuffix(" ") { text.removeLast() }
    return text
  }

  /// Without a full stop at its end.
  var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }

  /// With `a` or `an` before it.
  var withArticle: String { (first.map { "aeiou".contains($0) } ?? false ? "an " : "a ") + self }
}
