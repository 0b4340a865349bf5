/// What a plain scalar says when read as a number.
enum Literal: Equatable {
  case integer(Int)
  case real(Double)
  /// It looks like a number, and is refused for a reason.
  case refused(Refused)
  /// It is no number.
  case text

  /// Why something that looks like a number is refused.
  enum Refused: Equatable {
    /// `octal` is what it says in base 8, where that is another number.
    case leadingZero(decimal: String, octal: String?)
    case underscore(meant: String)
    case sexagesimal
    case radix(value: Int?)
    case tooLarge
    case notFinite
  }

  /// Reads `-12`, `1.5`, `.5`, `1e-3`.
  init(_ text: String) {
    let bytes = Array(text.utf8)
    var body = bytes[...]
    let isNegative = body.first == UInt8(ascii: "-")
    if let sign = body.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { body = body.dropFirst() }
    guard let first = body.first else {
      self = .text
      return
    }
    if Literal.notFiniteWords.contains(String(decoding: body, as: UTF8.self).lowercased()) {
      self = .refused(.notFinite)
    } else if Literal.isDigit(first) {
      self = Literal.number(text, body: body, isNegative: isNegative)
    } else if first == UInt8(ascii: "."), body.dropFirst().first.map(Literal.isDigit) ?? false {
      self = Literal.real(text, body: body)
    } else {
      self = .text
    }
  }

  private static let notFiniteWords: Set<String> = [".inf", ".nan", "inf", "nan", "infinity"]

  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private static func number(_ text: String, body: ArraySlice<UInt8>, isNegative: Bool) -> Literal {
    let sign = isNegative ? "-" : ""
    if body.allSatisfy(isDigit) {
      if body.count > 1, body.first == UInt8(ascii: "0") {
        let digits = String(decoding: body.drop { $0 == UInt8(ascii: "0") }, as: UTF8.self)
        if digits.isEmpty { return .refused(.leadingZero(decimal: "0", octal: nil)) }
        let octal = Int(digits, radix: 8).map { "\(sign)\($0)" }
        return .refused(
          .leadingZero(decimal: sign + digits, octal: octal == sign + digits ? nil : octal))
      }
      return Int(text).map(Literal.integer) ?? .refused(.tooLarge)
    }
    if let radix = radix(body) { return .refused(.radix(value: radix.value.map { isNegative ? -$0 : $0 })) }
    if body.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "_") }) {
      let digits = body.filter(isDigit)
      return .refused(.underscore(meant: sign + String(decoding: digits, as: UTF8.self)))
    }
    let parts = body.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    if parts.count > 1, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }) { return .refused(.sexagesimal) }
    return real(text, body: body)
  }

  private static func radix(_ body: ArraySlice<UInt8>) -> (value: Int?, Void)? {
    guard body.count > 2, body.first == UInt8(ascii: "0") else { return nil }
    let radix: Int
    switch body.dropFirst().first {
    case UInt8(ascii: "x"), UInt8(ascii: "X"): radix = 16
    case UInt8(ascii: "o"), UInt8(ascii: "O"): radix = 8
    case UInt8(ascii: "b"), UInt8(ascii: "B"): radix = 2
    default: return nil
    }
    return (Int(String(decoding: body.dropFirst(2), as: UTF8.self), radix: radix), ())
  }

  /// Digits, at most one point, at most one exponent; Swift's own parser would also take hexadecimal floats.
  private static func real(_ text: String, body: ArraySlice<UInt8>) -> Literal {
    var rest = body.drop(while: isDigit)
    if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop(while: isDigit) }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
      guard let digit = rest.first, isDigit(digit) else { return .text }
      rest = rest.drop(while: isDigit)
    }
    guard rest.isEmpty else { return .text }
    let padded = text.hasSuffix(".") ? text + "0" : text
    guard let value = Double(padded) else { return .text }
    return value.isFinite ? .real(value) : .refused(.tooLarge)
  }
}
