import Testing

@testable import NNDriver

/// What several values of `--set` become.
@Suite struct SweepTests {
  @Test(
    "commas separate values, but not in brackets, quotes and expressions",
    arguments: [
      ("1e-3,1e-4", ["1e-3", "1e-4"]), ("1e-3 , 1e-4", ["1e-3", "1e-4"]), ("8", ["8"]), ("", [""]),
      ("[3, 5]", ["[3, 5]"]), ("[3, 5],[5, 3]", ["[3, 5]", "[5, 3]"]), ("mse, {mae: {}}", ["mse", "{mae: {}}"]),
      ("{every: 1 steps, keep: 2}", ["{every: 1 steps, keep: 2}"]), ("'a, b'", ["'a, b'"]),
      ("\"a, \\\", b\",c", ["\"a, \\\", b\"", "c"]), ("'it''s, so',x", ["'it''s, so'", "x"]),
      ("it's,x", ["it's", "x"]), ("$(max(1, 2)),4", ["$(max(1, 2))", "4"]), ("[1, 2", ["[1, 2"]), ("1],2", ["1],2"]),
      ("a: 1,\nb: 2", ["a: 1,\nb: 2"]), ("[\"]\", 1],2", ["[\"]\", 1]", "2"]),
    ])
  func values(text: String, expected: [String]) throws {
    let option = try SetOption("vars.x=\(text)")
    #expect(option.path == "vars.x" && option.values == expected)
    #expect(option.isSwept == (expected.count > 1))
  }

  @Test("what is no setting, or lacks a value, is refused", arguments: ["", "=1", "vars.x", "x=1,", "x=,1", "x=,"])
  func refused(text: String) { #expect(throws: CommandFailure.self) { try SetOption(text) } }

  private func grid(_ options: String...) throws -> SweepGrid { try SweepGrid(options.map { try SetOption($0) }) }

  @Test("points are all combinations, the last changing fastest, and say what else is set")
  func product() throws {
    let grid = try grid("train.optimizer.adam.learning_rate=1e-3,1e-4", "vars.c=7", "vars.width=8,16,32")
    #expect(grid.points.count == 6)
    #expect(grid.points.prefix(2).map(\.name) == ["learning_rate=1e-3,width=8", "learning_rate=1e-3,width=16"])
    #expect(grid.points.allSatisfy { $0.overrides.map(\.path)[1] == "vars.c" && $0.overrides[1].value == "7" })
    #expect(grid.points.last?.overrides.map(\.value) == ["1e-4", "7", "32"])
    #expect(try self.grid("a=1").points.map(\.name) == [""])
  }

  @Test("names are short, tell paths and values apart, and are safe for every file system")
  func names() throws {
    let same = try grid("critic.rate=1,2", "train.critic.rate=3,4", "other=5,6")
    #expect(same.axes.map(\.label) == ["critic.rate", "train.critic.rate", "other"])
    let odd = try grid("loss=mse,{mae: {}},MSE,../../x,\(String(repeating: "y", count: 300)),é,*")
    let names = odd.points.map(\.name)
    #expect(Set(names.map { $0.lowercased() }).count == names.count)
    for name in names {
      #expect(name.hasPrefix("loss=") && name.utf8.count <= 255)
      #expect(name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "=._-+".contains($0)) }, "\(name)")
    }
    let long = try grid(
      "a=1,2", "\(String(repeating: "b", count: 90))=1,2", "\(String(repeating: "c", count: 300))=1,2",
      "\(String(repeating: "d", count: 90))=\(String(repeating: "1", count: 90)),2")
    #expect(long.points.allSatisfy { $0.name.utf8.count <= 255 } && Set(long.points.map(\.name)).count == 16)
  }

  @Test(
    "cells of the table in CSV are quoted where they have to be",
    arguments: [
      ("mse", "mse"), ("", ""), ("a,b", "\"a,b\""), ("a\nb", "\"a\nb\""), ("a\rb", "\"a\rb\""),
      ("a\r\nb", "\"a\r\nb\""), ("say \"a\"", "\"say \"\"a\"\"\""),
    ])
  func cells(cell: String, quoted: String) { #expect(SweepReport.quoted(cell) == quoted) }

  @Test("too many points, a path or a value that stands twice are refused with the reason")
  func refusedGrids() throws {
    let many = (0..<40).map(String.init).joined(separator: ",")
    for (options, reason) in [
      (["a=\(many)", "b=\(many)"], "40 × 40 = 1,600 points, and a sweep has 1,000 at most"),
      ((0..<14).map { "a\($0)=\(many)" }, "points, and a sweep has 1,000 at most"), (["a=1,2", "a=3"], "stands twice"),
      (["a=1,2,1"], "names `1` twice"),
    ] {
      let error = #expect(throws: CommandFailure.self) { try SweepGrid(options.map { try SetOption($0) }) }
      #expect(error?.message?.contains(reason) == true && error?.exitCode == 2, "\(error?.message ?? "")")
    }
    #expect(throws: Never.self) { try grid("a=1", "a=2") }
  }
}
