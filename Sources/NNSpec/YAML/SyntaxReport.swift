import NNDiagnostics

struct SyntaxReport {
  let diagnostic: Diagnostic
  init(_ problem: SyntaxProblem, in source: SourceFile) {
    diagnostic = Diagnostic(.syntax, "\(problem.context ?? "-")@\(problem.contextOffset) | \(problem.problem)@\(problem.offset)", at: source.span(problem.offset, problem.offset + 1))
  }
}
