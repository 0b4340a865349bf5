/// Regular expressions of the schema: what ECMA 262 and other dialects have in common, so no classes of Unicode.
enum SchemaPattern {
  /// A scalar that holds an expression: one dollar sign in front.
  static let expression = #"^\$[^$]"#

  private static let nameStart = #"[^\x00-@\[-^`{-\x7f]"#
  private static let variablePart = #"[^\x00-/:-@\[-^`{-\x7f]"#
  private static let namePart = #"[^\x00-,./:-@\[-^`{-\x7f]"#
  private static let name = nameStart + namePart + "*"

  /// A name of the user's choice that is no note.
  static let newName = "^(?!x-)\(name)$"
  /// A name of data or of a network that is no note: `photos`, `features.trunk`.
  static let newPath = "^(?!x-)\(name)(\\.\(name))*$"
  /// A variable's name that is no note.
  static let newVariable = "^(?!x-)\(nameStart)\(variablePart)*$"
  /// A reference such as `frames.target`, or an expression.
  static let reference = #"^(\$[^$].*|[0-9]+|\#(name)(\.\#(namePart)+)*)$"#
  /// Notes, which are skipped.
  static let note = "^x-"

  private static let digits = #"\+?([0-9]+\.?[0-9]*|\.[0-9]+)"#
  private static let relation = "(" + Comparison.Relation.allCases.map(\.rawValue).joined(separator: "|") + ")?"

  /// `10%`; the usual bounds are part of the pattern.
  static func percentage(_ bounds: RealBounds) -> String {
    guard bounds.lower == 0, bounds.upper == 100 else { return #"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+) *%$"# }
    let notZero = bounds.includesLower ? "" : #"(?!0*\.?0* *%)"#
    let hundred = bounds.includesUpper ? #"|100(\.0*)?"# : ""
    return #"^\+?\#(notZero)([0-9]{1,2}(\.[0-9]*)?|\.[0-9]+\#(hundred)) *%$"#
  }

  /// 64 hexadecimal digits.
  static let digest = "^[0-9a-fA-F]{64}$"
  /// `2 GiB`
  static let bytes = "^" + size + "$"
  /// `90 s`
  static let duration = "^\(digits) *\(units(UnitSyntax.secondUnits))$"
  /// `500 steps`
  static let count = #"^\+?(0|[1-9][0-9]*) *(steps?|epochs?)$"#
  /// `<= 1.5e6`
  static let comparison = #"^\#(relation) *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"#
  /// `<= 2 GiB`
  static let sizeComparison = "^\(relation) *\(size)$"

  private static var size: String { "\(digits) *\(units(UnitSyntax.byteUnits))" }

  private static func units(_ table: [String: Double]) -> String {
    "(" + table.keys.sorted().joined(separator: "|") + ")"
  }
}
