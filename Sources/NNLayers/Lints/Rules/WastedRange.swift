import NNDiagnostics

extension Lint {
  static let wastedRange = Lint(
    DiagnosticCode("NNC0604", "wasted-range"), "an output of tanh for values that are never negative", severity: .note,
    reason: """
      tanh gives -1 to 1. Compared with pictures of 0 to 1, half of that is never right, and the network spends its first
      steps on learning so. `sigmoid` gives 0 to 1, or `range: [-1, 1]` brings the pictures to tanh.
      """,
    found: [
      picture("range: [0, 1]", "output: {channels: 3, activation: tanh}"),
      picture("range: [0, 1]", "output: {channels: 3}, activation: tanh", loss: "mae"),
    ],
    passed: [
      picture("range: [-1, 1]", "output: {channels: 3, activation: tanh}"),
      picture("range: [0, 1]", "output: {channels: 3, activation: sigmoid}"),
      picture("range: [-0.5, 1]", "output: {channels: 3, activation: tanh}"),
    ]
  ) { context in
    context.comparisons.compactMap { comparison in
      guard comparison.function == .tanh, comparison.given.low == -1, comparison.wanted.low >= 0,
        comparison.given.contains(comparison.wanted)
      else { return nil }
      return LintFinding(
        "half of what this output can give is never right", at: comparison.span, "`tanh` gives -1 to 1",
        labels: context.dataLabels(comparison.source, "its pictures are \(comparison.wanted.text)"),
        help: ["use `sigmoid`, or `range: [-1, 1]` in the data"], in: comparison.layer)
    }
  }
}
