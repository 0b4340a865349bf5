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
    let values = HostileNumberTests.possible + HostileNumberTests.impossible
    let specs = slots.flatMap { slot in values.map { slot.replacingOccurrences(of: "#", with: $0) } }
    var valid = 0
    // Not all in one process, whose time would have no bound that holds on every machine.
    for first in stride(from: 0, to: specs.count, by: 1_000) {
      let range = first..<min(specs.count, first + 1_000)
      let clean = try accepted(Array(specs[range]), in: folder, "specs-\(first)")
      valid += clean.count
      for index in clean where (first + index) % values.count >= HostileNumberTests.possible.count {
        Issue.record("taken as valid: \(specs[first + index])")
      }
    }
    print("\(group): \(specs.count) hostile specs, \(valid) of them valid")
  }

  /// The indices of those that `nnc check` accepts; each of them must be answered.
  private func accepted(_ specs: [String], in folder: Folder, _ name: String) throws -> [Int] {
    try folder.makeFolder(name)
    try FileManager.default.createSymbolicLink(
      at: folder.url.appendingPathComponent("\(name)/data"),
      withDestinationURL: Command.specs.appendingPathComponent("data"))
    for (index, spec) in specs.enumerated() {
      try folder.write(spec, to: String(format: "%@/%05d.yaml", name, index))
    }
    let result = try Command.shell("ulimit -v 600000; ulimit -t 120; exec $NNC check \(name)", in: folder)
    let answers = result.output.split(separator: "\n").filter { $0.hasPrefix("\(name)/") && $0.contains(".yaml: ") }
    #expect(result.status == 1 && !result.crashed, "ended after \(answers.last ?? "nothing"): \(result.errors)")
    #expect(answers.count == specs.count)
    return answers.filter { $0.contains(": no errors") }.compactMap { Int($0.dropFirst(name.count + 1).prefix(5)) }
  }

  @Test("there are thousands of hostile numbers")
  func enough() {
    let slots = HostileSlots.groups.map(\.specs.count).reduce(0, +)
    let values = HostileNumberTests.possible.count + HostileNumberTests.impossible.count
    #expect(slots * values >= 2_000)
  }
}
