import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong with an expression.
  static let expressions: [DiagnosticPage] = [
    DiagnosticPage(
      .expressionSyntax, "an expression cannot be read",
      """
      An expression is a whole value: `$name`, or `$(…)` with numbers, names, `+ - * / // % **`, comparisons, `and or not`,
      `a if c else b` and functions. Inside `$(…)` names have no `$`. Inside `{}` and `[]` an expression with a comma needs
      quotes. A dollar sign as text is written `$$`.
      """,
      example: """
        nnc: 1
        vars: {width: 8}
        network: {input: [8, 8, 3], layers: [conv: {filters: $(width ^ 2)}]}
        """,
      repair: [("width ^ 2", "width ** 2")]),
    DiagnosticPage(
      .unknownVariable, "an expression uses a name that is not defined",
      """
      Names come from `vars`, from the parameters of the block around, from the `index` of a `repeat`, and from included
      files as `alias.name`.
      """,
      example: """
        nnc: 1
        vars: {width: 8}
        network: {input: [8, 8, 3], layers: [conv: {filters: $widht}]}
        """,
      repair: [("$widht", "$width")]),
    DiagnosticPage(
      .overflow, "the result of an expression is too large",
      """
      Integers have 64 bits, real numbers end near 1.8e308. Results beyond that are an error, they never wrap around to
      something small.
      """,
      example: """
        nnc: 1
        vars: {width: $(10 ** 19)}
        network: {input: [8, 8, 3], layers: [conv: {filters: 8}]}
        """,
      repair: [("10 ** 19", "10 ** 2")]),
    DiagnosticPage(
      .divisionByZero, "an expression divides by zero",
      """
      The divisor of `/`, `//` or `%` is zero. The label shows what was computed.
      """,
      example: """
        nnc: 1
        vars: {width: 64, parts: 0}
        network: {input: [8, 8, 3], layers: [conv: {filters: $(width // parts)}]}
        """,
      repair: [("parts: 0", "parts: 4")]),
    DiagnosticPage(
      .expressionType, "an operation does not apply to a value of this type",
      """
      Values are integers, reals, booleans and texts. Arithmetic needs numbers, `and`, `or`, `not` and the condition of `if`
      need booleans, and only values of one kind are compared. Nothing is converted silently.
      """,
      example: """
        nnc: 1
        vars: {width: wide}
        network: {input: [8, 8, 3], layers: [conv: {filters: $(2 * width)}]}
        """,
      repair: [("width: wide", "width: 8")]),
    DiagnosticPage(
      .variableCycle, "a variable is defined by itself",
      """
      Variables may use each other in any order, but not in a circle: none of these has a value to start from.
      """,
      example: """
        nnc: 1
        vars: {width: $height, height: $width}
        network: {input: [8, 8, 3], layers: [conv: {filters: $width}]}
        """,
      repair: [("width: $height", "width: 8")]),
    DiagnosticPage(
      .unknownFunction, "an expression calls a function that does not exist",
      """
      There are `min`, `max`, `abs`, `floor`, `ceil` and `round`. Powers, also roots, are written `**`.
      """,
      example: """
        nnc: 1
        network: {input: [8, 8, 3], layers: [conv: {filters: $(floor(sqrt(64)))}]}
        """,
      repair: [("sqrt(64)", "64 ** 0.5")]),
    DiagnosticPage(
      .expressionLimit, "an expression is too long or too deep, or there are too many",
      """
      An expression has at most 1,000 characters and 64 levels of parentheses; give its parts names in `vars`, of
      which a file has at most 10,000.
      """,
      example: "nnc: 1\nvars: {width: $(1" + String(repeating: " + 1", count: 300)
        + ")}\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 8}]}",
      repair: [("$(1" + String(repeating: " + 1", count: 300) + ")", "301")]),
    DiagnosticPage(
      .variableType, "a variable or an argument is a list or a mapping",
      """
      A variable is one number, boolean or text, and so is what a block is given. Give several names to several numbers.
      """,
      example: """
        nnc: 1
        vars: {kernel: [3, 5]}
        network: {input: [8, 8, 3], layers: [conv: {filters: 8}]}
        """,
      repair: [("kernel: [3, 5]", "height: 3, width: 5")]),
  ]
}
