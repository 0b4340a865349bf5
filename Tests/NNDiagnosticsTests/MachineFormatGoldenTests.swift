import Foundation
import NNDiagnostics
import Testing

/// SARIF and GitHub's workflow commands of whole reports, against golden files.
@Suite struct MachineFormatGoldenTests {
  /// Files with all that diagnostics are made of.
  private struct Example {
    var sources = SourceMap()
    var diagnostics = Diagnostics()

    /// The `number`-th place where a file says `word`.
    func span(_ word: String, _ number: Int = 1, file: Int = 0) -> Span {
      let scalars = sources[FileID(file)].scalars
      let wanted = Array(word.unicodeScalars)
      let starts = scalars.indices.filter { scalars[$0...].starts(with: wanted) }
      let start = starts.count < number ? 0 : starts[number - 1]
      return Span(file: FileID(file), start: start, end: start + wanted.count)
    }

    /// Diagnostics of every severity in two files, with labels, notes, help and fixes, behind text that is not ASCII.
    static var network: Example {
      var example = Example()
      _ = example.sources.add(
        path: "/repo/my specs/größe.yaml",
        text: """
          nnc: 1
          vars: {"größe": 8, "漢字😀": 3, x: 4}
          network:
            - conv: {filtres: 8}
            - conv: {filtres: 8}
            - include: ./part.yaml
          loss: {mse: {prediction: model, target: photos}}

          """)
      _ = example.sources.add(path: "my specs/part.yaml", text: "- conv: {padding: 1}\n- output: {channels: 3}\n")
      for number in 1...2 {
        let key = example.span("filtres", number)
        example.diagnostics.add(
          Diagnostic(
            DiagnosticCode("NNC0201", "unknown-key"), "unknown key `filtres` in `conv`", at: key,
            label: "did you mean `filters`?", help: ["`conv` takes `filters`", "{0} is a placeholder, {f: 1} is none"],
            fix: Fix("rename the key", edits: [Fix.Edit(key, with: "filters")])))
      }
      example.addSizes()
      let x = example.span("x")
      example.diagnostics.add(
        Diagnostic(
          DiagnosticCode("NNC0602", "unused-variable"), .warning, "nothing uses `x`", at: x,
          notes: [Note("100% of it, for instance")],
          fix: Fix("remove it", edits: [Fix.Edit(example.span(", x: 4"), with: "")])))
      return example
    }

    private mutating func addSizes() {
      let padding = span("padding", file: 1)
      let end = Span(file: FileID(1), start: span("channels: 3}", file: 1).end, end: span("channels: 3}", file: 1).end)
      diagnostics.add(
        Diagnostic(
          DiagnosticCode("NNC0310", "prediction-target-mismatch"), "prediction and target differ in size",
          at: span("mse"), labels: [Label("[6, 6, 3]", at: span("model")), Label("[8, 8, 3]", at: span("photos"))],
          notes: [Note("`model` loses two pixels", labels: [Label("8 -> 6", at: padding)]), Note("8 - 2 = 6")],
          fix: Fix(
            "pad",
            edits: [
              Fix.Edit(padding, with: "padding: same #"), Fix.Edit(span("mse"), with: "mae"),
              Fix.Edit(end, with: "\n- pad: 1"),
            ])))
      diagnostics.add(
        Diagnostic(
          DiagnosticCode("NNC0603", "to-know"), .note, "this spans lines",
          at: span("conv: {padding: 1}\n- output", file: 1)))
    }

    /// CRLF and CR, a value of the command line, and a file that is not there.
    static var others: [Example] {
      var lines = Example()
      _ = lines.sources.add(path: "-", text: "a: 1\r\n\"é\": bad, b: bad\r\nc: bad\rd: bad")
      _ = lines.sources.add(path: "--set vars.width", text: "[")
      let code = DiagnosticCode("NNC0115", "not-a-number")
      for number in 1...4 {
        lines.diagnostics.add(Diagnostic(code, "`bad` is no number", at: lines.span("bad", number)))
      }
      lines.diagnostics.add(Diagnostic(code, "`--set vars.width`: `[` is no number", at: lines.span("[", file: 1)))
      var missing = Example()
      let file = missing.sources.add(path: "../elsewhere/a,b:c.yaml", text: nil)
      missing.diagnostics.add(
        Diagnostic(
          DiagnosticCode("NNC0001", "file-missing"), "there is no file\n::error::here",
          at: Span(file: file, start: 0, end: 0)))
      return [lines, missing]
    }
  }

  private func expectGolden(_ name: String, _ answer: String) throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name)")
    if ProcessInfo.processInfo.environment["NNC_BLESS"] == "1" {
      try answer.write(to: url, atomically: true, encoding: .utf8)
    }
    #expect(try answer == String(contentsOf: url, encoding: .utf8))
  }

  @Test("a SARIF log of several files is well-formed and says all that the diagnostics say") func sarif() throws {
    var log = SarifLog(version: "1.2.3", folder: "/repo")
    for example in [Example.network] + Example.others { log.add(example.diagnostics, of: example.sources) }
    let object = try JSONSerialization.jsonObject(with: Data(log.json.text.utf8))
    let pretty = try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    let text = String(decoding: pretty, as: UTF8.self) + "\n"
    #expect(!text.contains("/repo"))
    try expectGolden("several.sarif", text)
  }

  @Test("an unreadable file makes a run unsuccessful, and nothing to say makes an empty list") func emptyLog() throws {
    for isUnreadable in [false, true] {
      var log = SarifLog(version: "1.2.3", folder: "/repo")
      log.add(Diagnostics(), of: SourceMap(), isUnreadable: isUnreadable)
      #expect(log.json.text.contains(#""executionSuccessful": \#(!isUnreadable)"#))
      #expect(log.json.text.contains(#""results": []"#))
    }
  }

  @Test("GitHub's commands are one line each, with the places in order") func github() throws {
    let renderer = GitHubRenderer(folder: "/repo")
    let text = ([Example.network] + Example.others).map { renderer.render($0.diagnostics, of: $0.sources) }.joined()
    #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("::") })
    try expectGolden("several.github.txt", text)
  }
}
