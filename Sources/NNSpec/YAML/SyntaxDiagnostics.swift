import NNDiagnostics

/// What can be wrong with YAML as such.
extension Diagnostic {
  static func syntax(_ problem: String, at span: Span) -> Diagnostic {
    Diagnostic(.syntax, "this is not YAML: \(problem)", at: span)
  }

  static func tabIndentation(at span: Span) -> Diagnostic {
    Diagnostic(
      .tabIndentation, "YAML is indented with spaces, not with tabs", at: span,
      label: span.count == 1 ? "this is a tab" : "these are tabs", help: ["put two spaces for each tab"],
      fix: Fix("put spaces", edits: [Fix.Edit(span, with: String(repeating: "  ", count: span.count))]))
  }

  static func missingSpace(at span: Span, _ source: SourceFile) -> Diagnostic {
    missingSpaceAfterColon(source.text(of: span), at: span)
  }

  static func blockTextBroken(at span: Span, isComparison: Bool) -> Diagnostic {
    if isComparison {
      return Diagnostic(
        .reservedCharacter, "a comparison that begins with `>` needs quotes", at: span,
        label: "`>` alone begins a text of several lines", help: ["for instance `\">= 5\"`"])
    }
    return Diagnostic(
      .reservedCharacter, "a text cannot begin with this sign", at: span,
      label: "it begins a text of several lines", help: ["put the text in quotes"])
  }

  static func reservedCharacter(at span: Span, _ source: SourceFile) -> Diagnostic {
    let text = source.text(of: span)
    let sign = text.unicodeScalars.first.map(String.init) ?? ""
    return Diagnostic(
      .reservedCharacter, "a text cannot begin with \(sign == "`" ? "a backquote" : "`\(sign)`")", at: span,
      label: "YAML keeps this sign for itself", help: ["put the text in quotes: `\"\(text)\"`"])
  }

  static func secondColon(at span: Span, first: Span) -> Diagnostic {
    Diagnostic(
      .strayColon, "a second `: ` in one value", at: span,
      labels: [Label("the value begins after this one", at: first)],
      help: ["put a text with a colon in quotes; a mapping in one line needs braces: `{key: value}`"])
  }

  static func missingColon(at span: Span, _ source: SourceFile, isInList: Bool) -> Diagnostic {
    let text = source.text(of: span).shortened
    if isInList, text.hasPrefix("-"), !text.hasPrefix("- ") {
      return Diagnostic(
        .missingColon, "expected `key: value`", at: span, label: "a space is missing after the dash",
        help: ["write `- \(text.dropFirst())`"],
        fix: Fix(
          "add the space",
          edits: [Fix.Edit(Span(file: span.file, start: span.start + 1, end: span.start + 1), with: " ")]))
    }
    if let equals = text.firstIndex(of: "="), !isInList { return equalsSign(text, equals, at: span) }
    return Diagnostic(
      .missingColon, "expected `key: value`", at: span, label: "this has no colon",
      help: [isInList ? "an item of the list above begins with a dash: `- \(text)`" : "write `\(withColon(text))`"])
  }

  /// `epochs 5` as `epochs: 5`.
  private static func withColon(_ text: String) -> String {
    let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    return parts.count == 2 ? "\(parts[0]): \(parts[1])" : "\(text): …"
  }

  private static func equalsSign(_ text: String, _ place: String.Index, at span: Span) -> Diagnostic {
    let key = String(text[..<place]).withoutSpacesAtEnd
    let value = text[text.index(after: place)...].drop { $0 == " " }
    return Diagnostic(
      .missingColon, "expected `key: value`", at: span, label: "this has `=` instead of a colon",
      help: ["write `\(key): \(value)`"])
  }

  static func expressionInBraces(at span: Span) -> Diagnostic {
    Diagnostic(
      .expressionSyntax, "`${` begins no expression", at: span, label: "braces are a mapping to YAML",
      help: ["an expression is written `$name` or `$(2 * name)`"])
  }

  static func keyTooLong(at span: Span) -> Diagnostic {
    Diagnostic(.missingColon, "no `: ` within 1,024 characters: a key is no longer", at: span)
  }

  static func indentedTooFar(at span: Span, indentation: Int, above: Span, aboveIndentation: Int) -> Diagnostic {
    Diagnostic(
      .badIndentation, "this line is indented too far", at: span, label: "by \(indentation.spaces)",
      labels: [Label("this line, whose value is complete, by \(aboveIndentation.spaces)", at: above)],
      help: ["give both lines the same indentation"])
  }

  static func indentationFitsNothing(at span: Span, indentation: Int, above: Span, aboveIndentation: Int) -> Diagnostic
  {
    Diagnostic(
      .badIndentation, "the indentation of this line fits none above", at: span, label: "by \(indentation.spaces)",
      labels: [Label("this line by \(aboveIndentation.spaces)", at: above)],
      help: ["lines that belong together have the same indentation"])
  }

  static func missingDash(at span: Span, list: Span) -> Diagnostic {
    Diagnostic(
      .badIndentation, "this line stands among the items of a list, and is none", at: span,
      label: "no `- ` before it", labels: [Label("the list begins here", at: list)],
      help: ["put `- ` before it, or indent it less if it follows the list"])
  }

  static func strayBracket(_ bracket: Unicode.Scalar, at span: Span) -> Diagnostic {
    Diagnostic(
      .unclosedBracket, "`\(bracket)` closes nothing", at: span,
      help: ["delete it, or add the `\(bracket == "]" ? "[" : "{")` that it should close"])
  }

  static func wrongBracket(
    _ bracket: Unicode.Scalar, at span: Span, opened: Span, _ opening: Unicode.Scalar
  ) -> Diagnostic {
    Diagnostic(
      .unclosedBracket, "`\(bracket)` does not close `\(opening)`", at: span,
      label: "expected `\(opening == "[" ? "]" : "}")`", labels: [Label("opened here", at: opened)])
  }

  static func textAfterValue(at span: Span, quote: Unicode.Scalar?) -> Diagnostic {
    let help =
      switch quote {
      case "'": "inside single quotes a quote is written twice: `'it''s'`"
      case "\"": "inside double quotes a quote is written `\\\"`"
      default: "put the whole value in quotes"
      }
    return Diagnostic(
      .syntax, "something follows a value that is complete", at: span,
      label: quote == nil ? "" : "the quote before this ends the text", help: [help])
  }

  static func unclosedBracket(_ bracket: Unicode.Scalar, at span: Span) -> Diagnostic {
    Diagnostic(
      .unclosedBracket, "`\(bracket)` is never closed", at: span, help: ["add the `\(bracket == "[" ? "]" : "}")`"])
  }

  /// `gap` is how many spaces stand before it.
  static func missingComma(at span: Span, gap: Int, opened: Span) -> Diagnostic {
    Diagnostic(
      .syntax, "a comma is missing before this", at: span,
      labels: [Label("entries in here have commas between", at: opened)],
      fix: Fix(
        "add the comma",
        edits: [Fix.Edit(Span(file: span.file, start: span.start - gap, end: span.start), with: ", ")]))
  }

  static func unclosedQuote(at span: Span) -> Diagnostic {
    Diagnostic(.unclosedQuote, "the quote is never closed", at: span, label: "the text begins here")
  }

  static func unknownEscape(at span: Span) -> Diagnostic {
    Diagnostic(
      .unknownEscape, "unknown escape in a text with double quotes", at: span,
      help: ["write `\\\\` for a backslash, or use single quotes, which know no escapes"])
  }

  static func listInLine(at span: Span) -> Diagnostic {
    Diagnostic(
      .syntax, "a list with dashes cannot begin behind a key", at: span,
      help: ["put it on lines of its own, or write it in brackets: `[a, b]`"])
  }

  static func mustache(at span: Span) -> Diagnostic {
    Diagnostic(
      .keyNotAWord, "double braces mean nothing here", at: span,
      help: ["an expression is written `$name` or `$(2 * name)`"])
  }
}

extension Int {
  /// "2 spaces".
  fileprivate var spaces: String { self == 1 ? "1 space" : "\(self) spaces" }
}
