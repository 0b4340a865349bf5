import Foundation
import Testing

/// `nnc explain` as a process.
@Suite struct ExplainCommandTests {
  private func explain(_ arguments: String) throws -> Command.Result {
    let folder = Folder()
    defer { folder.remove() }
    return try Command.shell("$NNC explain \(arguments)", in: folder)
  }

  @Test(arguments: ["NNC0310", "nnc0310", "310", "prediction-target-mismatch"])
  func `a page is printed for a code, its number and its name`(name: String) throws {
    let result = try explain(name)
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output.hasPrefix("NNC0310 (prediction-target-mismatch): the prediction and the target"))
    #expect(result.output.contains("This spec is answered so:\n\n    nnc: 1\n"))
    #expect(result.output.contains("This one is right:\n\n    nnc: 1\n"))
  }

  @Test func `without a code all codes are listed, each with its title on a line`() throws {
    let result = try explain("")
    #expect(result.status == 0)
    #expect(result.output.contains("\n  NNC0201  a key does not exist\n"))
    #expect(result.output.split(separator: "\n").filter { $0.hasPrefix("  NNC") }.count > 100)
  }

  @Test func `as JSON there is one object, for one code and for all`() throws {
    let one = try explain("201 --format json")
    let page = try #require(JSONSerialization.jsonObject(with: Data(one.output.utf8)) as? [String: Any])
    #expect(page["code"] as? String == "NNC0201" && page["slug"] as? String == "unknown-key")
    let all = try explain("--format json")
    let list = try #require(JSONSerialization.jsonObject(with: Data(all.output.utf8)) as? [String: Any])
    #expect((list["diagnostics"] as? [Any] ?? []).count > 100)
  }

  @Test(arguments: [("unknown-kye", "`unknown-key`"), ("NNC0307", "`NNC0306`"), ("banana", "")])
  func `a code that does not exist is wrong usage, and what was meant is named`(name: String, meant: String) throws {
    let result = try explain(name)
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.hasPrefix("error: there is no diagnostic `\(name)`"))
    #expect(meant.isEmpty ? !result.errors.contains("did you mean") : result.errors.contains("did you mean \(meant)?"))
  }

  @Test func `a report that is not for a terminal does not point to a page`() throws {
    let folder = Folder()
    defer { folder.remove() }
    try folder.write("nnc: 2\nnetwork: {input: [3], layers: [flatten]}\n", to: "a.yaml")
    let result = try Command.nnc("check", "a.yaml", in: folder)
    #expect(result.status == 1 && !result.output.contains("nnc explain"))
  }
}
