import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what is no YAML.
  static let syntax: [DiagnosticPage] = [
    DiagnosticPage(
      .syntax, "the text is not YAML",
      """
      YAML cannot read this line: a comma is missing between two entries of `{}` or `[]`, something follows a value that is
      complete, or a list with dashes begins behind a key. Nothing after this place is checked, so mend it first.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: {filters: 8 kernel: 5}
        """,
      repair: [("filters: 8 kernel", "filters: 8, kernel")]),
    DiagnosticPage(
      .tabIndentation, "a line is indented with tabs",
      """
      YAML is indented with spaces: how wide a tab is differs between editors, so the structure of the file would too. Put
      two spaces for each tab, and let your editor do so from now on.
      """,
      example: "nnc: 1\nnetwork:\n\tinput: [8, 8, 3]\n\tlayers: [flatten]",
      repair: [("\tinput", "  input"), ("\tlayers", "  layers")]),
    DiagnosticPage(
      .missingSpace, "a space is missing after a colon",
      """
      In YAML a key ends with a colon and a space. Without the space, key and value are one word.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: {filters:8}
        """,
      repair: [("filters:8", "filters: 8")]),
    DiagnosticPage(
      .unclosedBracket, "a bracket or a brace has no partner",
      """
      Every `[` needs its `]` and every `{` its `}`. The diagnostic stands at the one that was opened and never closed, or at
      the one that closes nothing.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: {filters: 8, activation: {leaky_relu: {slope: 0.1}}
        """,
      repair: [("0.1}}", "0.1}}}")]),
    DiagnosticPage(
      .unclosedQuote, "a quote is never closed",
      """
      A text that begins with a quote ends with the same one. Most texts need none.
      """,
      example: """
        nnc: 1
        name: "first try
        network: {input: [8, 8, 3], layers: [flatten]}
        """,
      repair: [("\"first try", "first try")]),
    DiagnosticPage(
      .badIndentation, "the indentation of a line does not fit",
      """
      What belongs together begins in the same column, and what belongs to a key is indented below it. The same mistake
      without an error would make a different spec, so nothing is guessed. The keys of a layer stand four spaces further in
      than its dash, or in braces behind it.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv:
              filters: 8
        """,
      repair: [("      filters: 8", "        filters: 8")]),
    DiagnosticPage(
      .reservedCharacter, "a text begins with a sign that YAML keeps for itself",
      """
      `@`, `` ` ``, `%`, `&`, `*`, `!`, `|` and `>` have a meaning at the beginning of a value. In quotes they are text like
      any other. A comparison of `expect` that begins with `>` needs quotes for this reason.
      """,
      example: """
        nnc: 1
        network: {input: [8, 8, 3], layers: [conv: {filters: 8}]}
        expect: {parameters: > 100}
        """,
      repair: [("> 100", "\"> 100\"")]),
    DiagnosticPage(
      .strayColon, "one value has two colons",
      """
      After `key:` comes one value. A text with a colon and a space in it needs quotes, and a mapping on the same line needs
      braces.
      """,
      example: """
        nnc: 1
        description: denoiser: the small one
        network: {input: [8, 8, 3], layers: [flatten]}
        """,
      repair: [("denoiser: the small one", "\"denoiser: the small one\"")]),
    DiagnosticPage(
      .unknownEscape, "a text in double quotes has an unknown escape",
      """
      In double quotes a backslash begins an escape such as `\\n`. Paths of Windows have backslashes that are none: write
      `/`, or use single quotes, in which a backslash is a backslash.
      """,
      example: #"""
        nnc: 1
        description: "from C:\specs\denoiser"
        network: {input: [8, 8, 3], layers: [flatten]}
        """#,
      repair: [(#""from C:\specs\denoiser""#, #"'from C:\specs\denoiser'"#)]),
    DiagnosticPage(
      .missingColon, "a line among keys has no colon",
      """
      Where the lines above are `key: value`, this one must be too. An item of a list begins with a dash and a space.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: {filters: 8}
            flatten
        """,
      repair: [("    flatten", "    - flatten")]),
  ]
}
