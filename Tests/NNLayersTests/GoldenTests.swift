import Foundation
import NNDiagnostics
import NNLayers
import NNSpec
import NNTensor
import Testing

/// Each `Golden/x.yaml` is answered as `Golden/x.txt` says, its data taken as declared; its last lines,
/// `# expect: NNC0201 5:12-5:19`, repeat the places of all diagnostics, so that a blind `NNC_BLESS=1` is caught.
@Suite struct StructureGoldenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

  @Test func `there are golden specs`() { #expect(StructureGoldenTests.names.count >= 40) }

  @Test(arguments: names)
  func `an invalid spec is answered as its golden file says, at the marked places`(name: String) throws {
    let yaml = StructureGoldenTests.folder.appendingPathComponent("\(name).yaml")
    let checked = Checked(path: yaml.path)
    let answer =
      (FullRenderer(sources: checked.sources).render(checked.diagnostics)
      + FullRenderer.summary(path: yaml.path, of: checked.diagnostics) + "\n")
      .replacing(StructureGoldenTests.folder.path + "/", with: "")
    let golden = StructureGoldenTests.folder.appendingPathComponent("\(name).txt")
    if ProcessInfo.processInfo.environment["NNC_BLESS"] == "1" {
      try answer.write(to: golden, atomically: true, encoding: .utf8)
    }
    #expect(answer == (try? String(contentsOf: golden, encoding: .utf8)))
    let places = checked.places
    let expected = marks(try String(contentsOf: yaml, encoding: .utf8))
    #expect(places == expected, "places of the diagnostics")
    #expect(checked.diagnostics.hasErrors)
  }

  private func marks(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("# expect: ") }.map { String($0.dropFirst(10)) }
  }
}
