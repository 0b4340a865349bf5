import Foundation
import NNFormats
import Testing

/// Weights under torchvision's names.
@Suite struct PublishedWeightsTests {
  /// The tensors of torchvision's VGG16 with this many channels in the first layers: names and shapes as in its file.
  private func tensors(width: Int) -> [(name: String, shape: [Int])] {
    var result: [(name: String, shape: [Int])] = []
    var channels = 3
    for (layer, factor) in zip(
      [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28], [1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 8, 8, 8])
    {
      result.append(("features.\(layer).weight", [width * factor, channels, 3, 3]))
      result.append(("features.\(layer).bias", [width * factor]))
      channels = width * factor
    }
    for (layer, inputs, outputs) in [(0, 49 * channels, 12), (3, 12, 12), (6, 12, 10)] {
      result.append(("classifier.\(layer).weight", [outputs, inputs]))
      result.append(("classifier.\(layer).bias", [outputs]))
    }
    return result
  }

  private func write(_ tensors: [(name: String, shape: [Int])], to path: String) throws {
    let layouts = tensors.map { Safetensors.Layout(name: $0.name, shape: $0.shape) }
    try Safetensors.write(layouts, to: path) { index in
      (0..<layouts[index].shape.reduce(1, *)).map { Float(($0 * 7 + index * 3) % 11) / 11 - 0.4 }
    }
  }

  private func vgg(_ folder: Folder, weights: String) throws -> String {
    let text = try String(contentsOf: Command.specs.appendingPathComponent("vgg16.yaml"), encoding: .utf8)
    #expect(text.contains("\n    frozen: true\n"))
    return text.replacingOccurrences(of: "\n    frozen: true\n", with: "\n    frozen: true\n    weights: \(weights)\n")
      .replacingOccurrences(of: "width: 64", with: "width: 2")
  }

  @Test func `torchvision's VGG16 loads as it is, with its classifier beside it`() throws {
    let folder = Folder()
    defer { folder.remove() }
    let all = tensors(width: 2)
    try write(all, to: folder.path("vgg16.safetensors"))
    try write(all.filter { $0.name.hasPrefix("features.") }, to: folder.path("features.safetensors"))
    try folder.write(try vgg(folder, weights: "vgg16.safetensors"), to: "loaded.yaml")
    try folder.writePicture("p.png", width: 40, height: 33)
    let checked = try Command.nnc("check", "loaded.yaml", in: folder)
    #expect(checked.status == 0, "\(checked.output)")
    let results = [
      try Command.nnc("run", "loaded.yaml", "--input", "p.png", "--output", "a.npy", in: folder),
      try Command.nnc(
        "run", Command.specs.appendingPathComponent("vgg16.yaml").path, "--set", "vars.width=2", "--weights",
        "features.safetensors", "--input", "p.png", "--output", "b.npy", in: folder),
    ]
    for result in results { #expect(result.status == 0, "\(result.errors)") }
    let values = try NPY.read(folder.path("a.npy")).values
    #expect(try folder.data("a.npy") == folder.data("b.npy"))
    #expect(values.contains { $0 > 0 }, "\(values)")
  }

  @Test func `an included network finds its tensors, too, and a file of another width does not fit`() throws {
    let folder = Folder()
    defer { folder.remove() }
    try write(tensors(width: 2), to: folder.path("vgg16.safetensors"))
    try folder.write(try vgg(folder, weights: "vgg16.safetensors"), to: "vgg16.yaml")
    let outer =
      "nnc: 1\ninclude: {vgg: vgg16.yaml}\nnetwork: {input: vgg.features.relu3_3, layers: [global_avg_pool]}\n"
    try folder.write(outer, to: "outer.yaml")
    let checked = try Command.nnc("check", "outer.yaml", in: folder)
    #expect(checked.status == 0, "\(checked.output)")
    try write(tensors(width: 3), to: folder.path("vgg16.safetensors"))
    let refused = try Command.nnc("check", "outer.yaml", in: folder)
    #expect(refused.status == 1 && refused.output.contains("NNC0403"), "\(refused.output)")
    #expect(refused.output.contains("`vgg.features.0.weight` is [3, 3, 3, 3] in"), "\(refused.output)")
  }
}
