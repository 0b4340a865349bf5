import Foundation
import NNDiagnostics
import NNSpec
import Testing

/// Each `Golden/x.yaml` is answered as `Golden/x.txt` says; its last lines, `# expect: NNC0201 5:12-5:19`, repeat the
/// places of all diagnostics, so that a blind `NNC_BLESS=1` is caught.
@Suite struct GoldenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

  @Test("there are golden specs") func goldenSpecsExist() {
    #expect(GoldenTests.names.count >= 20)
  }

  @Test("an invalid spec is answered as its golden file says, at the marked places", arguments: names)
  func answer(name: String) throws {
    let yaml = GoldenTests.folder.appendingPathComponent("\(name).yaml")
    let text = try String(contentsOf: yaml, encoding: .utf8)
    let reading = SampleKinds.decode(SpecReader.read(text: text, path: "\(name).yaml")).reading
    let answer =
      FullRenderer(sources: reading.sources).render(reading.diagnostics)
      + FullRenderer.summary(path: "\(name).yaml", of: reading.diagnostics) + "\n"
    let golden = GoldenTests.folder.appendingPathComponent("\(name).txt")
    if ProcessInfo.processInfo.environment["NNC_BLESS"] == "1" {
      try answer.write(to: golden, atomically: true, encoding: .utf8)
    }
    #expect(answer == (try? String(contentsOf: golden, encoding: .utf8)))
    #expect(places(reading) == marks(text), "places of the diagnostics")
  }

  private func places(_ reading: SpecReading) -> [String] {
    reading.diagnostics.sorted.map { diagnostic in
      let file = reading.sources[diagnostic.span.file]
      let (start, end) = (file.position(of: diagnostic.span.start), file.position(of: diagnostic.span.end))
      return "\(diagnostic.code.code) \(start.line):\(start.column)-\(end.line):\(end.column)"
    }
  }

  private func marks(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("# expect: ") }.map { String($0.dropFirst(10)) }
  }
}
