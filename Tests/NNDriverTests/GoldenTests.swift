import Foundation
import NNData
import NNDriver
import Testing

/// Each `Golden/x.yaml` is answered as `Golden/x.txt` says; its last lines, `# expect: NNC0310 12:8-12:11`, repeat the
/// places of all diagnostics, so that a blind `NNC_BLESS=1` is caught.
@Suite struct GoldenTests {
  static let names = ["", "mistakes/"].flatMap { folder in
    ((try? FileManager.default.contentsOfDirectory(atPath: Place.golden.path + "/" + folder)) ?? [])
      .filter { $0.hasSuffix(".yaml") }.map { folder + $0.dropLast(5) }.sorted()
  }

  @Test("a spec with mistakes is answered as its golden file says, at the marked places", arguments: names)
  func answerOfGolden(name: String) throws {
    let file = Place.golden.appendingPathComponent("\(name).yaml")
    let checked = CheckedSpec.load(path: file.path, kernels: try portableKernels(), threads: 2)
    let answer = answer(checked, in: file.deletingLastPathComponent())
    #expect(try answer == golden(Place.golden.appendingPathComponent("\(name).txt"), blessing: answer))
    #expect(places(checked) == marks(try String(contentsOf: file, encoding: .utf8)), "places of the diagnostics")
    #expect(!answer.contains(Place.golden.path), "the answer depends on where the project lies")
  }

  @Test("every code of layers, losses, data and expectations has a golden spec")
  func everyCode() throws {
    let marked = try GoldenTests.names.flatMap {
      marks(try String(contentsOf: Place.golden.appendingPathComponent("\($0).yaml"), encoding: .utf8))
    }
    let sources = Place.tests.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
    for file in [
      "NNLayers/LayerDiagnostics.swift", "NNLayers/Losses/LossDiagnostics.swift", "NNDriver/DriverDiagnostics.swift",
    ] {
      let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
      let codes = text.matches(of: /DiagnosticCode\("(NNC\d+)"/).map { String($0.1) }
      #expect(!codes.isEmpty)
      for code in codes { #expect(marked.contains { $0.hasPrefix(code) }, "\(code) of \(file)") }
    }
  }

  private func marks(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("# expect: ") }.map { String($0.dropFirst(10)) }
  }
}

/// The specs that users start from.
@Suite struct ShippedSpecTests {
  @Test(
    "a shipped spec checks cleanly, with the golden table of its layers",
    arguments: ["quickstart", "fakeapp", "classifier", "feature-net", "vgg16"])
  func clean(name: String) throws {
    let file = Place.specs.appendingPathComponent("\(name).yaml")
    let checked = CheckedSpec.load(path: file.path, kernels: try portableKernels(), threads: 2)
    #expect(checked.diagnostics.isEmpty)
    let answer = answer(checked, in: Place.specs)
    #expect(try answer == golden(goldenFile(name), blessing: answer))
  }

  @Test(
    "a shipped invalid spec is answered as its last comment says",
    arguments: [
      ("three-mistakes", ["NNC0201 5:12-5:19", "NNC0114 6:22-6:23", "NNC0203 7:42-7:47", "NNC0201 10:54-10:56"]),
      ("bad-skip", ["NNC0309 9:5-9:11"]), ("fakeapp-as-published", ["NNC0310 19:8-19:11"]),
    ])
  func invalid(name: String, expected: [String]) throws {
    let folder = Place.specs.appendingPathComponent("invalid")
    let checked = CheckedSpec.load(
      path: folder.appendingPathComponent("\(name).yaml").path, kernels: try portableKernels(), threads: 2)
    #expect(places(checked).filter { !$0.hasSuffix("warning") } == expected)
    let answer = answer(checked, in: folder)
    #expect(try answer == golden(goldenFile("invalid-\(name)"), blessing: answer))
  }

  private func goldenFile(_ name: String) -> URL { Place.golden.appendingPathComponent("shipped/\(name).txt") }
}

/// What a source's lists become.
@Suite struct DataBindingTests {
  @Test("every augmentation and degradation of the language reaches the data with its numbers")
  func lists() throws {
    let file = Place.golden.appendingPathComponent("data/every-change.yaml")
    let checked = CheckedSpec.load(path: file.path, kernels: try portableKernels(), threads: 2)
    #expect(checked.diagnostics.isEmpty)
    let description = try #require(checked.data["drawn"]).description
    #expect(
      description.augment == [
        .randomCrop(scale: 0.5...1), .randomCrop(scale: 0.25...0.5, aspect: 0.75...1.5), .flip(.horizontal),
        .flip(.vertical), .flip(.both), .rotate(degrees: 10), .brightness(0.1), .contrast(0.2), .saturation(0.3),
        .hue(0.4),
      ])
    #expect(description.degrade == [.noise(0.1), .blur(1.5), .downscale(4), .grayscale, .mask(0.25)])
  }
}

/// What a source's keys make of the values of its pictures.
@Suite struct ValueMappingTests {
  @Test(
    "range, mean and std go together, and each of them counts alone",
    arguments: [
      ("", Float(1), Float(0)), ("range: [-1, 1]", 2, -1), ("mean: [0.25]", 1, -0.25), ("std: [0.5]", 2, 0),
      ("mean: [0.25], std: [0.5]", 2, -0.5), ("range: [0, 255], mean: [127.5], std: [51]", 5, -2.5),
    ])
  func mapping(keys: String, scale: Float, offset: Float) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    let photos = Place.specs.appendingPathComponent("data/photos").path
    let separator = keys.isEmpty ? "" : ", "
    try """
    nnc: 1
    data: {photos: {images: \(photos), shape: [8, 8, 3]\(separator)\(keys)}}
    network: [conv: {filters: 3}]

    """.write(to: file, atomically: false, encoding: .utf8)
    let checked = CheckedSpec.load(path: file.path, kernels: try portableKernels(), threads: 2)
    #expect(checked.diagnostics.isEmpty)
    let found = try #require(checked.data["photos"]).description.mapping.coefficients(channel: 1)
    #expect(abs(found.scale - scale) < 1e-6 && abs(found.offset - offset) < 1e-6, "\(found)")
  }
}
