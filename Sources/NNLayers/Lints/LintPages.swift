import NNDiagnostics

extension DiagnosticPages {
  /// The pages of all lints, made of what they say of themselves, and of `allow`.
  static let lints: [DiagnosticPage] =
    LintRegistry.all.map { lint in
      DiagnosticPage(
        lint.code, lint.summary, lint.reason,
        example: SpecExample(bytes: Array((lint.examples.found.first ?? "").utf8)),
        corrected: SpecExample(bytes: Array((lint.examples.passed.first ?? "").utf8)))
    } + [
      DiagnosticPage(
        .unknownLint, "`allow` names a warning that does not exist",
        """
        `allow` takes the names of warnings, as `nnc layers --format markdown` lists them: `allow: [checkerboard]`. Errors cannot
        be accepted.
        """,
        example: """
          nnc: 1
          network: {input: [8, 8, 3], layers: [transposed_conv: {filters: 8, stride: 2, allow: [checkers]}]}
          """,
        repair: [("checkers", "checkerboard")]),
      DiagnosticPage(
        .idleAllow, "a warning is accepted where there is none",
        """
        A note: `allow` says that a warning is known and meant. Where it is not given any more, the word would hide the next
        one. Only the spec's own file is looked at; an included file may need it elsewhere.
        """,
        example: """
          nnc: 1
          network: {input: [8, 8, 3], layers: [transposed_conv: {filters: 8, kernel: 4, stride: 2, allow: [checkerboard]}]}
          """,
        repair: [(", allow: [checkerboard]", "")]),
    ]
}
