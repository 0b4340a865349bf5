import NNTensor

/// Scalars with a unit.
enum UnitSyntax {
  static let byteUnits: [String: Double] = [
    "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824, "TiB": 1_099_511_627_776,
  ]
  static let secondUnits: [String: Double] = ["ms": 1e-3, "s": 1, "min": 60, "h": 3_600, "d": 86_400]

  /// A number and the unit behind it, with or without a space between.
  private static func split(_ text: String) -> (number: String, unit: String)? {
    let digits = text.prefix { !$0.isLetter && $0 != " " && $0 != "%" }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    return digits.isEmpty || unit.isEmpty ? nil : (String(digits), String(unit))
  }

  /// A plain number.
  static func number(_ text: String) -> Double? {
    switch Literal(text) {
    case .integer(let number): Double(number)
    case .real(let number): number
    default: nil
    }
  }

  /// `10%`, in percent.
  static func percentage(_ text: String) -> Double? {
    split(text).flatMap { $0.unit == "%" ? number($0.number) : nil }
  }

  /// `2 GiB`, in bytes.
  static func bytes(_ text: String) -> Int? {
    guard let (digits, unit) = split(text), let factor = byteUnits[unit], let number = number(digits) else {
      return nil
    }
    return number < 0 ? nil : Int(exactly: (number * factor).rounded())
  }

  /// `90 s`, in seconds.
  static func duration(_ text: String) -> Double? {
    guard let (digits, unit) = split(text), let factor = secondUnits[unit], let number = number(digits) else {
      return nil
    }
    let seconds = number * factor
    return number < 0 || !seconds.isFinite ? nil : seconds
  }

  /// `500 steps`, `2 epochs`.
  static func count(_ text: String) -> TrainingCount? {
    guard let (digits, unit) = split(text), case .integer(let number) = Literal(digits), number >= 0 else {
      return nil
    }
    switch unit {
    case "step", "steps": return .steps(number)
    case "epoch", "epochs": return .epochs(number)
    default: return nil
    }
  }

  /// A relation and its right side; the right side alone means "equal".
  static func comparison(_ text: String, right: (String) -> Double?) -> Comparison? {
    let relation = Comparison.Relation.allCases.first { text.hasPrefix($0.rawValue) }
    let rest = text.dropFirst(relation?.rawValue.count ?? 0).drop { $0 == " " }
    return right(String(rest)).map { Comparison(relation ?? .equal, $0) }
  }

  /// What a text of the wrong form means beyond doubt.
  static func meant(for type: ValueType, _ text: String) -> String? {
    guard case .percentage = type, let plain = number(text), plain > 0, plain < 1 else { return nil }
    return "\((plain * 100).readable)%"
  }

  /// What to try where a text has the wrong form.
  static func help(for type: ValueType, _ text: String) -> [String] {
    let plain = number(text)
    switch type {
    case .percentage:
      return plain.map { $0 > 0 && $0 < 1 ? ["write `\(($0 * 100).readable)%`"] : ["write `\($0.readable)%`"] } ?? []
    case .bytes: return ["units are `B`, `KiB`, `MiB`, `GiB`, `kB`, `MB`, `GB`"]
    case .duration: return ["units are `ms`, `s`, `min`, `h`, `d`"]
    case .count:
      return plain.flatMap { $0 == $0.rounded() ? $0 : nil }.map {
        ["write `\($0.readable) steps` or `\($0.readable) epochs`"]
      } ?? []
    case .comparison, .sizeComparison:
      return ["relations are `<=`, `<`, `>=`, `>` and `==`; one that begins with `>` needs quotes: `\">= 5\"`"]
    default: return []
    }
  }
}
