import NNDiagnostics

/// Reads one scalar as one type: from its text, or from the value of its expression.
struct ScalarReader {
  let node: Node
  let scalar: Node.Scalar
  let type: ValueType
  let subject: String
  /// What is taken, in words: of a larger type where this scalar stands for it.
  let takes: String
  /// What expressions see.
  let environment: Environment
  private(set) var diagnostics = Diagnostics()

  init(
    node: Node, scalar: Node.Scalar, type: ValueType, subject: String, takes: String? = nil, environment: Environment
  ) {
    self.node = node
    self.scalar = scalar
    self.type = type
    self.subject = subject
    self.takes = takes ?? type.description
    self.environment = environment
  }

  /// The value of the text.
  mutating func literal() -> Value? {
    switch type {
    case .integer, .real, .scheduled: return number()
    case .boolean:
      if scalar.style == .plain, scalar.text == "true" { return .boolean(true) }
      if scalar.style == .plain, scalar.text == "false" { return .boolean(false) }
      return fail(.notABoolean(scalar.text.shortened, subject: subject, at: node.span))
    case .string, .path: return text(scalar.text).map { .string($0) }
    case .digest: return digest(scalar.text)
    case .name, .lint: return text(scalar.text).flatMap { name($0) }
    case .word(let words): return word(scalar.text, words)
    default: return unit(scalar.text)
    }
  }

  /// The value of an expression, as the type wants it.
  mutating func convert(_ result: ExpressionReader.Result) -> Value? {
    switch (type, result.value) {
    case (.integer(let range), .integer(let number)): return checked(number, range)
    case (.integer, .real(let number)):
      if let (span, dividend, divisor) = result.inexactDivision {
        return fail(
          .inexactDivision(result, dividend: dividend, divisor: divisor, subject: subject, at: span))
      }
      return fail(.expressionNotWhole(number, subject: subject, takes: takes, at: node.span))
    case (.real(let bounds), .integer(let number)): return checked(Double(number), bounds)
    case (.real(let bounds), .real(let number)): return checked(number, bounds)
    case (.boolean, .boolean(let value)): return .boolean(value)
    case (.string, .string(let text)), (.path, .string(let text)): return .string(text)
    case (.digest, .string(let text)): return digest(text)
    case (.name, .string(let text)), (.lint, .string(let text)): return name(text)
    case (.word(let words), .string(let text)): return word(text, words)
    case (.bytes, .string(let text)), (.duration, .string(let text)), (.count, .string(let text)),
      (.percentage, .string(let text)), (.comparison, .string(let text)), (.sizeComparison, .string(let text)):
      return unit(text)
    case (.comparison, .integer(let number)): return .comparison(Comparison(.equal, Double(number)))
    default:
      return fail(
        .wrongType(
          "\(result.value.typeName), \(result.value.text)", subject: subject, takes: takes, at: node.span))
    }
  }

  private mutating func fail(_ diagnostic: Diagnostic) -> Value? {
    diagnostics.add(diagnostic)
    return nil
  }

  private mutating func number() -> Value? {
    let literal = Literal(scalar.text)
    if scalar.style != .plain {
      if literal != .text {
        return fail(
          .quotedNumber(scalar.text, subject: subject, takes: takes, at: node.span))
      }
      return fail(.wrongType("a text", subject: subject, takes: takes, at: node.span))
    }
    switch (literal, type) {
    case (.integer(let number), .integer(let range)): return checked(number, range)
    case (.real(let number), .integer):
      let exact = Int(exactly: number).map(String.init)
      return fail(.notWhole(scalar.text, subject: subject, takes: takes, at: node.span, nearest: exact))
    case (.integer(let number), .real(let bounds)): return checked(Double(number), bounds)
    case (.real(let number), .real(let bounds)): return checked(number, bounds)
    case (.refused(let reason), _):
      return fail(.numberRefused(reason, scalar.text.shortened, subject: subject, at: node.span))
    default:
      let (help, meant) = numberHelp()
      return fail(
        .wrongType(
          "`\(scalar.text.shortened)`", subject: subject, takes: takes, at: node.span, help: help,
          fix: meant.map { .write($0, at: node.span) }))
    }
  }

  /// What was meant by a text where a number belongs: help, and the text to write where there is no doubt.
  private func numberHelp() -> (help: [String], meant: String?) {
    let text = scalar.text
    if ["true", "false"].contains(text) { return ([], nil) }
    if text.hasSuffix("%"), case .real = type, let percent = UnitSyntax.percentage(text) {
      let meant = (percent / 100).readable
      return (["write `\(meant)`"], meant)
    }
    if text.contains("$") { return (["an expression is the whole value: `$(\(text.filter { $0 != "$" }))`"], nil) }
    let parts = text.split(separator: "x")
    if parts.count == 2, let height = Int(parts[0]), let width = Int(parts[1]), takes.contains("[height, width]") {
      let meant = height == width ? "\(height)" : "[\(height), \(width)]"
      return (["write `\(meant)`"], meant)
    }
    if text.hasPrefix("(") { return (["several numbers stand in square brackets, `[3, 3]`"], nil) }
    for unit in ["steps", "epochs", "px"] where text.hasSuffix(unit) && takes.hasPrefix("an integer") {
      let number = String(text.dropLast(unit.count)).withoutSpacesAtEnd
      guard Int(number) != nil else { continue }
      let counts = { (key: String) in subject.hasPrefix("`\(key)`") }
      if unit == "px" || counts(unit) || unit == "steps" && counts("every") { return (["write `\(number)`"], number) }
      if counts("steps") || counts("epochs") { return (["write `\(unit): \(number)`"], nil) }
      return (counts("every") ? ["it counts steps"] : [], nil)
    }
    return (variableHelp(), nil)
  }

  /// For a bare word where a number belongs: maybe the dollar sign was forgotten.
  private func variableHelp() -> [String] {
    environment[scalar.text] == nil ? [] : ["the value of a variable is written `$\(scalar.text)`"]
  }

  private mutating func checked(_ number: Int, _ range: ClosedRange<Int>) -> Value? {
    if range.contains(number) { return .integer(number) }
    let must =
      range.upperBound == .max ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    let isBelow = number < range.lowerBound
    return fail(
      .outOfRange(
        String(number), subject: subject, must: must, isBelow: isBelow,
        bound: String(isBelow ? range.lowerBound : range.upperBound), at: node.span))
  }

  private mutating func checked(_ number: Double, _ bounds: RealBounds) -> Value? {
    if let lower = bounds.lower, number < lower || (number == lower && !bounds.includesLower) {
      return outOfBounds(number, lower, bounds, isBelow: true)
    }
    if let upper = bounds.upper, number > upper || (number == upper && !bounds.includesUpper) {
      return outOfBounds(number, upper, bounds, isBelow: false)
    }
    return .real(number)
  }

  private mutating func outOfBounds(_ number: Double, _ bound: Double, _ bounds: RealBounds, isBelow: Bool) -> Value? {
    if number == bound {
      return fail(
        .atExcludedBound(number.readable, subject: subject, must: bounds.description, at: node.span))
    }
    return fail(
      .outOfRange(
        number.readable, subject: subject, must: bounds.description, isBelow: isBelow, bound: bound.readable,
        at: node.span))
  }

  /// The text with `$$` turned into `$`.
  private mutating func text(_ text: String) -> String? {
    guard text.contains("$") else { return text }
    var result = ""
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      if scalar == "$" {
        guard rest.first == "$" else {
          _ = fail(.strayDollar(at: node.span))
          return nil
        }
        rest.removeFirst()
      }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  private mutating func name(_ text: String) -> Value? {
    guard text.utf8.count <= Names.lengthLimit else {
      return fail(
        .wrongType(
          "`\(text.shortened)`", subject: subject, takes: "a name", at: node.span,
          help: ["a name has at most \(Names.lengthLimit) bytes"]))
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    if !text.isEmpty, text.utf8.allSatisfy(Literal.isDigit) { return .name(text) }
    let areTurns = parts.dropFirst().map { !$0.isEmpty && $0.utf8.allSatisfy(Literal.isDigit) }
    if Names.isName(parts[0]), zip(parts.dropFirst(), areTurns).allSatisfy({ Names.isName($0) || $1 }) {
      return .name(text)
    }
    var help = [Names.rule + ", or is a number"]
    if Int(text) != nil {
      help = ["layers are referred to by their `name`, never by their place; `previous` is the layer before"]
    }
    if text.hasPrefix("("), let list = Diagnostic.bracketed(text) {
      help = ["a list stands in square brackets: `\(list)`"]
    }
    return fail(.wrongType("`\(text.shortened)`", subject: subject, takes: "a name", at: node.span, help: help))
  }

  private mutating func digest(_ text: String) -> Value? {
    let digits = text.unicodeScalars
    guard let other = digits.first(where: { !$0.properties.isASCIIHexDigit }) else {
      if digits.count == 64 { return .string(text.lowercased()) }
      return fail(.badDigest(subject: subject, takes: takes, "this has \(digits.count)", at: node.span))
    }
    return fail(.badDigest(subject: subject, takes: takes, "`\(other)` is none", at: node.span))
  }

  private mutating func word(_ text: String, _ words: [String]) -> Value? {
    if words.contains(text) { return .word(text) }
    diagnostics.add(.unknownWord(text.shortened, subject: subject, words: words, at: node.span))
    return Suggestion.sure(text, among: words).map { .word($0) }
  }

  private mutating func unit(_ text: String) -> Value? {
    if case .percentage(let bounds) = type {
      guard let percent = UnitSyntax.percentage(text) else { return wrongUnit(text) }
      return checked(percent, bounds).flatMap { _ in .real(percent / 100) }
    }
    let value: Value? =
      switch type {
      case .bytes: UnitSyntax.bytes(text).map { .integer($0) }
      case .duration: UnitSyntax.duration(text).map { .real($0) }
      case .count: UnitSyntax.count(text).map { .count($0) }
      case .comparison: UnitSyntax.comparison(text) { UnitSyntax.number($0) }.map { .comparison($0) }
      case .sizeComparison:
        UnitSyntax.comparison(text) { UnitSyntax.bytes($0).map(Double.init) }.map { .comparison($0) }
      default: nil
      }
    return value ?? wrongUnit(text)
  }

  private mutating func wrongUnit(_ text: String) -> Value? {
    fail(
      .wrongUnit(
        text.shortened, subject: subject, takes: takes, at: node.span,
        help: UnitSyntax.help(for: type, text), meant: UnitSyntax.meant(for: type, text)))
  }
}

/// What names of data, networks, layers and losses look like.
enum Names {
  static let rule = "a name has letters, digits, `_` and `-`, and begins with a letter or `_`"

  /// The most bytes of a name, its points and parts together.
  static let lengthLimit = 500

  /// What layers call the network's input and the layer before; no layer may be called so.
  static let operands = ["input", "previous"]

  /// What comes before each of a name's points: `a` and `a.b` of `a.b.c`.
  static func beginnings(of name: String) -> [String] {
    name.indices.filter { name[$0] == "." }.map { String(name[..<$0]) }
  }

  static func isName(_ text: some StringProtocol) -> Bool {
    guard let first = text.unicodeScalars.first, first.isNameStart else { return false }
    return text.unicodeScalars.allSatisfy { $0.isNamePart || $0 == "-" }
  }
}
