import Foundation
import Testing

/// Numbers that nobody writes on purpose, wherever the registries of keys say that a number may stand: `nnc check` gives
/// a diagnostic, or takes what is valid; it never crashes and never needs much memory.
@Suite struct HostileNumberTests {
  /// Numbers that are valid somewhere.
  private static let possible = ["0", "-1", "-0.0", "2147483648", "9223372036854775807", "1e-400", "1e308", "4.9e-324"]
  /// Numbers that are valid nowhere.
  private static let impossible = [
    "9223372036854775808", ".nan", ".inf", "-.inf", "1e400", "-1e400", "123456789012345678901234567890", "0x7fffffff",
    "\"\"", "null", "[]", "{}",
  ]

  @Test(
    "a hostile number in any key is answered, in little memory",
    arguments: HostileSlots.groups.map(\.name))
  func answered(group: String) throws {
    let slots = try #require(HostileSlots.groups.first { $0.name == group }).specs
    let folder = Folder()
    defer { folder.remove() }
    try folder.makeFolder("specs")
    try FileManager.default.createSymbolicLink(
      at: folder.url.appendingPathComponent("specs/data"),
      withDestinationURL: Command.specs.appendingPathComponent("data"))
    var mustFail: Set<String> = []
    var count = 0
    for slot in slots {
      for (index, value) in (HostileNumberTests.possible + HostileNumberTests.impossible).enumerated() {
        let name = String(format: "specs/%05d.yaml", count)
        try folder.write(slot.replacingOccurrences(of: "#", with: value), to: name)
        if index >= HostileNumberTests.possible.count { mustFail.insert(name) }
        count += 1
      }
    }
    let result = try Command.shell("ulimit -v 600000; ulimit -t 120; exec $NNC check specs", in: folder)
    let answers = result.output.split(separator: "\n").filter { $0.hasPrefix("specs/") && $0.contains(".yaml: ") }
    #expect(result.status == 1 && !result.crashed, "ended after \(answers.last ?? "nothing"): \(result.errors)")
    #expect(answers.count == count)
    let clean = answers.filter { $0.contains(": no errors") }.map { String($0.prefix(while: { $0 != ":" })) }
    for name in clean where mustFail.contains(name) { Issue.record("taken as valid: \(try folder.read(name))") }
    print("\(group): \(count) hostile specs, \(clean.count) of them valid")
  }

  @Test("there are thousands of hostile numbers")
  func enough() {
    let slots = HostileSlots.groups.map(\.specs.count).reduce(0, +)
    let values = HostileNumberTests.possible.count + HostileNumberTests.impossible.count
    #expect(slots * values >= 2_000)
  }
}
