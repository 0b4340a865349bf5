import Foundation
import NNDiagnostics
import Testing

@Suite struct RendererTests {
  private let code = DiagnosticCode("NNC0310", "sizes-differ")

  /// The span of a text's n-th occurrence on a line of a file.
  private func span(_ sources: SourceMap, _ line: Int, _ text: String) -> Span {
    let file = sources[FileID(0)]
    let range = file.lineRange(line)
    let wanted = Array(text.unicodeScalars)
    let start = range.first { file.scalars[$0...].starts(with: wanted) } ?? range.lowerBound
    return Span(file: file.id, start: start, end: start + wanted.count)
  }

  private func sources(_ text: String, path: String = "a.yaml") -> SourceMap {
    var sources = SourceMap()
    _ = sources.add(path: path, text: text)
    return sources
  }

  @Test("the pointer to a page names the first error, and no warning") func pointer() {
    let sources = sources("ab\n")
    let (a, b) = (span(sources, 1, "a"), span(sources, 1, "b"))
    var found = Diagnostics()
    found.add(Diagnostic(DiagnosticCode("NNC0402", "no-validation-split"), .warning, "nothing is held out", at: a))
    #expect(FullRenderer.pointer(to: found) == nil)
    found.add(Diagnostic(code, "prediction and target differ in size", at: b))
    #expect(FullRenderer.pointer(to: found) == "for more on an error, try `nnc explain NNC0310`")
  }

  @Test("a diagnostic is laid out as the language page shows") func languagePage() {
    let up = "      - transposed_conv: {filters: 256, kernel: 3, stride: 2, padding: 1, activation: relu}"
    let up2 = "      - transposed_conv: {filters: 128, kernel: 3, stride: 2, padding: 1, activation: relu}"
    let text =
      String(repeating: "#\n", count: 15) + up + "\n" + up2 + "\n#\n"
      + "loss: {mse: {prediction: autoencoder, target: frames}}\n"
    let sources = sources(text, path: "fakeapp-as-published.yaml")
    let diagnostic = Diagnostic(
      code, "prediction and target differ in size", at: span(sources, 19, "mse"),
      labels: [
        Label("[125, 125, 3]", at: span(sources, 19, "autoencoder")),
        Label("[256, 256, 3]", at: span(sources, 19, "frames")),
      ],
      notes: [
        Note(
          "`autoencoder` halves 256 three times and doubles 32 only twice",
          labels: [
            Label("32 -> 63: (32 - 1) * 2 - 2 * 1 + 2 + 1", at: span(sources, 16, "transposed_conv")),
            Label("63 -> 125", at: span(sources, 17, "transposed_conv")),
          ])
      ],
      help: [
        "`padding: same` (or `output_padding: 1`) on both gives exactly twice the size: 32 -> 64 -> 128",
        "one more `transposed_conv` with stride 2 then reaches 256",
      ])
    let expected = """
      error[NNC0310]: prediction and target differ in size
        --> fakeapp-as-published.yaml:19:8
         |
      19 | loss: {mse: {prediction: autoencoder, target: frames}}
         |        ^^^               -----------          ------ [256, 256, 3]
         |                          [125, 125, 3]
         |
      note: `autoencoder` halves 256 three times and doubles 32 only twice
        --> fakeapp-as-published.yaml:16:9
         |
      16 |       - transposed_conv: {filters: 256, kernel: 3, stride: 2, padding: 1, activation: relu}
         |         --------------- 32 -> 63: (32 - 1) * 2 - 2 * 1 + 2 + 1
      17 |       - transposed_conv: {filters: 128, kernel: 3, stride: 2, padding: 1, activation: relu}
         |         --------------- 63 -> 125
      help: `padding: same` (or `output_padding: 1`) on both gives exactly twice the size: 32 -> 64 -> 128
      help: one more `transposed_conv` with stride 2 then reaches 256

      """
    #expect(FullRenderer(sources: sources).render(diagnostic) == expected)
    var diagnostics = Diagnostics()
    diagnostics.add(diagnostic)
    diagnostics.add(diagnostic)
    #expect(FullRenderer.summary(path: "a.yaml", of: diagnostics) == "a.yaml: 1 error")
    #expect(
      ConciseRenderer(sources: sources).render(diagnostics)
        == "fakeapp-as-published.yaml:19:8: error[NNC0310]: prediction and target differ in size\n")
  }

  @Test("labels that would collide stand beneath each other, joined to their underlines") func collisions() {
    let sources = sources("aa bb cc dd")
    let diagnostic = Diagnostic(
      code, "m", at: span(sources, 1, "aa"), label: "the first",
      labels: [
        Label("the second", at: span(sources, 1, "bb")), Label("3", at: span(sources, 1, "cc")),
        Label("the last", at: span(sources, 1, "dd")),
      ])
    let rows = FullRenderer(sources: sources).render(diagnostic).split(separator: "\n").dropFirst(4).map(String.init)
    #expect(
      rows == [
        "  | ^^ -- -- -- the last",
        "  | |  |  3",
        "  | |  the second",
        "  | the first",
      ])
  }

  @Test("tabs take four columns, wide characters two, combining ones none") func widths() {
    for (line, column) in [("\tx", 4), ("漢字x", 4), ("e\u{301}x", 1), ("😀x", 2), ("\u{202E}x", 1)] {
      let sources = sources(line)
      let rows = FullRenderer(sources: sources).render(Diagnostic(code, "m", at: span(sources, 1, "x")))
        .split(separator: "\n").map(String.init)
      #expect(rows.last == "  | " + String(repeating: " ", count: column) + "^")
    }
  }

  @Test("a long line is cut to a window around what is underlined") func longLines() {
    let sources = sources(String(repeating: "a ", count: 5_000) + "here" + String(repeating: " b", count: 5_000))
    let text = FullRenderer(sources: sources).render(Diagnostic(code, "m", at: span(sources, 1, "here"), label: "l"))
    let rows = text.split(separator: "\n").map(String.init)
    #expect(rows.allSatisfy { $0.count <= 170 })
    let quoted = rows.first { $0.contains("here") } ?? ""
    let carets = rows.last ?? ""
    let caretColumn = carets.firstIndex(of: "^").map { carets.distance(from: carets.startIndex, to: $0) }
    let wordColumn = quoted.range(of: "here").map { quoted.distance(from: quoted.startIndex, to: $0.lowerBound) }
    #expect(caretColumn == wordColumn && carets.hasSuffix("^^^^ l"))
  }

  @Test("lines far apart are separated by dots, a single line between is shown") func gaps() {
    let sources = sources("one\ntwo\nthree\nfour\nfive\nsix")
    let diagnostic = Diagnostic(
      code, "m", at: span(sources, 3, "three"),
      labels: [Label("", at: span(sources, 1, "one")), Label("", at: span(sources, 6, "six"))])
    let text = FullRenderer(sources: sources).render(diagnostic)
    #expect(text.contains("2 | two\n3 | three\n"))
    #expect(text.contains("...\n6 | six\n"))
  }

  @Test("colour is used on request only") func colour() {
    let sources = sources("abc")
    let diagnostic = Diagnostic(code, "m", at: span(sources, 1, "b"), help: ["h"])
    #expect(!FullRenderer(sources: sources).render(diagnostic).contains("\u{1B}"))
    #expect(
      FullRenderer(sources: sources, color: true).render(diagnostic).contains("\u{1B}[1;31merror[NNC0310]\u{1B}[0m"))
  }

  @Test("diagnostics come in the order of their places, each once") func order() {
    let sources = sources("a\nb\nc")
    var diagnostics = Diagnostics()
    for text in ["c", "a", "c", "b", "a"] {
      diagnostics.add(Diagnostic(code, text, at: span(sources, text == "a" ? 1 : text == "b" ? 2 : 3, text)))
    }
    #expect(diagnostics.sorted.map(\.message) == ["a", "b", "c"])
  }

  @Test("JSON has the keys of the language page and escapes what it must") func json() {
    let sources = sources("é \"x\"\ny")
    var diagnostics = Diagnostics()
    diagnostics.add(
      Diagnostic(
        code, "a \"b\"\\\n\u{1}", at: span(sources, 1, "\"x\""), labels: [Label("l", at: span(sources, 2, "y"))],
        help: ["h"], fix: Fix("f", edits: [Fix.Edit(span(sources, 2, "y"), with: "z")])))
    let y = #"{"line": 2, "column": 1, "end_line": 2, "end_column": 2}"#
    let expected =
      #"[{"code": "NNC0310", "severity": "error", "message": "a \"b\"\\\n\u0001", "span": "#
      + #"{"line": 1, "column": 3, "end_line": 1, "end_column": 6}, "labels": [{"message": "l", "span": "# + y
      + #"}], "notes": [], "help": ["h"], "fix": {"message": "f", "edits": [{"span": "# + y
      + #", "replacement": "z"}]}}]"#
    #expect(JSONRenderer(sources: sources).json(diagnostics).text == expected)
  }
}
