import NNDiagnostics

extension DiagnosticCode {
  static let numberRefused = DiagnosticCode("NNC0110", "number-refused")
  static let quotedNumber = DiagnosticCode("NNC0111", "quoted-number")
  static let missingValue = DiagnosticCode("NNC0112", "missing-value")
  static let wrongType = DiagnosticCode("NNC0113", "wrong-type")
  static let outOfRange = DiagnosticCode("NNC0114", "out-of-range")
  static let notWhole = DiagnosticCode("NNC0115", "not-whole")
  static let unknownWord = DiagnosticCode("NNC0116", "unknown-word")
  static let notABoolean = DiagnosticCode("NNC0117", "not-a-boolean")
  static let wrongCount = DiagnosticCode("NNC0118", "wrong-count")
  static let wrongUnit = DiagnosticCode("NNC0119", "wrong-unit")
}

extension Literal.Refused {
  /// Why, for the label.
  var reason: String {
    switch self {
    case .leadingZero: "a leading zero means octal to some readers and nothing to others"
    case .underscore: "numbers have no underscores"
    case .sexagesimal: "YAML 1.1 reads this as base 60"
    case .radix: "numbers are written in base 10"
    case .tooLarge: "this number is too large"
    case .notFinite: "numbers are finite"
    }
  }

  /// How to write it.
  var help: [String] {
    switch self {
    case .leadingZero(let decimal, let octal?): ["write `\(decimal)`, or `\(octal)` where it was meant in base 8"]
    case .leadingZero(let meant, nil), .underscore(let meant): ["write `\(meant)`"]
    case .radix(let value): value.map { ["write `\($0)`"] } ?? []
    case .sexagesimal: ["a duration is written `90 s` or `10 min`, a text with a colon in quotes"]
    case .tooLarge, .notFinite: []
    }
  }

  /// The number that was meant, where there is no doubt.
  var meant: String? {
    switch self {
    case .leadingZero(let meant, let octal): octal == nil ? meant : nil
    case .underscore(let meant): meant
    case .radix(let value): value.map { "\($0)" }
    case .sexagesimal, .tooLarge, .notFinite: nil
    }
  }
}

/// What can be wrong with a value. `subject` names the key and its owner: "`kernel` of `conv`".
extension Diagnostic {
  static func numberRefused(_ reason: Literal.Refused, _ text: String, subject: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .numberRefused, "\(subject) cannot be `\(text)`", at: span, label: reason.reason, help: reason.help,
      fix: reason.meant.map { .write($0, at: span) })
  }

  static func quotedNumber(_ text: String, subject: String, takes: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .quotedNumber, "\(subject) takes \(takes), not a text", at: span, label: "quotes make this a text",
      help: ["leave the quotes out: `\(text)`"],
      fix: Fix("leave the quotes out", edits: [Fix.Edit(span, with: text)]))
  }

  static func missingValue(subject: String, takes: String, at span: Span) -> Diagnostic {
    Diagnostic(.missingValue, "\(subject) has no value", at: span, label: "expected \(takes)")
  }

  static func wrongType(
    _ got: String, subject: String, takes: String, at span: Span, help: [String] = [], fix: Fix? = nil
  ) -> Diagnostic {
    Diagnostic(.wrongType, "\(subject) takes \(takes)", at: span, label: "this is \(got)", help: help, fix: fix)
  }

  /// One value, a mapping or nothing where a list of so many elements belongs.
  static func notAValueList(
    _ node: Node, subject: String, takes: String, count: ClosedRange<Int>, at span: Span
  ) -> Diagnostic {
    guard let scalar = node.scalar, !scalar.isNull else {
      return wrongType(
        node.noun, subject: subject, takes: takes, at: span,
        help: node.isNull ? [] : ["each element begins with `- `, or all stand in square brackets"])
    }
    var list = scalar.style == .plain ? bracketed(scalar.text) : nil
    if let written = list, !count.contains(written.split(separator: ",").count) { list = nil }
    return wrongType(
      node.noun, subject: subject, takes: takes, at: span, help: list.map { ["write `\($0)`"] } ?? [],
      fix: list.map { .write($0, at: span) })
  }

  /// A text as a list: what stands in parentheses or has `x` between in square brackets.
  static func bracketed(_ text: String) -> String? {
    guard text.count <= 60 else { return nil }
    if text.hasPrefix("("), text.hasSuffix(")") { return "[\(text.dropFirst().dropLast())]" }
    let parts = text.split(separator: "x")
    if parts.count > 1, parts.allSatisfy({ Int($0) != nil }) { return "[\(parts.joined(separator: ", "))]" }
    return "[\(text)]"
  }

  static func badDigest(subject: String, takes: String, _ reason: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .wrongType, "\(subject) takes \(takes)", at: span, label: reason,
      help: ["`sha256sum FILE` prints the checksum of a file"])
  }

  static func outOfRange(
    _ number: String, subject: String, must: String, isBelow: Bool, bound: String, at span: Span
  )
    -> Diagnostic
  {
    Diagnostic(
      .outOfRange, "\(subject) must be \(must)", at: span, label: "\(number) is \(isBelow ? "below" : "above") \(bound)"
    )
  }

  static func atExcludedBound(_ number: String, subject: String, must: String, at span: Span) -> Diagnostic {
    Diagnostic(.outOfRange, "\(subject) must be \(must)", at: span, label: "\(number) itself is not allowed")
  }

  static func notWhole(_ text: String, subject: String, takes: String, at span: Span, nearest: String?) -> Diagnostic {
    Diagnostic(
      .notWhole, "\(subject) takes \(takes)", at: span, label: "`\(text.shortened)` is a real number",
      help: nearest.map { ["write `\($0)`"] } ?? [], fix: nearest.map { .write($0, at: span) })
  }

  static func inexactDivision(
    _ result: ExpressionReader.Result, dividend: Int, divisor: Int, subject: String, at span: Span
  ) -> Diagnostic {
    let quotient = Double(dividend) / Double(divisor)
    let floor = Arithmetic.integer(.floorDivide, dividend, divisor).map(String.init) ?? ""
    return Diagnostic(
      .notWhole, "\(subject) takes an integer, and this division leaves a remainder", at: span,
      label: "\(dividend) / \(divisor) = \(quotient.readable)",
      help: ["`//` divides and rounds down: \(dividend) // \(divisor) = \(floor)"])
  }

  static func expressionNotWhole(_ value: Double, subject: String, takes: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .notWhole, "\(subject) takes \(takes)", at: span, label: "this is the real number \(value.readable)",
      help: ["`floor`, `ceil` and `round` make an integer of it"])
  }

  static func unknownWord(_ word: String, subject: String, words: [String], at span: Span) -> Diagnostic {
    let advice = Suggestion.advice(on: word, among: words)
    return Diagnostic(
      .unknownWord, "\(subject) cannot be `\(word)`", at: span,
      label: advice == nil ? didYouMean(word, among: words) : "",
      help: (advice.map { [$0] } ?? []) + ["it takes \(words.quotedList("or"))"],
      fix: advice == nil ? .spelling(Suggestion.match(word, among: words), at: span) : nil)
  }

  static func notABoolean(_ text: String, subject: String, at span: Span) -> Diagnostic {
    let meant: String? =
      switch text.lowercased() {
      case "yes", "on", "y", "true", "1": "true"
      case "no", "off", "n", "false", "0", "none": "false"
      default: nil
      }
    return Diagnostic(
      .notABoolean, "\(subject) takes `true` or `false`", at: span,
      label: "this is \(Literal(text) == .text ? "the text" : "the number") `\(text)`",
      help: meant.map { ["write `\($0)`"] } ?? [], fix: meant.map { .write($0, at: span) })
  }

  static func batchDimension(_ numbers: [Int], subject: String, takes: String, at span: Span) -> Diagnostic {
    let isChannelsFirst = numbers[3] > 4 && numbers[1] <= 4
    let shape = isChannelsFirst ? [numbers[2], numbers[3], numbers[1]] : Array(numbers.dropFirst())
    return Diagnostic(
      .wrongCount, "\(subject) takes \(takes)", at: span, label: "this has 4 elements",
      help: ["the batch is never written, and channels come last: `\(shape)`"], fix: .write("\(shape)", at: span))
  }

  static func wrongCount(_ count: Int, subject: String, takes: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .wrongCount, "\(subject) takes \(takes)", at: span,
      label: count == 0 ? "this is empty" : "this has \(count) \(count == 1 ? "element" : "elements")")
  }

  static func wrongUnit(
    _ text: String, subject: String, takes: String, at span: Span, help: [String] = [], meant: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      .wrongUnit, "\(subject) takes \(takes)", at: span, label: "this is `\(text)`", help: help,
      fix: meant.map { .write($0, at: span) })
  }
}
