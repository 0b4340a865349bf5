import Foundation
import Testing

/// `nnc train` with several values in a `--set`.
@Suite struct SweepCommandTests {
  private static let rates = "train.optimizer.adam.learning_rate"

  private func train(_ folder: Folder, _ options: String...) throws -> Command.Result {
    try Command.nnc(["train", "spec.yaml"] + options, in: folder)
  }

  /// An answer is as the golden file says, times aside.
  private func expectGolden(_ name: String, _ answer: String, _ place: SourceLocation = #_sourceLocation) throws {
    var answer = answer
    for (pattern, text) in [("[0-9]+:[0-9]{2}  ", "0:00  "), ("[0-9.]+ MB", "0.0 MB")] {
      answer = answer.replacingOccurrences(of: pattern, with: text, options: .regularExpression)
    }
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name).txt")
    if ProcessInfo.processInfo.environment["NNC_BLESS"] == "1" {
      try answer.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try answer == String(contentsOf: file, encoding: .utf8), sourceLocation: place)
  }

  @Test("every point trains in a folder of its own to the bytes of a run by itself, and one table compares them")
  func table() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let sets = ["--set", "\(Self.rates)=1e-2,1e-30,1e-3", "--set", "loss=mse,mae", "--steps", "3"]
    let preview = try Command.nnc(["train", "spec.yaml", "--dry-run"] + sets, in: folder)
    #expect(preview.status == 0 && !folder.exists("runs"), "\(preview)")
    try expectGolden("sweep-dry-run", preview.output)
    // Other instructions may give other last digits.
    let portable = { (options: [String]) in
      try Command.run(["train", "spec.yaml"] + options, in: folder, environment: ["NNC_KERNELS": "portable"])
    }
    let result = try portable(sets)
    #expect(result.status == 0, "\(result.errors)")
    try expectGolden("sweep-table", result.output)
    #expect(result.errors.contains("[6/6] learning_rate=1e-3,loss=mae\n"), "\(result.errors)")
    let one = "runs/tiny/learning_rate=1e-3,loss=mae"
    let alone = try portable(
      ["--run", "alone", "--steps", "3", "--quiet", "--set", "\(Self.rates)=1e-3", "--set", "loss=mae"])
    #expect(alone.status == 0, "\(alone.errors)")
    for file in ["weights", "best"] {
      #expect(try folder.data("\(one)/\(file).safetensors") == folder.data("alone/\(file).safetensors"))
    }
    // Once more, nothing is trained, and the answer is the same.
    let before = try folder.data("\(one)/report.html")
    let again = try portable(sets)
    #expect(again.status == 0 && again.output == result.output, "\(again)")
    #expect(again.errors.components(separatedBy: ": finished before\n").count == 7, "\(again.errors)")
    #expect(try folder.data("\(one)/report.html") == before)
    try formats(folder, sets)
  }

  /// The same as JSON, in a file and on standard output, and as CSV.
  private func formats(_ folder: Folder, _ sets: [String]) throws {
    let json = try Command.nnc(["train", "spec.yaml", "--format", "json", "--quiet"] + sets, in: folder)
    #expect(json.status == 0 && json.errors.isEmpty)
    #expect(try json.output == folder.read("runs/tiny/sweep.json"))
    let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let points = try #require(object["points"] as? [[String: Any]])
    #expect(points.count == 6 && points.allSatisfy { $0["state"] as? String == "finished" && $0["steps"] as? Int == 3 })
    let values = points.compactMap { ($0["best"] as? [String: Any])?["value"] as? Double }
    let best = try #require(values.firstIndex(of: values.max() ?? 0))
    #expect(values.count == 6 && object["best"] as? String == points[best]["name"] as? String)
    let lines = try folder.read("runs/tiny/sweep.csv").components(separatedBy: "\r\n")
    #expect(lines.count == 8 && lines[0].hasPrefix("name,\(Self.rates),loss,state,steps,"), "\(lines)")
    #expect(lines[1].hasPrefix("\"learning_rate=1e-2,loss=mse\",1e-2,mse,finished,3,"), "\(lines)")
  }

  @Test("all points are checked before the first starts, and each mistake is told once with its points")
  func mistakes() throws {
    let folder = try Folder.withTinySpec(Folder.tinySpec.replacing("filters: 4", with: "filtres: 4"))
    defer { folder.remove() }
    let result = try train(folder, "--set", "train.batch_size=4,0,8", "--set", "loss=mse,mea", "--set", "vars.x=1,2")
    #expect(result.status == 1 && result.output.isEmpty && !folder.exists("runs"), "\(result)")
    try expectGolden("sweep-mistakes", result.errors)
    try folder.write(Folder.tinySpec, to: "spec.yaml")
    let list = try train(folder, "--set", "train.batch_size=[4, 8]")
    #expect(list.status == 1, "\(list)")
    try expectGolden("sweep-list", list.errors)
    for (options, reason) in [
      (["--set", "train.seed=1,1"], "names `1` twice"), (["--set", "train.seed=1,"], "a value is missing"),
      (["--format", "json"], "no --set has several values"),
      (["--set", "name=a,b"], "different names: say with --run"),
    ] {
      let refused = try Command.nnc(["train", "spec.yaml"] + options, in: folder)
      #expect(refused.status == 2 && refused.errors.contains(reason), "\(refused)")
    }
    let check = try Command.nnc("check", "spec.yaml", "--set", "train.seed=1,2", in: folder)
    #expect(check.status == 2 && check.errors.contains("only `nnc train` takes several"), "\(check)")
    let large = try train(folder, "--set", "train.batch_size=4,8000000,9000000")
    #expect(large.status == 3 && !folder.exists("runs"), "\(large)")
    #expect(large.errors.contains("training with batches of 9000000 samples needs"), "\(large.errors)")
    #expect(large.errors.contains("note: at batch_size=8000000\n"), "\(large.errors)")
  }

  @Test("a point that diverges is told, is not made again, and the sweep goes on")
  func divergence() throws {
    let folder = try Folder.withTinySpec(Folder.tinySpec.replacing("sigmoid", with: "none"))
    defer { folder.remove() }
    let sets = ["--set", "train.optimizer={sgd: {learning_rate: 1e30}},{sgd: {learning_rate: 1e-3}}", "--steps", "6"]
    let result = try Command.nnc(["train", "spec.yaml"] + sets, in: folder)
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains(/1e30}} .* diverged\n/) && result.output.contains(/1e-3}} .* finished  <- best\n/))
    #expect(result.output.contains(/\noptimizer=sgd-learning_rate-1e30: .* it began in step [0-9]+ with `model\./))
    let again = try Command.nnc(["train", "spec.yaml"] + sets, in: folder)
    #expect(again.status == 0 && again.output == result.output, "\(again)")
    #expect(again.errors.contains("[1/2] optimizer=sgd-learning_rate-1e30: diverged before"), "\(again.errors)")
    let all = try train(
      folder, "--set", "train.optimizer={sgd: {learning_rate: 1e30}},{sgd: {learning_rate: 1e31}}", "--run", "all")
    #expect(all.status == 3 && all.errors.contains("error: all points have diverged"), "\(all)")
  }

  @Test("a signal stops a sweep at its point, and the same command goes on there, to the same bits")
  func signals() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let sweep = "train spec.yaml --set train.seed=1,2,3 --steps 40 --threads 1 --log-every 1"
    let result = try Command.shell(
      """
      set -m
      $NNC \(sweep) --run whole --quiet || echo "whole $?"
      for signal in INT TERM KILL; do
        $NNC \(sweep) > out.$signal 2> errors.$signal & first=$!
        until [ -s runs/tiny/train.seed=2/metrics.jsonl ] || [ -s runs/tiny/seed=2/metrics.jsonl ]; do sleep 0.01; done
        kill -$signal $first; wait $first; echo "$signal $?"
      done
      $NNC \(sweep) > out 2> errors; echo "end $?"
      """, in: folder)
    let codes = result.output.split(separator: "\n").map(String.init)
    // A signal may come after the second point, but not after the third.
    #expect(codes.count == 4 && codes[0] == "INT 130" && codes[3] == "end 0", "\(result)")
    #expect(try folder.read("errors.INT").contains("stopped by SIGINT after step "))
    #expect(try folder.read("errors").contains("[1/3] seed=1: finished before\n"))
    for seed in 1...3 {
      let weights = "seed=\(seed)/weights.safetensors"
      #expect(try folder.data("runs/tiny/\(weights)") == folder.data("whole/\(weights)"))
    }
    #expect(!folder.files.contains { $0.hasSuffix(".tmp") })
  }

  @Test("a folder that holds a point of another spec is refused with what differs; --fresh begins anew")
  func otherSpec() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let sets = ["--set", "train.seed=1,2", "--steps", "2", "--quiet"]
    #expect(try Command.nnc(["train", "spec.yaml"] + sets, in: folder).status == 0)
    let before = try folder.data("runs/tiny/seed=1/weights.safetensors")
    let other = ["train", "spec.yaml", "--set", "\(Self.rates)=1e-3"] + sets
    let refused = try Command.nnc(other, in: folder)
    #expect(refused.status == 2, "\(refused)")
    try expectGolden("sweep-other", refused.errors)
    #expect(try folder.data("runs/tiny/seed=1/weights.safetensors") == before)
    #expect(try Command.nnc(other + ["--fresh"], in: folder).status == 0)
    #expect(try folder.data("runs/tiny/seed=1/weights.safetensors") != before)
    // More steps go on with every point.
    let more = try train(
      folder, "--set", "\(Self.rates)=1e-3", "--set", "train.seed=1,2", "--steps", "4", "--progress", "never")
    #expect(more.status == 0 && more.errors.components(separatedBy: "going on after step 2").count == 3, "\(more)")
  }

  @Test("a finished sweep that began with other weights is refused, as a run by itself is")
  func otherOrigin() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    for seed in ["1", "2"] {
      #expect(try train(folder, "--run", seed, "--set", "train.seed=\(seed)", "--steps", "1", "--quiet").status == 0)
    }
    let sets = ["train", "spec.yaml", "--set", "train.seed=3,4", "--steps", "1", "--transfer"]
    #expect(try Command.nnc(sets + ["1/weights.safetensors"], in: folder).status == 0)
    let again = try Command.nnc(sets + ["1/weights.safetensors"], in: folder)
    #expect(again.status == 0 && again.errors.contains("[2/2] seed=4: finished before"), "\(again)")
    let before = try folder.data("runs/tiny/seed=3/weights.safetensors")
    let other = try Command.nnc(sets + ["2/weights.safetensors"], in: folder)
    #expect(other.status == 2 && other.output.isEmpty, "\(other)")
    #expect(other.errors.contains("a run that did not begin with 2/weights.safetensors"), "\(other)")
    #expect(try folder.data("runs/tiny/seed=3/weights.safetensors") == before)
    let none = try Command.nnc(Array(sets.dropLast()), in: folder)
    #expect(none.status == 2 && none.errors.contains("a run that began with `--transfer 1/weights.safetensors`"))
    let fresh = try Command.nnc(sets + ["2/weights.safetensors", "--fresh"], in: folder)
    #expect(fresh.status == 0, "\(fresh)")
  }

  @Test("no point is the best of losses that are not the same quantity")
  func quantities() throws {
    let text = Folder.tinySpec.replacing("loss: mse", with: "vars: {k: 1}\nlosses: {a: {mse: {}, weight: $k}}")
    let folder = try Folder.withTinySpec(text.replacing("metrics: [psnr]\n", with: ""))
    defer { folder.remove() }
    for (run, set, isComparable) in [
      ("weights", "vars.k=1,0.01", false), ("ranges", "data.photos.range=[0, 1],[0, 0.1]", false),
      ("seeds", "train.seed=1,2", true), ("augment", "data.photos.augment=[],[{flip: horizontal}]", true),
    ] {
      let result = try train(folder, "--run", run, "--set", set, "--steps", "1", "--quiet", "--format", "json")
      #expect(result.status == 0, "\(result)")
      #expect(result.output.contains(/"best": ?null/) != isComparable, "\(result)")
    }
    // Where nothing is held out, the last training loss is what is compared.
    let whole = text.replacing(", validation: {images: photos}", with: "").replacing("metrics: [psnr]\n", with: "")
    try folder.write(whole, to: "spec.yaml")
    let changed = try train(
      folder, "--run", "whole", "--set", "data.photos.augment=[],[{flip: horizontal}]", "--steps", "1")
    #expect(changed.status == 0 && !changed.output.contains("best: "), "\(changed)")
  }
}
