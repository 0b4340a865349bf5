/// An expression's tree; ranges are offsets into the scalar's text.
struct Expression {
  indirect enum Form {
    case literal(ExpressionValue)
    case name(String)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    case call(ExpressionFunction, [Expression])
    case conditional(then: Expression, condition: Expression, otherwise: Expression)
  }

  enum UnaryOperator: String {
    case minus = "-"
    case plus = "+"
    case not
  }

  enum BinaryOperator: String {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case and
    case or
  }

  let form: Form
  let range: Range<Int>

  /// The names in it with their places.
  var names: [(name: String, range: Range<Int>)] {
    switch form {
    case .literal: []
    case .name(let name): [(name, range)]
    case .unary(_, let operand): operand.names
    case .binary(_, let left, let right): left.names + right.names
    case .call(_, let arguments): arguments.flatMap(\.names)
    case .conditional(let then, let condition, let otherwise): then.names + condition.names + otherwise.names
    }
  }
}

/// The functions of the expression language.
enum ExpressionFunction: String, CaseIterable {
  case min
  case max
  case abs
  case floor
  case ceil
  case round
}

/// What is wrong with an expression, and where in the scalar's text.
struct ExpressionProblem: Error {
  let range: Range<Int>
  let reason: Reason

  enum Reason {
    case unexpected(String, wanted: String)
    case unknownCharacter(Unicode.Scalar)
    case unclosedString
    case badNumber(Literal.Refused, String)
    case unknownFunction(String)
    case tooLong
    case tooDeep
    case chainedComparison
    case overflow(String)
    case divisionByZero(String)
    case wrongType(operation: String, needs: String, got: ExpressionValue)
    case notComparable(ExpressionValue, ExpressionValue)
    case argumentCount(ExpressionFunction, Int)
    /// A name in it is wrong and reported.
    case reported
  }
}

extension ExpressionValue {
  /// As it is written.
  var text: String {
    switch self {
    case .integer(let value): String(value)
    case .real(let value): value.readable
    case .boolean(let value): String(value)
    case .string(let value): "'\(value)'"
    }
  }

  /// What it is, with an article.
  var typeName: String {
    switch self {
    case .integer: "an integer"
    case .real: "a number"
    case .boolean: "a boolean"
    case .string: "a text"
    }
  }
}

extension Double {
  /// As people write it: whole numbers without a point where that is exact, otherwise up to 6 significant digits.
  var readable: String {
    if self == rounded(), magnitude < 1e15 { return String(Int(self)) }
    let full = "\(self)"
    guard full.count > 9, !full.contains("e"), let point = full.firstIndex(of: ".") else { return full }
    let end = full.index(point, offsetBy: 4, limitedBy: full.endIndex) ?? full.endIndex
    return String(full[..<end]) + "…"
  }
}
