import Foundation
import NNDiagnostics
import NNDriver
import NNLayers
import NNSpec
import Testing

/// The golden specs of all modules together.
@Suite struct GoldenCountTests {
  /// Specs in `Golden` folders, by path.
  static let specs: [URL] = [
    "NNSpecTests/Golden", "NNLayersTests/Golden", "NNDriverTests/Golden", "NNDriverTests/Golden/mistakes",
    "NNDriverTests/Golden/lints",
  ].flatMap { Place.files("Tests/\($0)") }

  /// A second example, after its page's, of each code for which a golden spec would need what a repository should not
  /// hold, a link to nowhere or a very long file, or a command line.
  static let elsewhere: [(code: String, example: SpecExample)] = [
    (
      "NNC0003",
      SpecExample(
        "nnc: 1\ninclude: {a: a.yaml}\nnetwork: {input: [3], layers: [flatten]}",
        files: [.init("a.yaml", .link("b.yaml")), .init("b.yaml", .link("a.yaml"))])
    ),
    (
      "NNC0004",
      SpecExample(
        "nnc: 1\ninclude: {a: a.yaml}\nnetwork: {input: [3], layers: [flatten]}",
        files: [.init("a.yaml", .repeated("nnc: 1", 1_300_000))])
    ),
    ("NNC0230", SpecExample("nnc: 1\nnetwork: {input: [3], layers: [flatten]}", overrides: ["expect.memory= "])),
  ]

  @Test(arguments: elsewhere)
  func `a code without golden specs has an example beside its page's`(code: String, example: SpecExample) throws {
    #expect(try answers(to: example).map(\.code.code) == [code])
  }

  @Test func `there are at least 300 golden specs with mistakes`() {
    #expect(GoldenCountTests.specs.count >= 300)
  }

  @Test func `every code is marked in at least two golden specs, its page's example counted as none`() throws {
    var count: [String: Int] = [:]
    for spec in GoldenCountTests.specs {
      let text = String(decoding: try Data(contentsOf: spec), as: UTF8.self)
      let marked = text.matches(of: #/# expect: (NNC[0-9]{4}) /#).map { String($0.1) }
      for code in Set(marked) { count[code, default: 0] += 1 }
    }
    let excused = GoldenCountTests.elsewhere.map(\.code) + DiagnosticPageTests.unproven
    for page in DiagnosticPages.all.pages where !excused.contains(page.code.code) {
      let found = count[page.code.code, default: 0]
      #expect(found >= 2, "\(page.code.code) \(page.code.slug) is marked in \(found) golden specs")
    }
  }

  @Test(arguments: specs)
  func `every diagnostic of a golden spec has a place in a text`(spec: URL) throws {
    let checked = try check(spec)
    for diagnostic in checked.diagnostics.sorted {
      for span in [diagnostic.span] + diagnostic.labels.map(\.span) + diagnostic.notes.compactMap(\.span) {
        let file = checked.sources[span.file]
        let isRead = file.hasText || diagnostic.code.slug == "invalid-utf8" || diagnostic.code.slug.hasPrefix("file-")
        #expect(isRead && span.end <= file.scalars.count, "\(diagnostic.message)")
        let isPoint =
          span.count == 0 && !["file-empty", "invalid-utf8", "expression-syntax"].contains(diagnostic.code.slug)
        #expect(!isPoint, "\(diagnostic.code.code) \(diagnostic.message) underlines nothing")
      }
    }
  }
}
