import NNDiagnostics

/// Reads scalars that hold an expression: `$name` or `$(…)`.
enum ExpressionReader {
  /// An evaluated expression, with what a message about its value needs.
  struct Result {
    let value: ExpressionValue
    let inexactDivision: (span: Span, dividend: Int, divisor: Int)?
    /// The expression without `$` and outer brackets.
    let text: String
  }

  /// Whether a scalar holds an expression.
  static func isExpression(_ node: Node) -> Bool {
    guard let text = node.scalar?.text else { return false }
    return text.hasPrefix("$") && !text.hasPrefix("$$")
  }

  /// The value of a scalar that holds an expression; `nil` where it has none, which is reported.
  static func value(of node: Node, in environment: Environment, diagnostics: inout Diagnostics) -> Result? {
    guard let expression = parse(node, diagnostics: &diagnostics) else { return nil }
    guard let known = known(expression, at: node, in: environment, diagnostics: &diagnostics) else { return nil }
    var evaluator = ExpressionEvaluator(known)
    do {
      let value = try evaluator.value(of: expression)
      let division = evaluator.inexactDivision.map { (node.span(inText: $0.range), $0.dividend, $0.divisor) }
      return Result(value: value, inexactDivision: division, text: text(of: expression, in: node))
    } catch {
      if let diagnostic = Diagnostic.expression(error, at: node) { diagnostics.add(diagnostic) }
      return nil
    }
  }

  /// The tree of a scalar that holds an expression; `nil` where it is none, which is reported.
  static func parse(_ node: Node, diagnostics: inout Diagnostics) -> Expression? {
    guard let text = node.scalar?.text else { return nil }
    let scalars = Array(text.unicodeScalars)
    if scalars.dropFirst().first == "(", scalars.last != ")" {
      diagnostics.add(.unclosedExpression(at: node))
      return nil
    }
    let isBracketed = scalars.dropFirst().first == "("
    let range = isBracketed ? 2..<scalars.count - 1 : 1..<scalars.count
    if !isBracketed, let bad = badPlace(inName: scalars) {
      diagnostics.add(.textAroundExpression(at: node, offset: bad))
      return nil
    }
    do {
      return try ExpressionParser.parse(scalars, in: range)
    } catch {
      if let diagnostic = Diagnostic.expression(error, at: node) { diagnostics.add(diagnostic) }
      return nil
    }
  }

  /// Where `$name` stops being a name.
  private static func badPlace(inName scalars: [Unicode.Scalar]) -> Int? {
    guard scalars.count > 1, scalars[1].isNameStart else { return 0 }
    return scalars.indices.dropFirst(2).first { !scalars[$0].isNamePart && scalars[$0] != "." }
  }

  /// The environment, in which a misspelt name also has the value of the one that it means beyond doubt. Names that are
  /// unknown are reported; nil where one has no value.
  private static func known(
    _ expression: Expression, at node: Node, in environment: Environment, diagnostics: inout Diagnostics
  ) -> Environment? {
    var all = environment
    var areAllUsable = true
    for (name, range) in expression.names {
      let alias = name.split(separator: ".").first.map(String.init) ?? name
      guard let binding = environment[name] ?? (alias == name ? nil : environment.failed(alias)) else {
        let known = diagnostics.isFull ? [] : environment.names
        diagnostics.add(.unknownVariable(name, known: known, at: node.span(inText: range)))
        if let meant = Suggestion.sure(name, among: known).flatMap({ environment[$0] }), meant.value != nil {
          all.define(name, meant)
        } else {
          areAllUsable = false
        }
        continue
      }
      if binding.value == nil { areAllUsable = false }
    }
    return areAllUsable ? all : nil
  }

  private static func text(of expression: Expression, in node: Node) -> String {
    guard let scalars = node.scalar.map({ Array($0.text.unicodeScalars) }) else { return "" }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[expression.range])
    return String(view)
  }
}
