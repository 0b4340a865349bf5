import Foundation
import Testing

/// `nnc check` as CI uses it: SARIF, GitHub's workflow commands, fail levels, several files.
@Suite struct CheckFormatTests {
  private static let mistaken = """
    nnc: 1
    network:
      input: [8, 8, 3]
      layers: ["é😀": {}, conv: {filtres: 4}, output: {channels: 0}]

    """
  private static let fine =
    "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 4, activation: relu}, output: {channels: 3}]}\n"

  /// `bad.yaml` with three errors, `good.yaml`, and `spec.yaml`, which has a warning: a metric without a validation split.
  private func folder() throws -> Folder {
    let folder = try Folder.withTinySpec(
      Folder.tinySpec.replacingOccurrences(of: ", validation: {images: photos}", with: ""))
    try folder.write(CheckFormatTests.mistaken, to: "bad.yaml")
    try folder.write(CheckFormatTests.fine, to: "good.yaml")
    return folder
  }

  private func run(_ text: String) throws -> [String: Any] {
    let log = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(SarifSchema.problems(log).isEmpty)
    let runs = try #require(log["runs"] as? [[String: Any]])
    #expect(runs.count == 1)
    return try #require(runs.first)
  }

  /// The severities of all diagnostics, as `--format json` gives them.
  private func severities(_ folder: Folder) throws -> [String] {
    let answer = try Command.nnc("check", "--format", "json", "bad.yaml", "good.yaml", "spec.yaml", in: folder)
    let object = try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any]
    let files = try #require(object?["files"] as? [[String: Any]])
    return files.flatMap { $0["diagnostics"] as? [[String: Any]] ?? [] }.compactMap { $0["severity"] as? String }
  }

  /// What the standard demands beyond the schema, and the readers of the log: relative URIs, rules that are there,
  /// regions that do not end before they begin.
  private func expectConsistent(_ run: [String: Any]) throws {
    let driver = try #require((run["tool"] as? [String: [String: Any]])?["driver"])
    let rules = try #require(driver["rules"] as? [[String: Any]]).map { $0["id"] as? String }
    #expect(Set(rules).count == rules.count)
    for result in try #require(run["results"] as? [[String: Any]]) {
      let index = try #require(result["ruleIndex"] as? Int)
      #expect(rules.indices.contains(index) && rules[index] == result["ruleId"] as? String)
      let locations = try #require(result["locations"] as? [[String: Any]])
      #expect(locations.count == 1)
      for location in locations + (result["relatedLocations"] as? [[String: Any]] ?? []) {
        let place = try #require(location["physicalLocation"] as? [String: Any])
        let file = try #require(place["artifactLocation"] as? [String: String])
        let uri = try #require(file["uri"].flatMap(URL.init(string:)))
        #expect(uri.scheme == nil && !uri.relativeString.hasPrefix("/") && file["uriBaseId"] == "%SRCROOT%")
        let region = try #require(place["region"] as? [String: Int])
        let ends = ["startLine", "startColumn", "endLine", "endColumn"].map { region[$0] ?? 0 }
        #expect((ends[0], ends[1]) <= (ends[2], ends[3]))
      }
    }
  }

  @Test("--format sarif gives one run for all files, with the places of JSON") func sarif() throws {
    let folder = try folder()
    defer { folder.remove() }
    let files = ["bad.yaml", "./good.yaml", folder.path("spec.yaml")]
    let answer = try Command.nnc("check", "--format", "sarif", files[0], files[1], files[2], in: folder)
    #expect(answer.status == 1 && answer.errors.isEmpty)
    #expect(!answer.output.contains(folder.url.path))
    let run = try run(answer.output)
    try expectConsistent(run)
    #expect(run["columnKind"] as? String == "unicodeCodePoints")
    let artifacts = try #require(run["artifacts"] as? [[String: Any]])
    #expect(
      artifacts.map { ($0["location"] as? [String: String])?["uri"] } == ["bad.yaml", "good.yaml", "spec.yaml"])
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(try results.map { $0["level"] as? String } == severities(folder))
    let key = try #require(results.first { $0["ruleId"] as? String == "NNC0201" })
    let location = try #require((key["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
    #expect(
      location["region"] as? [String: Int] == ["startLine": 4, "startColumn": 29, "endLine": 4, "endColumn": 36])
    let message = try #require((key["message"] as? [String: String])?["text"])
    #expect(message.hasPrefix("unknown key `filtres` in `conv`\ndid you mean `filters`?\nhelp: "))
    #expect((key["fixes"] as? [Any])?.count == 1)
  }

  @Test("the logs of all specs and of the golden file keep to the schema") func schema() throws {
    let folder = Folder()
    defer { folder.remove() }
    let answer = try Command.nnc("check", "--format", "sarif", Command.specs.path, in: folder)
    let run = try run(answer.output)
    try expectConsistent(run)
    #expect((run["results"] as? [Any])?.isEmpty == false)
    let golden = Command.specs.deletingLastPathComponent()
      .appendingPathComponent("Tests/NNDiagnosticsTests/Golden/several.sarif")
    _ = try self.run(String(contentsOf: golden, encoding: .utf8))
  }

  @Test("the check of the schema finds what is wrong") func schemaCheck() {
    let driver: [String: Any] = ["driver": ["name": "nnc"]]
    #expect(SarifSchema.problems(["version": "2.1.0", "runs": [["tool": driver]]]).isEmpty)
    let wrong: [[String: Any]] = [
      ["runs": [Any]()], ["version": "2.0.0", "runs": [Any]()],
      ["version": "2.1.0", "runs": [["tool": [String: Any]()]]],
      ["version": "2.1.0", "runs": [["tool": driver, "colour": 1]]],
      ["version": "2.1.0", "runs": [["tool": driver, "newlineSequences": [String]()]]],
      ["version": "2.1.0", "runs": [["tool": driver, "newlineSequences": ["\n", "\n"]]]],
    ]
    for log in wrong { #expect(SarifSchema.problems(log).count == 1, "\(log)") }
  }

  @Test("standard input is stdin.yaml, --set points to the spec, and an unreadable file makes the run unsuccessful")
  func unusualInputs() throws {
    let folder = try folder()
    defer { folder.remove() }
    let stream = try Command.nnc("check", "--format", "sarif", "-", in: folder, input: CheckFormatTests.mistaken)
    #expect(stream.status == 1 && stream.output.contains(#""uri": "stdin.yaml""#))
    try expectConsistent(run(stream.output))
    let set = try Command.nnc("check", "--format", "sarif", "--set", "vars.x=[", "good.yaml", in: folder)
    #expect(set.status == 1 && set.output.contains(#""uri": "good.yaml""#) && !set.output.contains(#""uri": "--set"#))
    let missing = try Command.nnc("check", "--format", "sarif", "nowhere.yaml", in: folder)
    #expect(missing.status == 1 && missing.output.contains(#""executionSuccessful": true"#))
    #expect(try run(missing.output)["results"] as? [Any] != nil)
    let unreadable = try Command.shell("$NNC check --format sarif good.yaml - 0>/dev/null", in: folder)
    #expect(unreadable.status == 3 && unreadable.output.contains(#""executionSuccessful": false"#), "\(unreadable)")
  }

  @Test("--format github gives the commands, then the plain report where no line is a command") func github() throws {
    let folder = try folder()
    defer { folder.remove() }
    let hostile = "nnc: 1\n\"::error::a\": [\n##[add-mask]b\n::set-output name=a::b"
    try folder.write(hostile, to: "a,b.yaml")
    let answer = try Command.nnc("check", "--format", "github", "bad.yaml", "a,b.yaml", "good.yaml", in: folder)
    #expect(answer.status == 1 && answer.errors.isEmpty)
    let lines = answer.output.split(separator: "\n").map(String.init)
    let stop = try #require(lines.firstIndex { $0.hasPrefix("::stop-commands::") })
    let token = try #require(lines.last)
    #expect(lines[stop] == "::stop-commands" + token.dropLast(2) && token.count >= 20)
    let commands = lines[..<stop]
    #expect(commands.allSatisfy { $0.hasPrefix("::error file=") && $0.contains(",title=NNC0") })
    #expect(
      commands.contains {
        $0.hasPrefix("::error file=bad.yaml,line=4,endLine=4,col=29,endColumn=36,title=NNC0201::unknown key `filtres`")
      })
    #expect(commands.contains { $0.hasPrefix("::error file=a%2Cb.yaml,line=") })
    let report = lines[(stop + 1)...].dropLast()
    let plain = try Command.nnc("check", "bad.yaml", in: folder)
    #expect(plain.output.split(separator: "\n").allSatisfy { report.contains(String($0)) })
    #expect(report.last?.hasPrefix("3 files: ") == true)
    let again = try Command.nnc("check", "--format", "github", "bad.yaml", in: folder)
    #expect(again.output.split(separator: "\n").last.map(String.init) != token)
  }

  @Test("GitHub's paths are relative to the checkout, whatever folder in it the step works in") func workspace() throws
  {
    let folder = try folder()
    defer { folder.remove() }
    try folder.makeFolder("specs")
    for (workspace, file) in [(folder.url.path, "bad.yaml"), ("/nowhere", "../bad.yaml")] {
      let answer = try Command.shell(
        "cd specs && $NNC check --format github ../bad.yaml", in: folder, environment: ["GITHUB_WORKSPACE": workspace])
      #expect(answer.output.hasPrefix("::error file=\(file),line=4,"), "\(answer.output)")
    }
  }

  @Test(
    "--fail-level says what gives exit code 1",
    arguments: [
      ("error", "spec.yaml", 0), ("warning", "spec.yaml", 1), ("note", "spec.yaml", 1), ("never", "spec.yaml", 0),
      ("error", "bad.yaml", 1), ("warning", "bad.yaml", 1), ("never", "bad.yaml", 0), ("note", "good.yaml", 0),
      ("warning", "good.yaml spec.yaml", 1), ("never", "-  0>/dev/null", 3), ("fatal", "good.yaml", 2),
    ])
  func failLevel(level: String, files: String, status: Int32) throws {
    let folder = try folder()
    defer { folder.remove() }
    for format in ["full", "sarif"] {
      let answer = try Command.shell("$NNC check --format \(format) --fail-level \(level) \(files)", in: folder)
      #expect(answer.status == status, "\(answer)")
    }
  }

  @Test("the last line counts over several files") func total() throws {
    let folder = try folder()
    defer { folder.remove() }
    let several = try Command.nnc("check", "bad.yaml", "good.yaml", "spec.yaml", in: folder)
    let severities = try severities(folder)
    let (errors, warnings) = (severities.count { $0 == "error" }, severities.count { $0 == "warning" })
    #expect(errors > 1 && warnings > 0)
    #expect(
      several.output.hasSuffix("\n3 files: \(errors) errors, \(warnings) warning\(warnings == 1 ? "" : "s")\n"))
    #expect(several.output.contains("\ngood.yaml: no errors\n"))
    let clean = try Command.nnc("check", "good.yaml", "good.yaml", in: folder)
    #expect(clean.output.hasSuffix("\n2 files: no errors\n"))
    let single = try Command.nnc("check", "good.yaml", in: folder)
    #expect(single.output.hasSuffix("\ngood.yaml: no errors\n"))
    let concise = try Command.nnc("check", "--format", "concise", "bad.yaml", "good.yaml", in: folder)
    #expect(!concise.output.contains("files"))
  }
}
