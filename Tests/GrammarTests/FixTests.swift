import Foundation
import NNDiagnostics
import NNDriver
import NNRuntime
import NNSpec
import Testing

/// `nnc check --fix` on every golden spec: nothing is written, the texts are compared.
@Suite struct FixPropertyTests {
  @Test(arguments: GoldenCountTests.specs)
  func `repairs make no mistake, touch no other line, and leave nothing that a second run would repair`(
    spec: URL
  ) throws {
    let kernels = try KernelTable.chosen("portable")
    let before = findings(CheckedSpec.load(path: spec.path, kernels: kernels))
    let fixer = SpecFixer(path: spec.path, kernels: kernels)
    let after = findings(fixer.checked)
    for (finding, count) in after { #expect(count <= before[finding, default: 0], "new: \(finding)") }
    #expect(fixer.changes.isEmpty == fixer.files.isEmpty)
    if !fixer.changes.isEmpty { #expect(total(after) < total(before)) }
    for (path, bytes) in fixer.files { try compare(path, bytes, fixer.changes) }
    let again = SpecFixer(path: spec.path, kernels: kernels, replaced: fixer.files)
    #expect(again.changes == [] && again.files == fixer.files)
  }

  private func findings(_ checked: CheckedSpec) -> [String: Int] {
    checked.diagnostics.sorted.filter { $0.severity == .error }.reduce(into: [:]) {
      $0["\($1.code.code) \(checked.sources[$1.span.file].path) \($1.message)", default: 0] += 1
    }
  }

  private func total(_ findings: [String: Int]) -> Int { findings.values.reduce(0, +) }

  /// Lines without a change are the same, and a changed line is the old one with its changes made.
  private func compare(_ path: String, _ bytes: [UInt8], _ changes: [SpecFixer.Change]) throws {
    let old = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    let (oldLines, newLines) = (lines(old), lines(String(decoding: bytes, as: UTF8.self)))
    #expect(oldLines.count == newLines.count)
    let here = Dictionary(grouping: changes.filter { $0.path == path }, by: \.line)
    for (index, (old, new)) in zip(oldLines, newLines).enumerated() {
      guard let made = here[index + 1] else {
        #expect(old == new, "line \(index + 1) of \(path)")
        continue
      }
      let growth = made.reduce(0) { $0 + $1.new.count - $1.old.count }
      #expect(new.count == old.count + growth, "line \(index + 1) of \(path)")
      let first = made.map(\.column).min() ?? 1
      #expect(new.prefix(first - 1) == old.prefix(first - 1), "line \(index + 1) of \(path)")
    }
  }

  private func lines(_ text: String) -> [[Unicode.Scalar]] {
    text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
  }
}

/// What is repaired, and how.
@Suite struct FixTests {
  private func fixed(_ text: String, files: [String: String] = [:]) throws -> (fixer: SpecFixer, text: String) {
    try withFolder { folder in
      for (name, text) in files.merging(["spec.yaml": text], uniquingKeysWith: { $1 }) {
        try text.write(to: folder.appendingPathComponent(name), atomically: false, encoding: .utf8)
      }
      let path = folder.appendingPathComponent("spec.yaml").path
      let fixer = SpecFixer(path: path, kernels: try KernelTable.chosen("portable"))
      return (fixer, fixer.files[path].map { String(decoding: $0, as: UTF8.self) } ?? text)
    }
  }

  private static func layers(_ layers: String) -> String {
    "nnc: 1\nnetwork: {input: [16, 16, 3], layers: [\(layers)]}\n"
  }

  @Test(
    "a slip is repaired in its place",
    arguments: [
      ("conv: {filtres: 8}", "conv: {filters: 8}"), ("conv: {filters: \"8\"}", "conv: {filters: 8}"),
      ("conv: {filters: 0x10}", "conv: {filters: 16}"), ("conv: {filters: 1_024}", "conv: {filters: 1024}"),
      ("conv: {filters: 8.0}", "conv: {filters: 8}"),
      ("conv: {filters: 8, bias: no}", "conv: {filters: 8, bias: false}"),
      ("conv: {filters: 8, padding: SAME}", "conv: {filters: 8, padding: same}"),
      ("Conv2D: {out_channels: 8, kernel_size: 3}", "conv: {filters: 8, kernel: 3}"),
      ("nn.Conv2d: {out_channels: 8}", "conv: {filters: 8}"), ("\"flattn\"", "\"flatten\""),
      ("conv: {filters:8}", "conv: {filters: 8}"), ("conv: {filters = 8}", "conv: {filters: 8}"),
      ("conv: {filters: 8 kernel: 3}", "conv: {filters: 8, kernel: 3}"),
      ("conv: {filters: 8, kernel: 3x5}", "conv: {filters: 8, kernel: [3, 5]}"),
      ("dropout: {rate: 50%}", "dropout: {rate: 0.5}"), ("conv: {filters: $(2 ^ 3)}", "conv: {filters: $(2 ** 3)}"),
      (
        "conv: {name: head, filters: 3}, add: {from: [haed, input]}",
        "conv: {name: head, filters: 3}, add: {from: [head, input]}"
      ),
    ])
  func slips(wrong: String, right: String) throws {
    let (fixer, text) = try fixed(FixTests.layers(wrong))
    #expect(text == FixTests.layers(right))
    #expect(!fixer.checked.diagnostics.hasErrors)
  }

  @Test func `a size is restored where padding: same alone does it, and not where a layer is missing`() throws {
    let spec = """
      nnc: 1
      data: {photos: {images: data/photos, shape: [64, 64, 3], validation: 20%}}   # square
      network:
        - conv: {filters: 8, stride: 2}
        - transposed_conv: {filters: 8, kernel: 3, stride: 2, padding: 1}   # up again
        - output: {channels: 3}
      loss: mse
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """
    #expect(try fixed(spec).text == spec.replacing("padding: 1}", with: "padding: same}"))
    let missing = spec.replacing("stride: 2}\n", with: "stride: 4}\n")
    let (fixer, text) = try fixed(missing)
    #expect(text == missing && fixer.changes.isEmpty)
    #expect(fixer.checked.diagnostics.sorted.map(\.code.code) == ["NNC0310"])
  }

  @Test func `a repair that would bring out another mistake is not made`() throws {
    let spec = """
      nnc: 1
      data: {photos: {images: data/photos, shape: [64, 64, 3], validation: 20%}}
      network: [conv: {filters: "8"}]
      loss: mse
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """
    let (fixer, text) = try fixed(spec)
    #expect(text == spec && fixer.changes.isEmpty)
  }

  @Test func `a mistake behind a misspelt word is seen at once, and does not keep the word from being repaired`() throws
  {
    let spec = """
      nnc: 1
      data: {photos: {images: data/photos, shape: [64, 64, 3], validation: 20%}}
      network: [cnov: {filtres: 8}]
      loss: mse
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """
    let (fixer, text) = try fixed(spec)
    #expect(text == spec.replacing("cnov", with: "conv").replacing("filtres", with: "filters"))
    #expect(fixer.checked.diagnostics.sorted.map(\.code.code) == ["NNC0310"])
  }

  @Test func `comments, layout and line ends are kept, in included files, too`() throws {
    let spec =
      "nnc: 1   # version\r\ninclude: {parts: parts.yaml}\r\nnetwork:\r\n  input: [16, 16, 3]\r\n"
      + "  layers:\r\n    - parts.pair   # two\r\n    - conv:   {filtres:   8 }  # wide\r\n"
    let parts = "\u{FEFF}nnc: 1\nblocks:\n  pair: # both\n    layers: [conv: {filters: \"8\"}, cnov: {filters: 3}]\n"
    let (fixer, text) = try fixed(spec, files: ["parts.yaml": parts])
    #expect(text == spec.replacing("filtres", with: "filters"))
    let other = try #require(fixer.files.first { $0.key.hasSuffix("parts.yaml") })
    #expect(Array(other.value) == Array(parts.replacing("\"8\"", with: "8").replacing("cnov", with: "conv").utf8))
    #expect(fixer.changes.count == 3 && !fixer.checked.diagnostics.hasErrors)
    #expect(fixer.report.contains("spec.yaml:7:16: `filtres` -> `filters`\n"))
  }

  @Test func `what is not sure is not changed`() throws {
    for layers in ["conv: {filters: 8, banana: 1}", "dens: {units: 3}, conv: {filters: 3}", "cat: {from: [a]}"] {
      let (fixer, text) = try fixed(FixTests.layers(layers))
      #expect(fixer.checked.diagnostics.hasErrors)
      #expect(fixer.changes.isEmpty || text != FixTests.layers(layers))
    }
  }
}
