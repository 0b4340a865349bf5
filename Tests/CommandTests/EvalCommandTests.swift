import Foundation
import NNFormats
import Testing

/// `nnc eval --pictures`
@Suite struct EvalCommandTests {
  @Test("eval shows the best and the worst samples as a picture, with a line for each")
  func pictures() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    let weights = "runs/tiny/weights.safetensors"
    #expect(try Command.nnc("train", "spec.yaml", "--steps", "2", in: folder).status == 0)
    let plain = try Command.nnc("eval", "spec.yaml", "--weights", weights, in: folder)
    let shown = try Command.nnc("eval", "spec.yaml", "--weights", weights, "--pictures", "best.png", in: folder)
    #expect(shown.status == 0 && shown.output.hasPrefix(plain.output), "\(shown.errors)")
    let lines = shown.output.dropFirst(plain.output.count).split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }
    #expect(lines[0].first == "best.png:" && lines[0].contains("psnr,"))
    #expect(lines.dropFirst().map { $0[0] } == ["best", "best", "worst", "worst"])
    #expect(Set(lines.dropFirst().map { $0[2] }) == Set((0..<4).map { "photos/p\($0).png" }))
    let values = try lines.dropFirst().map { try #require(Double($0[1])) }
    #expect(values == values.sorted(by: >))
    let image = try ImageFile.read(folder.path("best.png"))
    #expect((image.width, image.height, image.channels) == (3 * 128 + 4, 4 * 128 + 6, 3))
    let json = try Command.nnc(
      "eval", "spec.yaml", "--weights", weights, "--pictures", "best.png", "--format", "json", in: folder)
    let found = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let ranking = try #require(found["pictures"] as? [String: Any])
    #expect(ranking["metric"] as? String == "psnr" && (ranking["best"] as? [Any])?.count == 2)
  }

  @Test("weights that are no numbers are no perfect score, and nothing that is read is replaced")
  func noNumbers() throws {
    let folder = try Folder.withTinySpec()
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--steps", "1", "--quiet", in: folder).status == 0)
    let weights = folder.path("runs/tiny/weights.safetensors")
    let file = try SafetensorsFile(path: weights)
    let layouts = file.entries.map { Safetensors.Layout(name: $0.name, shape: $0.shape) }
    try Safetensors.write(layouts, to: folder.path("nan")) { index in
      Array(repeating: .nan, count: layouts[index].shape.reduce(1, *))
    }
    let result = try Command.nnc("eval", "spec.yaml", "--weights", "nan", in: folder)
    #expect(result.status == 3 && result.errors.contains("the loss `loss` is nan"), "\(result)")
    #expect(result.output.contains(/psnr +nan/), "\(result.output)")
    let line = "$NNC run spec.yaml --weights nan --input photos/p0.png --output"
    let drawn = try Command.shell("\(line) o.png", in: folder)
    #expect(drawn.status == 3 && drawn.errors.contains("no numbers") && !folder.exists("o.png"), "\(drawn)")
    let kept = try Command.shell("\(line) o.npy", in: folder)
    #expect(kept.status == 0 && kept.errors.contains("no numbers") && folder.exists("o.npy"), "\(kept)")
    for file in ["photos/p1.png", "./photos/../photos/p2.png"] {
      let before = try folder.data(file)
      let refused = try Command.nnc("eval", "spec.yaml", "--weights", weights, "--pictures", file, in: folder)
      #expect(refused.status == 2 && refused.errors.contains("--pictures would replace"), "\(refused)")
      #expect(try folder.data(file) == before)
    }
  }

  @Test("the weights of losses are those of the step that the weights were written after")
  func scheduledWeights() throws {
    let spec = Folder.tinySpec.replacingOccurrences(
      of: "loss: mse",
      with: "losses: {a: {mse: {}, weight: {linear: {from: 0, to: 1}}}, b: {mae: {}, weight: 0.5}}")
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    #expect(try Command.nnc("train", "spec.yaml", "--log-every", "1", in: folder).status == 0)
    let log = try folder.read("runs/tiny/metrics.jsonl").split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    for (step, file) in [(4, "weights.safetensors"), (2, "checkpoints/step-00000002.safetensors")] {
      let logged = try #require((log[step - 1]["validation"] as? [String: Any])?["loss"] as? Double)
      let result = try Command.nnc(
        "eval", "spec.yaml", "--weights", "runs/tiny/\(file)", "--format", "json", in: folder)
      let found = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(found["loss"] as? Double == logged, "step \(step)")
    }
  }

  @Test("eval refuses to show what is no picture, before it evaluates")
  func noPictures() throws {
    let classifier = """
      nnc: 1
      data: {photos: {classes: photos, shape: [8, 8, 3]}}
      network: [flatten, dense: {units: 2, activation: softmax}]
      loss: cross_entropy
      train: {epochs: 1, batch_size: 2, optimizer: adam}

      """
    let folder = try Folder.withTinySpec(classifier)
    defer { folder.remove() }
    for name in ["a", "b"] {
      try folder.makeFolder("photos/\(name)")
      try folder.writePicture("photos/\(name)/1.png", width: 9, height: 9)
    }
    for index in 0..<4 { try FileManager.default.removeItem(atPath: folder.path("photos/p\(index).png")) }
    let result = try Command.nnc("eval", "spec.yaml", "--weights", "none", "--pictures", "best.png", in: folder)
    #expect(result.status == 2 && result.errors.contains("--pictures: `model` gives [2], no picture"), "\(result)")
    let named = try Command.nnc("eval", "spec.yaml", "--weights", "none", "--pictures", "best.jpg", in: folder)
    #expect(named.status == 2 && named.errors.contains("--pictures takes a .png file"))
    #expect(!folder.exists("best.png") && !folder.exists("best.jpg"))
  }
}
