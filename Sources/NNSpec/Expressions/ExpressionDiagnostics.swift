import NNDiagnostics

extension DiagnosticCode {
  static let expressionSyntax = DiagnosticCode("NNC0101", "expression-syntax")
  static let unknownVariable = DiagnosticCode("NNC0102", "unknown-variable")
  static let overflow = DiagnosticCode("NNC0103", "overflow")
  static let divisionByZero = DiagnosticCode("NNC0104", "division-by-zero")
  static let expressionType = DiagnosticCode("NNC0105", "expression-type")
  static let variableCycle = DiagnosticCode("NNC0106", "variable-cycle")
  static let unknownFunction = DiagnosticCode("NNC0107", "unknown-function")
  static let expressionLimit = DiagnosticCode("NNC0108", "expression-limit")
  static let variableType = DiagnosticCode("NNC0109", "variable-type")
}

extension Diagnostic {
  /// What is wrong with an expression; `nil` where it is reported already.
  static func expression(_ problem: ExpressionProblem, at node: Node) -> Diagnostic? {
    let span = node.span(inText: problem.range)
    switch problem.reason {
    case .reported: return nil
    case .unexpected(let found, let wanted):
      return Diagnostic(
        .expressionSyntax, found.isEmpty ? "the expression ends too early" : "unexpected `\(found)` in an expression",
        at: span, label: "expected \(wanted)")
    case .unknownCharacter(let scalar):
      return Diagnostic(
        .expressionSyntax, "unexpected `\(scalar)` in an expression", at: span,
        help: scalar == "^" ? ["the power is written `**`"] : scalar == "$" ? ["inside `$(…)` names have no `$`"] : [],
        fix: scalar == "^" ? .write("**", at: span) : nil)
    case .unclosedString:
      return Diagnostic(.expressionSyntax, "a text in an expression has no closing quote", at: span)
    case .badNumber(let reason, let written):
      return Diagnostic(
        .numberRefused, "`\(written)` is not accepted as a number", at: span, label: reason.reason,
        help: reason.help, fix: reason.meant.map { .write($0, at: span) })
    case .unknownFunction(let name): return unknownFunction(name, at: span)
    case .tooLong:
      return Diagnostic(
        .expressionLimit, "an expression has at most \(ExpressionParser.lengthLimit.grouped) characters", at: span)
    case .tooDeep:
      return Diagnostic(
        .expressionLimit, "an expression is nested at most \(ExpressionParser.depthLimit) levels deep", at: span)
    case .chainedComparison:
      return Diagnostic(
        .expressionSyntax, "comparisons cannot be chained", at: span, help: ["write `a < b and b < c`"])
    case .overflow(let written):
      return Diagnostic(.overflow, "the result is too large", at: span, label: "\(written) does not fit 64 bits")
    case .divisionByZero(let written):
      return Diagnostic(.divisionByZero, "division by zero", at: span, label: "this is \(written)")
    case .wrongType(let operation, let needs, let got):
      return Diagnostic(
        .expressionType, "`\(operation)` needs \(needs)", at: span, label: "this is \(got.typeName), \(got.text)")
    case .notComparable(let left, let right):
      return Diagnostic(
        .expressionType, "these cannot be compared", at: span,
        label: "\(left.typeName), \(left.text), and \(right.typeName), \(right.text)")
    case .argumentCount(let function, let count):
      let takes = function == .min || function == .max ? "one or more numbers" : "one number"
      return Diagnostic(.expressionType, "`\(function.rawValue)` takes \(takes), not \(count)", at: span)
    }
  }

  private static let functionAdvice = [
    "int": "`floor(…)` rounds down; `a // b` divides and rounds down", "pow": "the power is written `a ** b`",
    "sqrt": "the square root is written `a ** 0.5`", "float": "leave it out: integers become real where needed",
  ]

  private static func unknownFunction(_ name: String, at span: Span) -> Diagnostic {
    let names = ExpressionFunction.allCases.map(\.rawValue)
    return Diagnostic(
      .unknownFunction, "unknown function `\(name)`", at: span,
      label: didYouMean(name, among: names),
      help: (functionAdvice[name].map { [$0] } ?? []) + ["functions are \(names.quotedList("and"))"],
      fix: .spelling(Suggestion.match(name, among: names), at: span))
  }

  static func unclosedExpression(at node: Node) -> Diagnostic {
    let scalars = Array(node.scalar?.text.unicodeScalars ?? "".unicodeScalars)
    let depth = scalars.reduce(0) { $0 + ($1 == "(" ? 1 : $1 == ")" ? -1 : 0) }
    if depth <= 0, scalars.contains(")") {
      let end = (scalars.lastIndex(of: ")") ?? 0) + 1
      return textAroundExpression(at: node, offset: end)
    }
    return Diagnostic(
      .expressionSyntax, "the expression has no closing `)`", at: node.span(inText: 1..<2),
      help: ["inside `{}` and `[]` an expression with a comma needs quotes: `\"$(min(a, b))\"`"])
  }

  static func textAroundExpression(at node: Node, offset: Int) -> Diagnostic {
    let count = node.scalar?.text.unicodeScalars.count ?? 1
    if offset == 0 {
      return Diagnostic(
        .expressionSyntax, "`$` begins an expression, and none follows", at: node.span(inText: 0..<1),
        help: ["write `$name` or `$(…)`; `$$` is a dollar sign"])
    }
    return Diagnostic(
      .expressionSyntax, "an expression is the whole value", at: node.span(inText: offset..<count),
      label: "this follows it", help: ["put all of it into `$(…)`; a dollar sign is written `$$`"])
  }

  static func strayDollar(at span: Span) -> Diagnostic {
    Diagnostic(
      .expressionSyntax, "`$` stands inside a text", at: span,
      help: ["an expression is a whole value, `$name` or `$(…)`; a dollar sign is written `$$`"])
  }

  static func unknownVariable(_ name: String, known: [String], at span: Span) -> Diagnostic {
    let help =
      known.isEmpty ? "names come from `vars`, for instance `vars: {\(name): 64}`" : "known: \(known.quotedList())"
    return Diagnostic(
      .unknownVariable, "unknown name `\(name)` in an expression", at: span, label: didYouMean(name, among: known),
      help: [help], fix: .spelling(Suggestion.match(name, among: known), at: span))
  }

  static func tooManyVariables(_ limit: Int, at span: Span) -> Diagnostic {
    Diagnostic(.expressionLimit, "a file has at most \(limit.grouped) variables", at: span)
  }

  static func variableCycle(_ names: [String], at span: Span) -> Diagnostic {
    let path = (names + names.prefix(1)).chain(" -> ")
    return Diagnostic(
      .variableCycle, "`\(names.first ?? "")` is defined by itself", at: span,
      label: names.count > 1 ? path : "", help: ["give one of them a value that needs no other"])
  }

  static func badVariableName(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .badName, "`\(name.shortened)` cannot be the name of a variable", at: span,
      help: ["a variable's name has letters, digits and `_`, and begins with a letter or `_`"])
  }

  static func variableIsCollection(_ subject: String, at span: Span) -> Diagnostic {
    Diagnostic(
      .variableType, "\(subject) must be a number, a boolean or a text", at: span,
      help: ["for several numbers give several names"])
  }
}

/// The label that names what was meant; empty where nothing is close.
func didYouMean(_ word: String, among candidates: [String]) -> String {
  Suggestion.closest(to: word, among: candidates).map { "did you mean `\($0)`?" } ?? ""
}

extension [String] {
  /// The words in backquotes with an arrow between; of many the first ones and the last.
  func chain(_ arrow: String) -> String {
    let shown = count > 12 ? prefix(10) + ["…"] + suffix(1) : self[...]
    return shown.map { $0 == "…" ? $0 : "`\($0)`" }.joined(separator: arrow)
  }

  /// The words in backquotes with commas between, and `conjunction` before the last; of very many the first ones.
  func quotedList(_ conjunction: String = "") -> String {
    if count > 60 { return prefix(60).map { "`\($0)`" }.joined(separator: ", ") + ", …" }
    let quoted = map { "`\($0)`" }
    guard !conjunction.isEmpty, quoted.count > 1, let last = quoted.last else { return quoted.joined(separator: ", ") }
    return quoted.dropLast().joined(separator: ", ") + " \(conjunction) " + last
  }
}
