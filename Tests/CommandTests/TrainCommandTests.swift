import Foundation
import NNFormats
import Testing

/// `nnc train` and `nnc eval` from a spec to weights.
@Suite struct TrainCommandTests {
  static let weights = "runs/tiny/weights.safetensors"

  private func lines(_ folder: Folder, _ run: String = "runs/tiny") throws -> [[String: Any]] {
    try folder.read("\(run)/metrics.jsonl").split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// The values of a weights file by tensor.
  static func tensors(_ path: String) throws -> [String: [Float]] {
    let file = try SafetensorsFile(path: path)
    return Dictionary(uniqueKeysWithValues: try file.entries.map { ($0.name, try file.read($0.name)) })
  }

  @Test(
    "nothing that somebody else wrote is replaced: a spec, a page, a file that is read", arguments: ["", " --fresh"])
  func othersFiles(fresh: String) throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let spec = try folder.read("spec.yaml")
    let refused = try Command.shell("$NNC train spec.yaml --steps 1 --run .\(fresh)", in: folder)
    #expect(refused.status == 2 && refused.errors.contains("./spec.yaml"), "\(refused)")
    #expect(try folder.read("spec.yaml") == spec && !folder.exists("machine.json") && !folder.exists("metrics.jsonl"))
    try folder.makeFolder("site")
    try folder.write("mine", to: "site/report.html")
    let kept = try Command.nnc("train", "spec.yaml", "--steps", "1", "--run", "site", in: folder)
    #expect(kept.status == 2 && kept.errors.contains("report.html"), "\(kept)")
    #expect(try folder.read("site/report.html") == "mine")
    #expect(try Command.nnc("train", "spec.yaml", "--steps", "1", in: folder).status == 0)
    let weights = try folder.data(TrainCommandTests.weights)
    for arguments in [
      ["graph", "spec.yaml", "--output", "./spec.yaml"],
      ["report", "runs/tiny", "--output", TrainCommandTests.weights],
    ] {
      let answer = try Command.nnc(arguments, in: folder)
      #expect(answer.status == 2 && answer.errors.contains("--output would replace"), "\(answer)")
    }
    #expect(try folder.read("spec.yaml") == spec && folder.data(TrainCommandTests.weights) == weights)
    // The run's own spec says the same.
    let again = try Command.nnc("train", "runs/tiny/spec.yaml", "--run", "runs/tiny", "--steps", "2", in: folder)
    #expect(again.status == 0, "\(again.errors)")
  }

  @Test("training leaves the spec, a log, previews and weights, and evaluating the weights says what the log says")
  func runFolder() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let result = try Command.nnc("train", "spec.yaml", "--log-every", "1", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("trained 4 steps") && result.output.contains(TrainCommandTests.weights))
    #expect(!result.errors.contains("\u{1B}") && !result.errors.contains("\r"), "redraws in a file")
    let made = folder.files.filter { $0.hasPrefix("runs/tiny/") && !$0.contains("tfevents") }
    #expect(
      made == [
        "runs/tiny/best.safetensors", "runs/tiny/checkpoints", "runs/tiny/checkpoints/step-00000000.safetensors",
        "runs/tiny/checkpoints/step-00000002.safetensors", "runs/tiny/checkpoints/step-00000004.safetensors",
        "runs/tiny/machine.json", "runs/tiny/metrics.jsonl", "runs/tiny/previews",
        "runs/tiny/previews/epoch-0001.png",
        "runs/tiny/previews/epoch-0002.png", "runs/tiny/report.html", "runs/tiny/spec.yaml", TrainCommandTests.weights,
      ])
    let spec = try folder.read("runs/tiny/spec.yaml")
    #expect(spec.contains("images: ../../photos") && spec.contains("padding: same"))
    let log = try lines(folder)
    // Six samples in batches of four: two steps an epoch.
    #expect(log.map { $0["step"] as? Int } == [1, 2, 3, 4])
    #expect(log.map { $0["epoch"] as? Int } == [1, 1, 2, 2])
    #expect(log.map { $0["validation"] != nil } == [false, true, false, true])
    for line in log {
      let loss = try #require(line["loss"] as? Double)
      let named = try #require((line["losses"] as? [String: Double])?["loss"])
      #expect(abs(loss - named) < 1e-6 && loss > 0)
      #expect(line["learning_rate"] as? Double == 1e-2)
      #expect((line["samples_per_second"] as? Double ?? 0) > 0)
    }
    let last = try #require(log.last?["validation"] as? [String: Any])
    let evaluated = try Command.nnc(
      "eval", "spec.yaml", "--weights", TrainCommandTests.weights, "--format", "json", in: folder)
    var found = try #require(JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
    #expect(found.removeValue(forKey: "samples") as? Int == 4)
    #expect(NSDictionary(dictionary: found) == NSDictionary(dictionary: last))
    let again = try Command.nnc(
      "eval", "runs/tiny/spec.yaml", "--weights", TrainCommandTests.weights, "--format", "json", in: folder)
    #expect(again.output == evaluated.output, "\(again.errors)")
    let text = try Command.nnc("eval", "spec.yaml", "--weights", TrainCommandTests.weights, in: folder)
    #expect(text.status == 0 && text.output.contains("psnr"))
  }

  @Test("a finished run is left alone unless --fresh says so; --steps, --epochs, --run and --quiet do what they say")
  func options() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let quiet = try Command.nnc("train", "spec.yaml", "--steps", "3", "--run", "out/a", "--quiet", in: folder)
    #expect(quiet.status == 0 && quiet.output.isEmpty && quiet.errors.isEmpty, "\(quiet)")
    #expect(try lines(folder, "out/a").last?["step"] as? Int == 3)
    #expect(!folder.exists("runs"))
    let before = try folder.data("out/a/weights.safetensors")
    let again = try Command.nnc("train", "spec.yaml", "--steps", "1", "--run", "out/a", in: folder)
    #expect(again.status == 0)
    #expect(again.output.contains("this run is finished, after 3 steps: more --steps or --epochs"), "\(again)")
    #expect(try folder.data("out/a/weights.safetensors") == before)
    // As by a process that was killed while it wrote the report.
    try folder.write("", to: "out/a/.nnc-999999999-1.tmp")
    try FileManager.default.removeItem(atPath: folder.path("out/a/report.html"))
    #expect(try Command.nnc("train", "spec.yaml", "--run", "out/a", "--steps", "3", in: folder).status == 0)
    #expect(folder.exists("out/a/report.html") && !folder.exists("out/a/.nnc-999999999-1.tmp"))
    try folder.write("mine", to: "out/a/notes.txt")
    let fresh = try Command.nnc("train", "spec.yaml", "--epochs", "1", "--run", "out/a", "--fresh", in: folder)
    #expect(fresh.status == 0)
    #expect(try lines(folder, "out/a").last?["step"] as? Int == 2)
    #expect(try folder.data("out/a/weights.safetensors") != before)
    #expect(try folder.read("out/a/notes.txt") == "mine")
    #expect(!folder.exists("out/a/previews/epoch-0002.png"))
    let set = try Command.nnc(
      "train", "spec.yaml", "--set", "train.seed=2", "--epochs", "1", "--run", "out/b", "--quiet", in: folder)
    #expect(set.status == 0)
    #expect(try folder.data("out/b/weights.safetensors") != folder.data("out/a/weights.safetensors"))
  }

  @Test("the weights are the same bytes for any number of threads and with dead memory poisoned")
  func determinism() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    var files: [Data] = []
    for (index, environment) in [
      ["NNC_THREADS": "1"], ["NNC_THREADS": "2"], ["NNC_THREADS": "3"], ["NNC_POISON": "1"],
    ].enumerated() {
      let result = try Command.nnc(
        "train", "spec.yaml", "--run", "r\(index)", "--quiet", in: folder, environment: environment)
      #expect(result.status == 0, "\(result.errors)")
      files.append(try folder.data("r\(index)/weights.safetensors"))
    }
    #expect(files.allSatisfy { $0 == files[0] })
  }

  @Test("the naive plan trains to the same weights but for rounding")
  func naivePlan() throws {
    let spec = Folder.tinySpec.replacingOccurrences(
      of: "adam: {learning_rate: 1e-2}", with: "sgd: {learning_rate: 0.1}")
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    for (run, options) in [("fused", ""), ("naive", "--no-fuse --no-reuse"), ("unfused", "--no-fuse")] {
      let result = try Command.shell(
        "$NNC train spec.yaml --run \(run) --steps 4 --quiet \(options)", in: folder,
        environment: ["NNC_POISON": run == "unfused" ? "1" : "0"])
      #expect(result.status == 0, "\(result.errors)")
    }
    let fused = try TrainCommandTests.tensors(folder.path("fused/weights.safetensors"))
    for run in ["naive", "unfused"] {
      let other = try TrainCommandTests.tensors(folder.path("\(run)/weights.safetensors"))
      #expect(other.keys.sorted() == fused.keys.sorted())
      for (name, values) in fused {
        let difference = zip(values, other[name] ?? []).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference <= 1e-6, "\(name) of \(run)")
      }
    }
  }

  @Test("a spec with `weights` starts from them, and a frozen network keeps them")
  func startingWeights() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--quiet", in: folder).status == 0)
    let trained = try TrainCommandTests.tensors(folder.path(TrainCommandTests.weights))
    let next = Folder.tinySpec
      .replacingOccurrences(of: "network:\n", with: "network:\n  weights: \(TrainCommandTests.weights)\n  layers:\n")
      .replacingOccurrences(of: "\n  - ", with: "\n    - ").replacingOccurrences(of: "1e-2", with: "0")
    try folder.write(next, to: "next.yaml")
    let result = try Command.nnc("train", "next.yaml", "--run", "next", "--steps", "1", "--quiet", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try TrainCommandTests.tensors(folder.path("next/weights.safetensors")) == trained)
    let ran = try Command.nnc("run", "next.yaml", "--input", "photos/p0.png", "--output", "o.png", in: folder)
    #expect(ran.status == 0, "\(ran.errors)")
    try folder.write(next.replacingOccurrences(of: "filters: 8", with: "filters: 7"), to: "next.yaml")
    let refused = try Command.nnc("check", "next.yaml", in: folder)
    #expect(refused.status == 1 && refused.output.contains("NNC0403"))
    #expect(refused.output.contains("`model.conv_1.weight` is [8, 3, 3, 3] in"), "\(refused.output)")
    #expect(refused.output.contains("train with `--transfer \(TrainCommandTests.weights)`"), "\(refused.output)")
  }

  @Test("a spectral norm trains, is saved under PyTorch's names, and running or evaluating leaves it as it is")
  func spectralNorm() throws {
    let spec = Folder.tinySpec.replacingOccurrences(of: "filters: 8,", with: "filters: 8, spectral_norm: true,")
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    let trained = try Command.nnc("train", "spec.yaml", "--run", "some", "--steps", "5", "--quiet", in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let file = try SafetensorsFile(path: folder.path("some/weights.safetensors"))
    #expect(file["model.conv_1.weight_orig"]?.shape == [8, 3, 3, 3])
    #expect(file["model.conv_1.weight_u"]?.shape == [8] && file["model.conv_1.weight_v"]?.shape == [27])
    #expect(file["model.conv_1.weight"] == nil)
    let results = try (0..<2).map { index in
      let arguments = ["--input", "photos/p0.png", "--output", "o\(index).png"]
      let run = try Command.nnc(
        "run", "spec.yaml", "--weights", "some/weights.safetensors", arguments[0], arguments[1], arguments[2],
        arguments[3], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let evaluated = try Command.nnc("eval", "spec.yaml", "--weights", "some/weights.safetensors", in: folder)
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      return evaluated.output
    }
    #expect(try folder.data("o0.png") == folder.data("o1.png"))
    #expect(results[0] == results[1])
  }

  @Test("a loss that is no number any more ends training without weights")
  func divergence() throws {
    let spec = Folder.tinySpec.replacingOccurrences(of: "sigmoid", with: "none")
      .replacingOccurrences(of: "adam: {learning_rate: 1e-2}", with: "sgd: {learning_rate: 1e30}")
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    let result = try Command.nnc("train", "spec.yaml", "--steps", "20", in: folder)
    #expect(result.status == 3, "\(result)")
    #expect(result.errors.contains("diverged"), "\(result.errors)")
    #expect(!folder.exists(TrainCommandTests.weights))
  }

  @Test("more memory than the machine has is refused before anything is made")
  func tooMuchMemory() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let result = try Command.nnc("train", "spec.yaml", "--set", "train.batch_size=8000000", in: folder)
    #expect(result.status == 3, "\(result)")
    #expect(result.errors.contains("batches of 8000000 samples needs") && result.errors.contains("the machine has"))
    #expect(!folder.exists("runs"))
  }

  @Test("the classifier of the shipped specs learns its digits")
  func classifier() throws {
    let folder = Folder()
    defer { folder.remove() }
    let spec = Command.specs.appendingPathComponent("classifier.yaml").path
    let result = try Command.nnc("train", spec, "--run", "c", "--quiet", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let last = try #require(lines(folder, "c").last?["validation"] as? [String: Any])
    let accuracy = try #require((last["metrics"] as? [String: Double])?["accuracy"])
    #expect(accuracy > 0.95)
  }
}
