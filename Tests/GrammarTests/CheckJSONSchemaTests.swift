import Foundation
import NNLayers
import NNText
import Testing

@testable import NNSpec

/// The validator of these tests gives the verdicts of `check-jsonschema` (PyPI), which editors' and CI's readers agree
/// with. `make test` installs it; without it these tests are skipped.
@Suite struct CheckJSONSchemaTests {
  static let program = Place.project.appendingPathComponent(".build/tools/bin/check-jsonschema")
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program.path) }

  @Test(
    "check-jsonschema accepts and refuses the same specs",
    .enabled(if: CheckJSONSchemaTests.isInstalled, "check-jsonschema is not installed: `make tools`"))
  func sameVerdicts() throws {
    let files = (Place.files("Specs") + SchemaAgreementTests.invalidFiles).filter { file in
      (try? String(contentsOf: file, encoding: .utf8)).flatMap { tree($0) } != nil
    }
    let report = try verdicts(on: files)
    let unreadable = Set(report.unreadable)
    let refused = Set(report.refused)
    let validator = try SchemaAgreementTests.validator()
    var compared = 0
    for file in files where !unreadable.contains(file.path) {
      let text = try String(contentsOf: file, encoding: .utf8)
      let isRefused = try validator.problem(Instance(try #require(tree(text)))) != nil
      #expect(refused.contains(file.path) == isRefused, "\(file.path)")
      compared += 1
    }
    #expect(compared >= 300)
  }

  private func verdicts(on files: [URL]) throws -> (refused: [String], unreadable: [String]) {
    let schema = Place.grammar.appendingPathComponent("spec.schema.json").path
    let process = Process()
    process.executableURL = CheckJSONSchemaTests.program
    process.arguments = ["--schemafile", schema, "-o", "json"] + files.map(\.path)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let report = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    func names(_ key: String) -> [String] {
      (report[key] as? [[String: Any]] ?? []).compactMap { $0["filename"] as? String }
    }
    return (names("errors"), names("parse_errors"))
  }
}
