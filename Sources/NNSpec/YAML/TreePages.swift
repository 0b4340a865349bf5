import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what YAML allows and a spec does not.
  static let tree: [DiagnosticPage] = [
    DiagnosticPage(
      .tooDeep, "values are nested too deep",
      """
      A spec may nest lists and mappings 128 levels deep, also under keys that begin with `x-`. Real specs stay below 20;
      more comes from a program that writes specs, or from brackets that were typed too often.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [flatten]}\nx-notes: "
        + String(repeating: "[", count: 130) + String(repeating: "]", count: 130),
      repair: [(String(repeating: "[", count: 130) + String(repeating: "]", count: 130), "[]")]),
    DiagnosticPage(
      .tag, "a value has a tag",
      """
      Tags such as `!!str` or `!python/object` tell a YAML reader what to make of a value, up to running code. In a spec the
      key says what a value is, so tags are refused. A text that begins with `!` needs quotes.
      """,
      example: """
        nnc: 1
        name: !!str 3
        network: {input: [8, 8, 3], layers: [flatten]}
        """,
      repair: [("!!str 3", "\"3\"")]),
    DiagnosticPage(
      .secondDocument, "a second document begins in the same file",
      """
      `---` begins another YAML document. A spec is one document: the second would be ignored silently. Give it a file of its
      own; parts are shared with `include`.
      """,
      example: """
        nnc: 1
        network: {input: [8, 8, 3], layers: [flatten]}
        ---
        nnc: 1
        """,
      repair: [("\n---\nnnc: 1", "")]),
    DiagnosticPage(
      .duplicateKey, "a key is given twice",
      """
      YAML readers keep the last of two equal keys and forget the first. That hides mistakes, so both places are shown and
      one of them has to go.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: {filters: 8, kernel: 3, filters: 16}
        """,
      repair: [(", filters: 16", "")]),
    DiagnosticPage(
      .keyNotAWord, "a list or a mapping stands where a key should",
      """
      Keys are words. This comes mostly from templates: `{{ width }}` is a mapping within a mapping to YAML. Expressions are
      written `$width` or `$(2 * width)`.
      """,
      example: """
        nnc: 1
        vars: {width: 8}
        network: {input: [8, 8, 3], layers: [conv: {filters: {{ width }}}]}
        """,
      repair: [("{{ width }}", "$width")]),
    DiagnosticPage(
      .unknownAnchor, "an alias names an anchor that is not there",
      """
      `*name` repeats the value that `&name` marked further up. The anchor must come first, in the same file.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: &wide {filters: 32, activation: relu}
            - conv: *wied
        """,
      repair: [("*wied", "*wide")]),
    DiagnosticPage(
      .aliasCycle, "an alias stands inside the value that it repeats",
      """
      The value would contain itself, without end.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers: &all
            - conv: {filters: 8}
            - *all
        """,
      repair: [("*all", "flatten")]),
    DiagnosticPage(
      .tooManyNodes, "aliases make a spec too large",
      """
      Aliases of aliases grow fast: the last line below stands for a million values. A spec has at most a million,
      also under keys that begin with `x-`. Layers are repeated with `repeat`.
      """,
      example: """
        nnc: 1
        network: {input: [8, 8, 3], layers: [flatten]}
        x-a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
        x-b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
        x-c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
        x-d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
        x-e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
        x-f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
        """,
      repair: [("\nx-f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]", "")]),
    DiagnosticPage(
      .badMerge, "`<<` merges something that is no mapping",
      """
      `<<: *defaults` takes over the keys of the mapping that `&defaults` marks; keys that are written beside it win. What it
      names must be a mapping, or a list of mappings.
      """,
      example: """
        nnc: 1
        x-kernel: &kernel 5
        network: {input: [8, 8, 3], layers: [conv: {<<: *kernel, filters: 8}]}
        """,
      repair: [("&kernel 5", "&kernel {kernel: 5}")]),
  ]
}
