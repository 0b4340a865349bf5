#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Evaluates an expression; every operation is checked, nothing wraps and nothing becomes infinite.
struct ExpressionEvaluator {
  /// A division of integers that leaves a remainder: what `//` would have avoided.
  struct InexactDivision {
    let range: Range<Int>
    let dividend: Int
    let divisor: Int
  }

  let environment: Environment
  /// The last inexact division that was evaluated.
  private(set) var inexactDivision: InexactDivision?

  init(_ environment: Environment) { self.environment = environment }

  /// The value of an expression whose names are all known.
  mutating func value(of expression: Expression) throws(ExpressionProblem) -> ExpressionValue {
    switch expression.form {
    case .literal(let value): return value
    case .name(let name):
      guard let value = environment[name]?.value else { throw problem(.reported, expression) }
      return value
    case .unary(let symbol, let operand): return try unary(symbol, operand, in: expression)
    case .binary(.and, let left, let right):
      return .boolean(try boolean(left, for: "and") ? try boolean(right, for: "and") : false)
    case .binary(.or, let left, let right):
      return .boolean(try boolean(left, for: "or") ? true : try boolean(right, for: "or"))
    case .binary(let symbol, let left, let right): return try binary(symbol, left, right, in: expression)
    case .call(let function, let arguments): return try call(function, arguments, in: expression)
    case .conditional(let then, let condition, let otherwise):
      return try boolean(condition, for: "if") ? try value(of: then) : try value(of: otherwise)
    }
  }

  private func problem(_ reason: ExpressionProblem.Reason, _ expression: Expression) -> ExpressionProblem {
    ExpressionProblem(range: expression.range, reason: reason)
  }

  private mutating func boolean(_ operand: Expression, for operation: String) throws(ExpressionProblem) -> Bool {
    let value = try value(of: operand)
    guard case .boolean(let boolean) = value else {
      throw problem(.wrongType(operation: operation, needs: "`true` or `false`", got: value), operand)
    }
    return boolean
  }

  private mutating func unary(
    _ symbol: Expression.UnaryOperator, _ operand: Expression, in whole: Expression
  ) throws(ExpressionProblem) -> ExpressionValue {
    if symbol == .not { return .boolean(!(try boolean(operand, for: "not"))) }
    let value = try value(of: operand)
    switch value {
    case .integer(let number):
      if symbol == .plus { return value }
      let (result, overflows) = (0).subtractingReportingOverflow(number)
      if overflows { throw problem(.overflow("-(\(number))"), whole) }
      return .integer(result)
    case .real(let number): return .real(symbol == .plus ? number : -number)
    default: throw problem(.wrongType(operation: symbol.rawValue, needs: "a number", got: value), operand)
    }
  }

  private mutating func binary(
    _ symbol: Expression.BinaryOperator, _ left: Expression, _ right: Expression, in whole: Expression
  ) throws(ExpressionProblem) -> ExpressionValue {
    let (a, b) = (try value(of: left), try value(of: right))
    if let result = Arithmetic.comparison(symbol, a, b) { return .boolean(result) }
    if Arithmetic.isComparison(symbol) { throw problem(.notComparable(a, b), whole) }
    guard let x = Arithmetic.real(a) else {
      throw problem(.wrongType(operation: symbol.rawValue, needs: "numbers", got: a), left)
    }
    guard let y = Arithmetic.real(b) else {
      throw problem(.wrongType(operation: symbol.rawValue, needs: "numbers", got: b), right)
    }
    let written = "\(a.text) \(symbol.rawValue) \(b.text)"
    if x == 0, y < 0, symbol == .power { throw problem(.divisionByZero("\(written), 1 / 0"), whole) }
    if y == 0, [.divide, .floorDivide, .modulo].contains(symbol) {
      throw problem(.divisionByZero(written), whole)
    }
    if case (.integer(let m), .integer(let n)) = (a, b) {
      if symbol == .divide, !Arithmetic.divides(n, m) {
        inexactDivision = InexactDivision(range: whole.range, dividend: m, divisor: n)
        return .real(x / y)
      }
      if symbol != .power || n >= 0 {
        guard let result = Arithmetic.integer(symbol, m, n) else { throw problem(.overflow(written), whole) }
        return .integer(result)
      }
    }
    let result = Arithmetic.real(symbol, x, y)
    guard result.isFinite else { throw problem(.overflow(written), whole) }
    return .real(result)
  }

  private mutating func call(
    _ function: ExpressionFunction, _ arguments: [Expression], in whole: Expression
  ) throws(ExpressionProblem) -> ExpressionValue {
    let isVariadic = function == .min || function == .max
    guard isVariadic ? !arguments.isEmpty : arguments.count == 1 else {
      throw problem(.argumentCount(function, arguments.count), whole)
    }
    var values: [ExpressionValue] = []
    for argument in arguments {
      let value = try value(of: argument)
      guard Arithmetic.real(value) != nil else {
        throw problem(.wrongType(operation: function.rawValue, needs: "numbers", got: value), argument)
      }
      values.append(value)
    }
    guard let result = Arithmetic.call(function, values) else {
      throw problem(.overflow("\(function.rawValue)(\(values.map(\.text).joined(separator: ", ")))"), whole)
    }
    return result
  }
}

/// The operations on evaluated numbers.
enum Arithmetic {
  /// The number as a real; `nil` for what is none.
  static func real(_ value: ExpressionValue) -> Double? {
    switch value {
    case .integer(let number): Double(number)
    case .real(let number): number
    case .boolean, .string: nil
    }
  }

  static func divides(_ divisor: Int, _ dividend: Int) -> Bool {
    divisor == -1 || (divisor != 0 && dividend % divisor == 0)
  }

  static func isComparison(_ symbol: Expression.BinaryOperator) -> Bool {
    [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual].contains(symbol)
  }

  /// The result of a comparison; `nil` where the operator is none or the values are not comparable.
  static func comparison(_ symbol: Expression.BinaryOperator, _ a: ExpressionValue, _ b: ExpressionValue) -> Bool? {
    if case (.integer(let m), .integer(let n)) = (a, b) { return compare(symbol, m, n) }
    if let x = real(a), let y = real(b) { return compare(symbol, x, y) }
    switch (symbol, a, b) {
    case (.equal, .string, .string), (.equal, .boolean, .boolean): return a == b
    case (.notEqual, .string, .string), (.notEqual, .boolean, .boolean): return a != b
    default: return nil
    }
  }

  private static func compare<Number: Comparable>(
    _ symbol: Expression.BinaryOperator, _ a: Number, _ b: Number
  ) -> Bool? {
    switch symbol {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    default: nil
    }
  }

  /// Integers; `nil` where the result does not fit. Divisors are not 0, exponents not negative.
  static func integer(_ symbol: Expression.BinaryOperator, _ a: Int, _ b: Int) -> Int? {
    func checked(_ result: (partialValue: Int, overflow: Bool)) -> Int? {
      result.overflow ? nil : result.partialValue
    }
    switch symbol {
    case .add: return checked(a.addingReportingOverflow(b))
    case .subtract: return checked(a.subtractingReportingOverflow(b))
    case .multiply: return checked(a.multipliedReportingOverflow(by: b))
    case .divide: return checked(a.dividedReportingOverflow(by: b))
    case .floorDivide:
      guard let quotient = checked(a.dividedReportingOverflow(by: b)) else { return nil }
      return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient
    case .modulo:
      if b == -1 { return 0 }
      let remainder = a % b
      return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
    case .power: return power(a, b)
    default: return nil
    }
  }

  private static func power(_ base: Int, _ exponent: Int) -> Int? {
    if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
    if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
    guard exponent < 64 else { return nil }
    var result = 1
    for _ in 0..<exponent {
      let (product, overflows) = result.multipliedReportingOverflow(by: base)
      if overflows { return nil }
      result = product
    }
    return result
  }

  /// Reals; may be infinite or not a number.
  static func real(_ symbol: Expression.BinaryOperator, _ a: Double, _ b: Double) -> Double {
    switch symbol {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .floorDivide: (a / b).rounded(.down)
    case .modulo: a - (a / b).rounded(.down) * b
    case .power: pow(a, b)
    default: .nan
    }
  }

  /// A function of numbers; `nil` where the result does not fit.
  static func call(_ function: ExpressionFunction, _ values: [ExpressionValue]) -> ExpressionValue? {
    guard let first = values.first else { return nil }
    switch function {
    case .min: return values.dropFirst().reduce(first) { comparison(.less, $1, $0) == true ? $1 : $0 }
    case .max: return values.dropFirst().reduce(first) { comparison(.greater, $1, $0) == true ? $1 : $0 }
    case .abs:
      if case .integer(let number) = first { return number == .min ? nil : .integer(Swift.abs(number)) }
      return real(first).map { .real($0.magnitude) }
    case .floor: return whole(first, .down)
    case .ceil: return whole(first, .up)
    case .round: return whole(first, .toNearestOrEven)
    }
  }

  private static func whole(_ value: ExpressionValue, _ rule: FloatingPointRoundingRule) -> ExpressionValue? {
    if case .integer = value { return value }
    return real(value).flatMap { Int(exactly: $0.rounded(rule)) }.map { .integer($0) }
  }
}
