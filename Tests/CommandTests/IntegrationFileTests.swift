import Foundation
import Testing

/// The files by which other projects' CI runs `nnc check`.
@Suite struct IntegrationFileTests {
  private static let project = Command.specs.deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: IntegrationFileTests.project.appendingPathComponent(path), encoding: .utf8)
  }

  /// The rest of the line that begins with `key`.
  private func value(_ key: String, in text: String) throws -> String {
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    let line = try #require(lines.first { $0.hasPrefix(key + ": ") })
    return String(line.dropFirst(key.count + 2))
  }

  private func folder() throws -> Folder {
    let folder = Folder()
    try folder.write("nnc: 1\n", to: "bad.yaml")
    try folder.write(
      "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [output: {channels: 3}]}\n", to: "good one.yaml")
    return folder
  }

  private func matches(_ name: String, _ pattern: String) -> Bool {
    name.range(of: pattern, options: .regularExpression) != nil
  }

  @Test("the pre-commit hook takes YAML files that are not hidden, and fails where one is wrong") func hook() throws {
    let hook = try text(".pre-commit-hooks.yaml")
    let (files, excluded) = (try value("files", in: hook), try value("exclude", in: hook))
    for name in ["a.yaml", "specs/b.yml", "a.b/c.yaml"] { #expect(matches(name, files) && !matches(name, excluded)) }
    for name in ["a.yaml.txt", "yaml"] { #expect(!matches(name, files)) }
    for name in [".pre-commit-config.yaml", ".github/workflows/ci.yml"] { #expect(matches(name, excluded)) }
    let entry = try value("entry", in: hook)
    #expect(entry.hasPrefix("nnc "))
    let folder = try folder()
    defer { folder.remove() }
    for (names, status) in [("'good one.yaml'", 0), ("'good one.yaml' bad.yaml", 1)] as [(String, Int32)] {
      #expect(try Command.shell("$NNC \(entry.dropFirst(4)) \(names)", in: folder).status == status)
    }
  }

  @Test("the GitHub action checks each path it is given, at its fail level") func action() throws {
    let action = try text(".github/actions/check/action.yml")
    let block = try #require(action.range(of: "run: |\n", options: .backwards))
    let script = action[block.upperBound...].split(separator: "\n").map { $0.dropFirst(8) }.joined(separator: "\n")
    #expect(!script.contains("${{"))
    let folder = try folder()
    defer { folder.remove() }
    try folder.write(script, to: "script.sh")
    for (paths, level, status) in [
      ("good one.yaml\n", "error", 0), ("good one.yaml\n\nbad.yaml\n", "error", 1), ("bad.yaml", "never", 0),
      (".", "error", 1), ("$(touch injected)", "error", 1), ("good one.yaml", "x", 2),
    ] as [(String, String, Int32)] {
      let answer = try Command.shell(
        "PATH=\"$(dirname \"$NNC\"):$PATH\" bash --noprofile --norc -eo pipefail script.sh", in: folder,
        environment: ["CHECK_PATH": paths, "CHECK_FAIL_LEVEL": level])
      #expect(answer.status == status, "\(paths): \(answer)")
    }
    #expect(!folder.exists("injected"))
  }
}
