import Foundation
import Testing

@Suite("nnc bench --tune") struct TuningCommandTests {
  /// The file of the cache that tuning wrote.
  private func cacheFile(_ folder: Folder) throws -> String {
    let result = try Command.nnc("bench", "spec.yaml", "--tune", "--seconds", "0", "--threads", "1", in: folder)
    #expect(result.status == 0 && result.output.contains("different convolutions"), "\(result)")
    return "cache/" + (try #require(folder.files.first { $0.hasPrefix("cache/tuning-") }?.dropFirst(6)))
  }

  /// A cache in which both convolutions of the tiny spec's way forward and back are computed by `algorithm`, in batches of
  /// any size.
  private func fill(_ file: String, in folder: Folder, algorithm: String) throws {
    let object = try JSONSerialization.jsonObject(with: folder.data(file))
    var cache = try #require(object as? [String: Any])
    var entries: [[String: Any]] = []
    for batch in 1...6 {
      for ending in ["", ", packed each run"] {
        for name in [
          "forward \(batch)×16×16×3 → 16×16×8, kernel 3×3, padding 1×1, pool 2×2",
          "adjoint \(batch)×16×16×4 → 8×8×8, kernel 3×3, stride 2×2, padding 0×0",
        ] {
          entries.append(["convolution": name + ending, "algorithm": algorithm, "blockings": []])
        }
      }
    }
    cache["convolutions"] = entries
    try JSONSerialization.data(withJSONObject: cache).write(to: folder.url.appendingPathComponent(file))
  }

  @Test("what is measured goes into the cache of this processor, and the plan says what it changes")
  func plan() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let file = try cacheFile(folder)
    let plain = try Command.nnc("plan", "spec.yaml", in: folder)
    #expect(plain.status == 0 && !plain.errors.contains("ignoring"), "\(plain)")
    try fill(file, in: folder, algorithm: "winograd2x2")
    let tuned = try Command.nnc("plan", "spec.yaml", in: folder)
    #expect(tuned.output.contains("winograd 2×2 (tuned: instead of direct)"), "\(tuned)")
    for (options, environment) in [(["--no-tuning"], [:]), ([], ["NNC_TUNING": "off"])] {
      let ignored = try Command.shell(
        "$NNC plan spec.yaml \(options.joined())", in: folder, environment: environment as [String: String])
      #expect(ignored.output.contains("convolution") && !ignored.output.contains("tuned"))
    }
    let json = try Command.nnc("bench", "spec.yaml", "--tune", "--seconds", "0", "--format", "json", in: folder)
    let report = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(report["changes"] is [Any] && report["before_ms"] as? Double ?? 0 > 0)
  }

  @Test("a cache that is damaged, or another processor's, is ignored with a warning, and check does not read it")
  func ignored() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let file = try cacheFile(folder)
    try fill(file, in: folder, algorithm: "winograd2x2")
    let good = try folder.read(file)
    let expected = try Command.nnc("plan", "spec.yaml", "--no-tuning", in: folder).output
    let foreign = good.replacingOccurrences(of: "\"processor\":\"", with: "\"processor\":\"other ")
    let unknown = good.replacingOccurrences(of: "\"winograd2x2\"", with: "\"magic\"")
    let older = good.replacing(/"nnc_tuning":\d+/, with: "\"nnc_tuning\":1")
    #expect(older != good)
    let truncated = String(good.prefix(good.count / 2))
    for bad in [
      "", "{", "[1]", "null", truncated, foreign, older, unknown,
      good.replacingOccurrences(of: "nnc_tuning", with: "x"),
    ] {
      try folder.write(bad, to: file)
      let result = try Command.nnc("plan", "spec.yaml", in: folder)
      #expect(result.status == 0 && result.output == expected, "\(bad)")
      #expect(result.errors.contains("warning: ignoring "), "\(bad): \(result.errors)")
      #expect(try Command.nnc("check", "spec.yaml", in: folder).errors.isEmpty)
    }
    let trained = try Command.nnc("train", "spec.yaml", "--steps", "1", "--quiet", in: folder)
    #expect(trained.status == 0 && trained.errors.contains("warning: ignoring "), "\(trained)")
  }

  @Test("a cache that cannot be written ends tuning before anything is measured")
  func unwritable() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let result = try Command.shell(
      "$NNC bench spec.yaml --tune --seconds 0", in: folder, environment: ["NNC_CACHE": folder.path("spec.yaml")])
    #expect(result.status == 1 && result.output.isEmpty && !result.errors.contains("measuring"), "\(result)")
    #expect(result.errors.contains("spec.yaml") && result.errors.hasSuffix("\nhelp: NNC_CACHE names another folder\n"))
  }

  @Test("a run keeps the algorithms that it began with, whatever is tuned meanwhile")
  func resume() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let weights = "weights.safetensors"
    func train(_ run: String, _ options: String...) throws {
      let result = try Command.shell(
        "$NNC train spec.yaml --run \(run) --quiet \(options.joined(separator: " "))", in: folder)
      #expect(result.status == 0, "\(result.errors)")
    }
    try train("rules")
    try train("stopped", "--steps", "2")
    let file = try cacheFile(folder)
    try fill(file, in: folder, algorithm: "winograd2x2")
    try train("tuned")
    try train("tuned-stopped", "--steps", "2", "--threads", "2")
    try train("stopped")
    #expect(try folder.data("stopped/" + weights) == folder.data("rules/" + weights))
    try folder.write("damaged", to: file)
    try train("tuned-stopped")
    #expect(try folder.data("tuned-stopped/" + weights) == folder.data("tuned/" + weights))
    #expect(try folder.data("tuned/" + weights) != folder.data("rules/" + weights))
    #expect(folder.exists("tuned/tuning.json") && !folder.exists("rules/tuning.json"))
    // Without its record a run cannot go on in the same bits.
    let start = "cannot go on in the same bits: tuned/tuning.json, which keeps the tuned algorithms that it began with,"
    for (damage, status, reason) in [
      ("mv tuned/tuning.json kept.json", 2, "\(start) is missing\n"),
      ("sed 's/winograd2x2/direct/' kept.json > tuned/tuning.json", 2, "\(start) was changed\n"),
      ("echo x > tuned/tuning.json", 1, "tuned/tuning.json is damaged: "),
    ] {
      let refused = try Command.shell("\(damage); $NNC train spec.yaml --run tuned --steps 9", in: folder)
      #expect(refused.status == status && refused.errors.contains(reason), "\(refused)")
      #expect(refused.errors.contains("--fresh") && !refused.errors.contains("train.steps"), "\(refused)")
    }
    let changed = try Command.shell(
      "rm tuned/tuning.json; $NNC train spec.yaml --run tuned --set train.seed=7", in: folder)
    #expect(changed.status == 2 && changed.errors.contains("do not fit the spec any more"), "\(changed)")
    try train("tuned", "--fresh")
    #expect(try folder.data("tuned/" + weights) == folder.data("rules/" + weights))
  }
}
