/// A token of an expression.
struct ExpressionToken {
  enum Kind: Equatable {
    case number(ExpressionValue)
    case string(String)
    case name(String)
    case symbol(String)
    case end
  }

  let kind: Kind
  let range: Range<Int>
}

/// Splits an expression into tokens.
struct ExpressionLexer {
  private let scalars: [Unicode.Scalar]
  private var offset: Int
  private let end: Int

  private init(_ scalars: [Unicode.Scalar], range: Range<Int>) {
    self.scalars = scalars
    offset = range.lowerBound
    end = range.upperBound
  }

  /// The tokens of `scalars[range]`, an end token last.
  static func tokens(of scalars: [Unicode.Scalar], in range: Range<Int>) throws(ExpressionProblem) -> [ExpressionToken]
  {
    var lexer = ExpressionLexer(scalars, range: range)
    var tokens: [ExpressionToken] = []
    while let token = try lexer.next() { tokens.append(token) }
    tokens.append(ExpressionToken(kind: .end, range: range.upperBound..<range.upperBound))
    return tokens
  }

  private mutating func next() throws(ExpressionProblem) -> ExpressionToken? {
    while offset < end, scalars[offset].properties.isWhitespace { offset += 1 }
    guard offset < end else { return nil }
    let scalar = scalars[offset]
    let next = offset + 1 < end ? scalars[offset + 1] : " "
    if scalar.isDigit || (scalar == "." && next.isDigit) { return try number() }
    if scalar.isNameStart { return name() }
    if scalar == "'" || scalar == "\"" { return try string(quote: scalar) }
    return try symbol()
  }

  private mutating func take(while condition: (Unicode.Scalar) -> Bool) -> (String, Range<Int>) {
    let start = offset
    while offset < end, condition(scalars[offset]) { offset += 1 }
    return (text(start..<offset), start..<offset)
  }

  private func text(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[range])
    return String(view)
  }

  private mutating func number() throws(ExpressionProblem) -> ExpressionToken {
    let start = offset
    var previous: Unicode.Scalar = " "
    while offset < end {
      let scalar = scalars[offset]
      let isExponentSign = (scalar == "-" || scalar == "+") && (previous == "e" || previous == "E")
      guard scalar.isNamePart || scalar == "." || isExponentSign else { break }
      previous = scalar
      offset += 1
    }
    let written = text(start..<offset)
    switch Literal(written) {
    case .integer(let value): return ExpressionToken(kind: .number(.integer(value)), range: start..<offset)
    case .real(let value): return ExpressionToken(kind: .number(.real(value)), range: start..<offset)
    case .refused(let reason):
      throw ExpressionProblem(range: start..<offset, reason: .badNumber(reason, written))
    case .text:
      throw ExpressionProblem(range: start..<offset, reason: .unexpected(written, wanted: "a number"))
    }
  }

  private mutating func name() -> ExpressionToken {
    let (name, range) = take { $0.isNamePart || $0 == "." }
    return ExpressionToken(kind: .name(name), range: range)
  }

  private mutating func string(quote: Unicode.Scalar) throws(ExpressionProblem) -> ExpressionToken {
    let start = offset
    offset += 1
    let (content, _) = take { $0 != quote }
    guard offset < end else { throw ExpressionProblem(range: start..<end, reason: .unclosedString) }
    offset += 1
    return ExpressionToken(kind: .string(content), range: start..<offset)
  }

  private mutating func symbol() throws(ExpressionProblem) -> ExpressionToken {
    for symbol in ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "<", ">", "(", ")", ","]
    where scalars[offset..<end].starts(with: symbol.unicodeScalars) {
      defer { offset += symbol.unicodeScalars.count }
      return ExpressionToken(kind: .symbol(symbol), range: offset..<offset + symbol.unicodeScalars.count)
    }
    throw ExpressionProblem(range: offset..<offset + 1, reason: .unknownCharacter(scalars[offset]))
  }
}

extension Unicode.Scalar {
  var isDigit: Bool { self >= "0" && self <= "9" }
  var isNameStart: Bool { self == "_" || properties.isAlphabetic }
  var isNamePart: Bool { isNameStart || isDigit }
}
