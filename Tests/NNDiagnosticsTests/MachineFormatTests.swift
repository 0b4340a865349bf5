import Foundation
import Testing

@testable import NNDiagnostics

/// SARIF, GitHub's workflow commands, and what they are made of.
@Suite struct MachineFormatTests {
  private let code = DiagnosticCode("NNC0201", "unknown-key")
  private let folder = "/home/me/project"

  private func sources(_ text: String?, path: String = "specs/a.yaml") -> SourceMap {
    var sources = SourceMap()
    _ = sources.add(path: path, text: text)
    return sources
  }

  private func span(_ start: Int, _ end: Int, file: Int = 0) -> Span {
    Span(file: FileID(file), start: start, end: end)
  }

  private func diagnostics(_ list: Diagnostic...) -> Diagnostics {
    var diagnostics = Diagnostics()
    for diagnostic in list { diagnostics.add(diagnostic) }
    return diagnostics
  }

  private func results(_ diagnostics: Diagnostics, _ sources: SourceMap) throws -> [[String: Any]] {
    var log = SarifLog(version: "1", folder: folder)
    log.add(diagnostics, of: sources)
    let json = try JSONSerialization.jsonObject(with: Data(log.json.text.utf8)) as? [String: Any]
    let run = try #require((json?["runs"] as? [[String: Any]])?.first)
    return try #require(run["results"] as? [[String: Any]])
  }

  private func region(_ result: [String: Any]) -> [String: Int]? {
    let location = (result["locations"] as? [[String: Any]])?.first
    return (location?["physicalLocation"] as? [String: Any])?["region"] as? [String: Int]
  }

  private func fingerprints(_ text: String, _ words: [String]) throws -> [String] {
    let sources = sources(text)
    var diagnostics = Diagnostics()
    for word in words {
      var rest = text.startIndex..<text.endIndex
      while let found = text.range(of: word, range: rest) {
        let start = text.unicodeScalars.distance(from: text.startIndex, to: found.lowerBound)
        diagnostics.add(Diagnostic(code, "m", at: span(start, start + word.count)))
        rest = found.upperBound..<text.endIndex
      }
    }
    return try results(diagnostics, sources).map {
      try #require(($0["partialFingerprints"] as? [String: String])?["nncLine/v1"])
    }
  }

  @Test(
    "paths are relative to the folder, without dots, and never absolute",
    arguments: [
      ("a.yaml", "a.yaml"), ("./specs//a.yaml", "specs/a.yaml"), ("specs/../a.yaml", "a.yaml"), ("-", "stdin.yaml"),
      ("/home/me/project/specs/a.yaml", "specs/a.yaml"), ("/home/me/other/a.yaml", "../other/a.yaml"),
      ("../project/a.yaml", "a.yaml"), ("../../../../a.yaml", "../../../a.yaml"), ("/a.yaml", "../../../a.yaml"),
      ("/home/me/projects/a.yaml", "../projects/a.yaml"), ("", "."),
    ])
  func paths(path: String, expected: String) { #expect(RelativePath(path, from: folder).text == expected) }

  @Test(
    "a root that the folder is in counts, another does not",
    arguments: [
      ("/home/me", "project/specs/a.yaml"), ("/home/me/project", "specs/a.yaml"), ("/home/me/pro", "specs/a.yaml"),
      ("/home/me/project/specs", "specs/a.yaml"), ("", "home/me/project/specs/a.yaml"),
    ])
  func roots(root: String, expected: String) {
    #expect(RelativePath("specs/a.yaml", from: folder, root: root).text == expected)
  }

  @Test("a folder that is the root or unknown makes no path absolute", arguments: ["/", ""])
  func root(folder: String) {
    #expect(RelativePath("/tmp/a.yaml", from: folder).text == "tmp/a.yaml")
    #expect(RelativePath("a.yaml", from: folder).text == "a.yaml")
  }

  @Test(
    "URIs encode what is no plain character",
    arguments: [
      ("my specs/a b.yaml", "my%20specs/a%20b.yaml"), ("c:\\d.yaml", "c%3A%5Cd.yaml"),
      ("größe/漢.yaml", "gr%C3%B6%C3%9Fe/%E6%BC%A2.yaml"), ("50%#?.yaml", "50%25%23%3F.yaml"), ("a-_~.yml", "a-_~.yml"),
      ("\u{1}", "%01"),
    ])
  func uris(path: String, expected: String) { #expect(RelativePath(path, from: folder).uri == expected) }

  @Test("what GitHub would take for the end of a value is escaped") func escaping() {
    #expect(GitHubRenderer.escapedData("50% a:b,c\r\nd") == "50%25 a:b,c%0D%0Ad")
    #expect(GitHubRenderer.escapedProperty("50% a:b,c\r\nd") == "50%25 a%3Ab%2Cc%0D%0Ad")
    #expect(GitHubRenderer.escapedData("%0A") == "%250A")
    let sources = sources("ab", path: "x,y:1%/a\n::error::b.yaml")
    let text = GitHubRenderer(folder: folder).render(
      diagnostics(Diagnostic(code, "m\n::warning::n", at: span(0, 1))), of: sources)
    #expect(
      text == "::error file=x%2Cy%3A1%25/a%0A%3A%3Aerror%3A%3Ab.yaml,line=1,endLine=1,col=1,endColumn=2,title=NNC0201::"
        + "m%0A::warning::n\n")
  }

  @Test("GitHub's columns are left out where the place is more than a line, and the lines where there is no text")
  func columns() {
    let renderer = GitHubRenderer(folder: folder)
    let long = renderer.render(
      diagnostics(Diagnostic(code, .warning, "m", at: span(1, 5), label: "l", notes: [Note("n")], help: ["h"])),
      of: sources("é: 1\nb: 2\n"))
    #expect(long == "::warning file=specs/a.yaml,line=1,endLine=2,title=NNC0201::m%0Al%0Anote: n%0Ahelp: h\n")
    let missing = renderer.render(diagnostics(Diagnostic(code, .note, "m", at: span(0, 0))), of: sources(nil))
    #expect(missing == "::notice file=specs/a.yaml,title=NNC0201::m\n")
  }

  @Test("a report is quoted so that its lines are no commands") func quoting() {
    #expect(GitHubRenderer.quoting("a\n::error::b", token: "t0k") == "::stop-commands::t0k\na\n::error::b\n::t0k::\n")
    #expect(GitHubRenderer.quoting("a\n", token: "t") == "::stop-commands::t\na\n::t::\n")
    #expect(GitHubRenderer.quoting("", token: "t") == "::stop-commands::t\n::t::\n")
  }

  @Test("SARIF's columns count code points, and its lines CRLF and CR") func regions() throws {
    let text = "a: 1\r\n\"e\u{301}😀漢\": x\rb: y\n"
    let offsets = Array(text.unicodeScalars)
    let x = try #require(offsets.firstIndex(of: "x"))
    let y = try #require(offsets.firstIndex(of: "y"))
    let found = try results(
      diagnostics(
        Diagnostic(code, "m", at: span(x, x + 1)), Diagnostic(code, "m", at: span(y, y)),
        Diagnostic(code, "m", at: span(x, y))), sources(text))
    #expect(
      found.map(region) == [
        ["startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 10],
        ["startLine": 2, "startColumn": 9, "endLine": 3, "endColumn": 4],
        ["startLine": 3, "startColumn": 4, "endLine": 3, "endColumn": 4],
      ])
  }

  @Test("a file without text has a location without a region, and so has a value from the command line")
  func noText() throws {
    var sources = sources(nil)
    _ = sources.add(path: "--set vars.width", text: "[")
    let found = try results(
      diagnostics(
        Diagnostic(code, "m", at: span(0, 0)),
        Diagnostic(
          code, "m", at: span(0, 1, file: 1), fix: Fix("f", edits: [Fix.Edit(span(0, 1, file: 1), with: "3")]))),
      sources)
    #expect(found.count == 2)
    for result in found {
      let location = try #require((result["locations"] as? [[String: [String: Any]]])?.first?["physicalLocation"])
      #expect(location["region"] == nil)
      #expect((location["artifactLocation"] as? [String: String])?["uri"] == "specs/a.yaml")
      #expect(result["fixes"] == nil)
    }
  }

  @Test("only digits in braces are placeholders, whose braces SARIF doubles") func placeholders() {
    for (text, expected) in [
      ("{filters: 3}", "{filters: 3}"), ("a {0} b{12}", "a {{0}} b{{12}}"), ("{", "{"), ("{1", "{1"),
      ("{{1}", "{{{1}}"),
      ("{}", "{}"), ("é{3}漢", "é{{3}}漢"),
    ] { #expect(SarifResult.withoutPlaceholders(text) == expected) }
  }

  @Test("fingerprints stay when lines move or are indented, and differ between lines, codes and repeats")
  func stableFingerprints() throws {
    let before = try fingerprints("one: bad\ntwo: bad\none: bad\n", ["bad"])
    let after = try fingerprints("# new\n\n  one: bad\nthree: 1\r\n\ttwo: bad \none: bad\n", ["bad"])
    #expect(before == after)
    #expect(Set(before).count == 3)
    #expect(before[0].hasSuffix(":1") && before[2].hasSuffix(":2") && before[0].dropLast(2) == before[2].dropLast(2))
    let other = Diagnostic(DiagnosticCode("NNC0202", "other"), "m", at: span(5, 8))
    let name = try #require(
      results(diagnostics(other), sources("one: bad\n"))[0]["partialFingerprints"] as? [String: String])
    #expect(name["nncLine/v1"].map { !before.contains($0) } == true)
  }
}
