/// Parses an expression by the grammar in `Grammar/expression.ebnf`, one function per rule.
struct ExpressionParser {
  /// The most characters of an expression.
  static let lengthLimit = 1_000
  /// The most levels of brackets, signs and choices.
  static let depthLimit = 64

  private let tokens: [ExpressionToken]
  private var index = 0
  private var depth = 0

  /// The expression in `scalars[range]`.
  static func parse(_ scalars: [Unicode.Scalar], in range: Range<Int>) throws(ExpressionProblem) -> Expression {
    guard range.count <= lengthLimit else { throw ExpressionProblem(range: range, reason: .tooLong) }
    var parser = ExpressionParser(tokens: try ExpressionLexer.tokens(of: scalars, in: range))
    let expression = try parser.conditional()
    guard parser.current.kind == .end else { throw parser.unexpected(wanted: "an operator or the end") }
    return expression
  }

  private init(tokens: [ExpressionToken]) { self.tokens = tokens }

  private var current: ExpressionToken { tokens[min(index, tokens.count - 1)] }

  private func unexpected(wanted: String) -> ExpressionProblem {
    let text =
      switch current.kind {
      case .number(let value): value.text
      case .string(let text): "'\(text)'"
      case .name(let text), .symbol(let text): text
      case .end: ""
      }
    return ExpressionProblem(range: current.range, reason: .unexpected(text, wanted: wanted))
  }

  private mutating func take(_ word: String) -> Bool {
    guard current.kind == .symbol(word) || current.kind == .name(word) else { return false }
    index += 1
    return true
  }

  private mutating func takeOperator(_ words: [String]) -> Expression.BinaryOperator? {
    for word in words where take(word) { return Expression.BinaryOperator(rawValue: word) }
    return nil
  }

  private mutating func nested(
    _ parse: (inout ExpressionParser) throws(ExpressionProblem) -> Expression
  ) throws(ExpressionProblem) -> Expression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= ExpressionParser.depthLimit else {
      throw ExpressionProblem(range: current.range, reason: .tooDeep)
    }
    return try parse(&self)
  }

  private mutating func conditional() throws(ExpressionProblem) -> Expression {
    try nested { (parser) throws(ExpressionProblem) in
      let then = try parser.disjunction()
      guard parser.take("if") else { return then }
      let condition = try parser.disjunction()
      guard parser.take("else") else { throw parser.unexpected(wanted: "`else`") }
      let otherwise = try parser.conditional()
      return Expression(
        form: .conditional(then: then, condition: condition, otherwise: otherwise),
        range: then.range.lowerBound..<otherwise.range.upperBound)
    }
  }

  private mutating func leftAssociative(
    _ operators: [String], _ operand: (inout ExpressionParser) throws(ExpressionProblem) -> Expression
  ) throws(ExpressionProblem) -> Expression {
    var left = try operand(&self)
    while let symbol = takeOperator(operators) {
      let right = try operand(&self)
      left = Expression(
        form: .binary(symbol, left, right), range: left.range.lowerBound..<right.range.upperBound)
    }
    return left
  }

  private mutating func disjunction() throws(ExpressionProblem) -> Expression {
    try leftAssociative(["or"]) { (parser) throws(ExpressionProblem) in try parser.conjunction() }
  }

  private mutating func conjunction() throws(ExpressionProblem) -> Expression {
    try leftAssociative(["and"]) { (parser) throws(ExpressionProblem) in try parser.negation() }
  }

  private mutating func negation() throws(ExpressionProblem) -> Expression {
    let start = current.range.lowerBound
    guard take("not") else { return try comparison() }
    let operand = try nested { (parser) throws(ExpressionProblem) in try parser.negation() }
    return Expression(form: .unary(.not, operand), range: start..<operand.range.upperBound)
  }

  private static let comparisons = ["==", "!=", "<=", ">=", "<", ">"]

  private mutating func comparison() throws(ExpressionProblem) -> Expression {
    let left = try sum()
    guard let symbol = takeOperator(ExpressionParser.comparisons) else { return left }
    let right = try sum()
    if case .symbol(let next) = current.kind, ExpressionParser.comparisons.contains(next) {
      throw ExpressionProblem(range: current.range, reason: .chainedComparison)
    }
    return Expression(form: .binary(symbol, left, right), range: left.range.lowerBound..<right.range.upperBound)
  }

  private mutating func sum() throws(ExpressionProblem) -> Expression {
    try leftAssociative(["+", "-"]) { (parser) throws(ExpressionProblem) in try parser.product() }
  }

  private mutating func product() throws(ExpressionProblem) -> Expression {
    try leftAssociative(["*", "//", "/", "%"]) { (parser) throws(ExpressionProblem) in try parser.signed() }
  }

  private mutating func signed() throws(ExpressionProblem) -> Expression {
    let start = current.range.lowerBound
    guard let sign: Expression.UnaryOperator = take("-") ? .minus : take("+") ? .plus : nil else { return try power() }
    let operand = try nested { (parser) throws(ExpressionProblem) in try parser.signed() }
    return Expression(form: .unary(sign, operand), range: start..<operand.range.upperBound)
  }

  private mutating func power() throws(ExpressionProblem) -> Expression {
    let base = try atom()
    guard take("**") else { return base }
    let exponent = try nested { (parser) throws(ExpressionProblem) in try parser.signed() }
    return Expression(form: .binary(.power, base, exponent), range: base.range.lowerBound..<exponent.range.upperBound)
  }

  private static let keywords: Set<String> = ["and", "or", "not", "if", "else"]

  private mutating func atom() throws(ExpressionProblem) -> Expression {
    let token = current
    switch token.kind {
    case .number(let value):
      index += 1
      return Expression(form: .literal(value), range: token.range)
    case .string(let text):
      index += 1
      return Expression(form: .literal(.string(text)), range: token.range)
    case .name(let name) where !ExpressionParser.keywords.contains(name):
      index += 1
      return try named(name, token.range)
    case .symbol("("):
      index += 1
      let inner = try conditional()
      guard take(")") else { throw unexpected(wanted: "`)`") }
      return Expression(form: inner.form, range: token.range.lowerBound..<tokens[index - 1].range.upperBound)
    default:
      throw unexpected(wanted: "a value")
    }
  }

  private mutating func named(_ name: String, _ range: Range<Int>) throws(ExpressionProblem) -> Expression {
    if name == "true" || name == "false" {
      return Expression(form: .literal(.boolean(name == "true")), range: range)
    }
    guard take("(") else { return Expression(form: .name(name), range: range) }
    guard let function = ExpressionFunction(rawValue: name) else {
      throw ExpressionProblem(range: range, reason: .unknownFunction(name))
    }
    var arguments: [Expression] = []
    if !take(")") {
      repeat { arguments.append(try conditional()) } while take(",")
      guard take(")") else { throw unexpected(wanted: "`,` or `)`") }
    }
    return Expression(
      form: .call(function, arguments), range: range.lowerBound..<tokens[index - 1].range.upperBound)
  }
}
