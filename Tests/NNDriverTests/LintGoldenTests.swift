import Foundation
import NNDiagnostics
import NNDriver
import NNLayers
import Testing

/// Each `Golden/lints/x.yaml` is answered as `x.txt` says, at the places that its last lines mark; `x-near.yaml` is close
/// to what the lint is about, and gives nothing. Tables of layers are left to other golden files.
@Suite struct LintGoldenTests {
  static let folder = Place.golden.appendingPathComponent("lints")
  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

  @Test(
    "a spec with something hardly meant is answered as its golden file says, at the marked places", arguments: names)
  func answerOfGolden(name: String) throws {
    let file = LintGoldenTests.folder.appendingPathComponent("\(name).yaml")
    let checked = CheckedSpec.load(path: file.path, kernels: try portableKernels(), threads: 2)
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(places(checked) == LintGoldenTests.marks(text), "places of the diagnostics")
    if name.hasSuffix("-near") {
      #expect(checked.diagnostics.isEmpty)
      return
    }
    let answer = FullRenderer(sources: checked.sources).render(checked.diagnostics)
      .replacingOccurrences(of: LintGoldenTests.folder.path + "/", with: "")
    #expect(try answer == golden(LintGoldenTests.folder.appendingPathComponent("\(name).txt"), blessing: answer))
  }

  @Test(
    "every lint has two golden specs that it warns about, and one close to them",
    arguments: LintRegistry.all.map(\.code))
  func everyLint(code: DiagnosticCode) throws {
    let found = try LintGoldenTests.names.filter { name in
      let file = LintGoldenTests.folder.appendingPathComponent("\(name).yaml")
      return LintGoldenTests.marks(try String(contentsOf: file, encoding: .utf8)).contains { $0.hasPrefix(code.code) }
    }
    #expect(found.count >= 2, "\(code.slug): \(found)")
    #expect(
      LintGoldenTests.names.contains { $0.hasSuffix("-near") && code.slug.hasPrefix($0.dropLast(5)) }, "\(code.slug)")
  }

  @Test("every code of `allow` has a golden spec")
  func allowCodes() throws {
    let marked = try LintGoldenTests.names.flatMap {
      LintGoldenTests.marks(
        try String(contentsOf: LintGoldenTests.folder.appendingPathComponent("\($0).yaml"), encoding: .utf8))
    }
    for code in ["NNC0600", "NNC0699"] { #expect(marked.contains { $0.hasPrefix(code) }, "\(code)") }
  }

  private static func marks(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("# expect: ") }.map { String($0.dropFirst(10)) }
  }
}
