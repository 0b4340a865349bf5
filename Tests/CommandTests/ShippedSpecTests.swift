import Foundation
import Testing

@Suite("The shipped specs")
struct ShippedSpecTests {
  /// Specs without `train`: networks for other specs to use.
  static let withoutTraining = ["feature-net", "vgg16"]
  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: Command.specs.path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

  @Test("there are twelve and more")
  func count() { #expect(ShippedSpecTests.names.count - ShippedSpecTests.withoutTraining.count >= 12) }

  @Test("each checks without a warning", arguments: names)
  func checks(name: String) throws {
    let folder = Folder()
    defer { folder.remove() }
    let spec = Command.specs.appendingPathComponent("\(name).yaml").path
    let result = try Command.nnc("check", spec, "--fail-level", "warning", in: folder)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }

  /// Steps of the larger ones; the others take 40.
  static let steps = ["fakeapp": 8, "dcgan": 72, "deblur": 24, "inpainting": 40]

  @Test("each trains, and its first loss falls", arguments: names.filter { !withoutTraining.contains($0) })
  func trains(name: String) throws {
    let folder = Folder()
    defer { folder.remove() }
    let spec = Command.specs.appendingPathComponent("\(name).yaml").path
    let steps = ShippedSpecTests.steps[name] ?? 40
    let result = try Command.nnc(
      "train", spec, "--steps", "\(steps)", "--log-every", "1", "--run", "run", "--quiet", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let lines = try String(decoding: folder.data("run/metrics.jsonl"), as: UTF8.self).split(separator: "\n").map {
      line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    let losses = try lines.map { try #require($0["losses"] as? [String: Double]) }
    let first = try #require(["loss", "pixel", "colours", "reconstruction"].first { losses[0][$0] != nil })
    let values = losses.compactMap { $0[first] }
    #expect(values.count == steps)
    let quarter = steps / 4
    let before = values.prefix(quarter).reduce(0, +)
    let after = values.suffix(quarter).reduce(0, +)
    #expect(after < before * 0.95, "\(values)")
    #expect(folder.exists("run/weights.safetensors"))
  }
}
