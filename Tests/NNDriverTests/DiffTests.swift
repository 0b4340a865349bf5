import Foundation
import NNDriver
import NNSpec
import Testing

/// What differs between two specs, and what becomes of the weights.
@Suite struct DiffTests {
  /// A change of one spec, by the text that is replaced.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var before: String
    var changes: [(String, String)] = []
    var overrides: [Override] = []
    var testDescription: String { name }
  }

  static let small = """
    nnc: 1
    data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}}
    networks:
      first:
        input: photos
        layers:
          - conv: {filters: 8}
          - conv: {name: kept, filters: 8, activation: relu}
          - conv: {filters: 8}
          - add: {from: [previous, conv_1]}
          - conv: {filters: 8}
          - output: {channels: 3}
      second: {input: first.kept, layers: [conv: {filters: 2}]}
    loss: {mse: {prediction: first}}
    train: {epochs: 1, batch_size: 2, optimizer: {adam: {learning_rate: 1e-3}}}

    """

  static let cases = [
    Case(name: "wider", before: "unet", overrides: [Override(path: "vars.c", value: "24")]),
    Case(
      name: "layers", before: "quickstart",
      changes: [
        ("  - max_pool\n", "  - conv: {filters: 16, activation: relu}\n  - max_pool\n"),
        ("  - bottleneck: {filters: 16, activation: relu}\n", ""), ("sigmoid", "tanh"),
        ("validation: 20%", "range: [-1, 1]"), ("adam: {learning_rate: 2e-3}", "sgd: {learning_rate: 0.1}"),
      ]),
    Case(
      name: "shifted", before: small,
      changes: [
        ("      - conv: {filters: 8}\n", "      - conv: {filters: 8}\n      - conv: {filters: 8}\n"),
        ("[previous, conv_1]", "[previous, conv_2]"),
        ("  second: {input: first.kept, layers: [conv: {filters: 2}]}\n", ""),
      ]),
    Case(
      name: "moved", before: small, changes: [("kept, filters: 8", "other, filters: 8"), ("first.kept", "first.other")]),
  ]

  @Test("a difference is told as the golden file says", arguments: cases)
  func golden(item: Case) throws {
    let name = item.before.contains("\n") ? "small" : item.before
    let text =
      item.before.contains("\n")
      ? item.before : try String(contentsOf: Place.specs.appendingPathComponent("\(name).yaml"), encoding: .utf8)
    var changed = text
    for (old, new) in item.changes {
      #expect(changed.contains(old))
      let range = try #require(changed.range(of: old))
      changed.replaceSubrange(range, with: new)
    }
    try withFolder { folder in
      let before = try load(text, "\(name).yaml", in: folder)
      let after = try load(changed, item.changes.isEmpty ? "\(name).yaml" : "changed.yaml", item.overrides, in: folder)
      let diff = try SpecDiff(before, after)
      let none = try SpecDiff(before, before)
      #expect(!diff.isSame && none.isSame)
      let answer = (diff.text + "\n" + diff.json.indented()).replacingOccurrences(of: folder.path + "/", with: "")
      let file = Place.golden.appendingPathComponent("diff/\(item.name).txt")
      #expect(try answer == NNDriverTests.golden(file, blessing: answer))
    }
  }

  @Test("a spec and what it is rendered to say the same")
  func rendered() throws {
    try withFolder { folder in
      for name in ["quickstart", "unet", "classifier", "fakeapp"] {
        let file = Place.specs.appendingPathComponent("\(name).yaml")
        let before = try load(String(contentsOf: file, encoding: .utf8), "\(name).yaml", in: folder)
        let text = try #require(before.rendered(for: folder.path)?.text(origins: true))
        let after = try load(text, "r.yaml", in: folder)
        let diff = try SpecDiff(before, after)
        let lists = [diff.weights.reshaped, diff.weights.added, diff.weights.dropped, diff.weights.misplaced]
        #expect(lists.allSatisfy { $0.isEmpty })
        #expect(diff.settings.filter { $0.key != "name" }.isEmpty && diff.networks.allSatisfy { $0.layers.isEmpty })
      }
    }
  }

  private func withFolder(_ work: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-diff-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent("data"), withDestinationURL: Place.specs.appendingPathComponent("data"))
    try work(folder)
  }

  private func load(_ text: String, _ name: String, _ overrides: [Override] = [], in folder: URL) throws -> CheckedSpec
  {
    let file = folder.appendingPathComponent(name)
    try text.write(to: file, atomically: false, encoding: .utf8)
    let checked = CheckedSpec.load(path: file.path, overrides: overrides, kernels: try portableKernels(), threads: 2)
    let said = answer(checked, in: folder)
    try #require(checked.failure == nil, "\(said)")
    return checked
  }
}
