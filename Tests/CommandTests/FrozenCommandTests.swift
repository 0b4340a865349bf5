import Foundation
import NNFormats
import Testing

/// Runs with a frozen network, whose weights stand once beside the checkpoints.
@Suite struct FrozenCommandTests {
  private static let spec = Folder.tinySpec
    .replacing("network:\n", with: "networks:\n  model:\n").replacing("\n  - ", with: "\n    - ")
    .replacing(
      "loss: mse",
      with: """
          eye: {input: [16, 16, 3], frozen: true, weights: eye.safetensors, layers: [conv: {name: seen, filters: 64}]}
        losses:
          pixel: {mse: {prediction: model}}
          feature: {perceptual: {network: eye, layers: {seen: 1}, prediction: model, target: photos.target}}
        """)
  private static let frozen = "runs/tiny/checkpoints/frozen.safetensors"

  private func folder() throws -> Folder {
    let folder = try Folder.withTinySpec(Self.spec)
    try eye(0.01, in: folder)
    return folder
  }

  private func eye(_ scale: Float, in folder: Folder) throws {
    let layouts = [
      Safetensors.Layout(name: "eye.seen.weight", shape: [64, 3, 3, 3]),
      Safetensors.Layout(name: "eye.seen.bias", shape: [64]),
    ]
    try Safetensors.write(layouts, to: folder.path("eye.safetensors")) { index in
      (0..<(index == 0 ? 64 * 27 : 64)).map { Float($0 % 7 - 3) * scale }
    }
  }

  private func train(_ folder: Folder, _ options: String...) throws -> Command.Result {
    try Command.nnc(["train", "spec.yaml"] + options, in: folder)
  }

  @Test(
    "frozen weights stand once, checkpoints are weights files with them, and a run that goes on ends in the same bits")
  func once() throws {
    let folder = try folder()
    defer { folder.remove() }
    let whole = try train(folder, "--run", "whole", "--quiet")
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(try train(folder, "--steps", "2", "--quiet").status == 0)
    let checkpoint = "runs/tiny/checkpoints/step-00000002.safetensors"
    let names = try SafetensorsFile(path: folder.path(checkpoint)).entries.map(\.name)
    #expect(!names.contains { $0.contains("eye.") } && names.contains("model.conv_1.weight"))
    #expect(
      try SafetensorsFile(path: folder.path(Self.frozen)).entries.map(\.name) == ["eye.seen.weight", "eye.seen.bias"])
    // The file that they came from may change meanwhile: what the run began with counts.
    try eye(0.5, in: folder)
    let more = try train(folder)
    #expect(more.status == 0 && more.errors.contains("going on after step 2"), "\(more.errors)")
    for file in ["weights.safetensors", "best.safetensors", "checkpoints/frozen.safetensors"] {
      #expect(try folder.data("runs/tiny/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
    #expect(try SafetensorsFile(path: folder.path("runs/tiny/weights.safetensors"))["eye.seen.weight"] != nil)
    for command in ["eval spec.yaml", "run spec.yaml --network model --input photos/p0.png --output o.png"] {
      let result = try Command.shell("$NNC \(command) --weights \(checkpoint)", in: folder)
      #expect(result.status == 0, "\(result.errors)")
    }
    let transferred = try train(folder, "--run", "other", "--transfer", checkpoint, "--steps", "1")
    #expect(transferred.status == 0 && !transferred.errors.contains("newly made"), "\(transferred.errors)")
  }

  @Test("a file of frozen weights that is damaged, missing or another is refused by its name")
  func damaged() throws {
    let folder = try folder()
    defer { folder.remove() }
    #expect(try train(folder, "--steps", "2", "--quiet").status == 0)
    let whole = try folder.data(Self.frozen)
    let place = folder.url.appendingPathComponent(Self.frozen)
    func refused(_ reason: String) throws {
      for command in [
        "train spec.yaml", "eval spec.yaml --weights runs/tiny/checkpoints/step-00000002.safetensors",
      ] {
        let result = try Command.shell("$NNC \(command)", in: folder)
        #expect(result.status == 1 && !result.crashed, "\(result)")
        #expect(result.errors.contains("cannot read \(Self.frozen): "), "\(result.errors)")
        #expect(result.errors.contains(reason), "\(result.errors)")
      }
    }
    for position in [60, whole.count - 1] {
      var bytes = whole
      bytes[position] ^= 16
      try bytes.write(to: place)
      try refused("damaged")
    }
    try whole.dropLast().write(to: place)
    try refused("truncated")
    try FileManager.default.removeItem(at: place)
    try refused("there is no such file, and step-00000002.safetensors leaves its frozen weights to it")
    // Whole, but of another run.
    try eye(0.5, in: folder)
    #expect(try train(folder, "--run", "other", "--steps", "1", "--quiet").status == 0)
    try folder.data("other/checkpoints/frozen.safetensors").write(to: place)
    try refused("it does not hold the frozen weights that step-00000002.safetensors was written with")
    try whole.write(to: place)
    #expect(try train(folder, "--quiet").status == 0)
    #expect(try train(folder, "--fresh", "--steps", "1", "--quiet").status == 0)
    #expect(try folder.data(Self.frozen) != whole, "a new run begins with what the spec's file holds now")
  }
}
