import Foundation
import NNFormats
import Testing

/// `nnc run` on pictures, folders and arrays.
@Suite struct RunCommandTests {
  /// A folder with a trained `spec.yaml` and its weights as `w`.
  private func trained(_ spec: String = Folder.tinySpec) throws -> Folder {
    let folder = try Folder.withTinySpec(spec)
    let result = try Command.nnc("train", "spec.yaml", "--steps", "1", "--quiet", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    try FileManager.default.copyItem(
      atPath: folder.path("runs/tiny/weights.safetensors"), toPath: folder.path("w"))
    return folder
  }

  private func run(_ line: String, in folder: Folder) throws -> Command.Result {
    try Command.shell("$NNC run spec.yaml --weights w \(line)", in: folder)
  }

  private func size(_ folder: Folder, _ name: String) throws -> [Int] {
    let header = try ImageFile.header(folder.path(name))
    return [header.width, header.height, header.channels]
  }

  @Test("pictures of any size keep it, grey ones become the network's colours")
  func pictures() throws {
    let folder = try trained()
    defer { folder.remove() }
    try folder.writePicture("odd.png", width: 37, height: 53)
    try folder.writePicture("grey.png", width: 9, height: 5, channels: 1)
    try folder.writePicture("dot.png", width: 1, height: 1)
    for (name, width, height) in [("odd", 37, 53), ("grey", 9, 5), ("dot", 1, 1)] {
      let result = try run("--input \(name).png --output \(name)-out.png", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("\(name).png -> \(name)-out.png [\(height), \(width), 3]"), "\(result.errors)")
      #expect(try size(folder, "\(name)-out.png") == [width, height, 3])
    }
    #expect(try run("--input odd.png --output s.png --size 20x30", in: folder).status == 0)
    #expect(try size(folder, "s.png") == [30, 20, 3])
    #expect(try run("--input odd.png --output c.png --degrade --compare", in: folder).status == 0)
    let compared = try size(folder, "c.png")
    #expect(compared[0] >= 2 * 37 && compared[1] >= 53)
    #expect(try run("--input odd.png --output o.npy", in: folder).status == 0)
    #expect(try NPY.open(folder.path("o.npy")).shape == [1, 53, 37, 3])
    #expect(!folder.files.contains { $0.hasSuffix(".tmp") })
  }

  @Test("a folder gives a folder of the same names")
  func folders() throws {
    let folder = try trained()
    defer { folder.remove() }
    try folder.makeFolder("photos/sub")
    try folder.writePicture("photos/sub/deep.png", width: 8, height: 8)
    try FileManager.default.copyItem(atPath: folder.path("photos/p0.png"), toPath: folder.path("photos/p0.jpeg"))
    let result = try run("--input photos --output out/here", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let made = folder.files.filter { $0.hasPrefix("out/here/") && $0.hasSuffix("png") }
    #expect(
      made == ["p0.png", "p0.png.png", "p1.png", "p2.png", "p3.png", "sub/deep.png"].map { "out/here/\($0)" })
    try folder.makeFolder("three")
    for name in ["a.PNG", "a.png", "a.png.png"] {
      try FileManager.default.copyItem(atPath: folder.path("photos/p0.png"), toPath: folder.path("three/\(name)"))
    }
    #expect(try run("--input three --output results", in: folder).status == 0)
    #expect(folder.files.filter { $0.hasPrefix("results/") }.count == 3)
    let deep = try folder.data("photos/sub/deep.png")
    try FileManager.default.copyItem(atPath: folder.path("photos/p1.png"), toPath: folder.path("photos/deep.png"))
    let replacing = try run("--input photos --output photos/sub", in: folder)
    #expect(replacing.status == 2 && replacing.errors.contains("would replace photos/sub/deep.png"), "\(replacing)")
    #expect(try folder.data("photos/sub/deep.png") == deep)
    let before = try folder.data("photos/p0.png")
    #expect(try run("--input photos --output ./photos/", in: folder).status == 2)
    #expect(try folder.data("photos/p0.png") == before)
    for (input, status) in [("nowhere", Int32(1)), ("empty", 1), ("spec.yaml", 1)] {
      try folder.makeFolder("empty")
      let refused = try run("--input \(input) --output o.png", in: folder)
      #expect(refused.status == status && refused.errors.contains(input), "\(refused.errors)")
      #expect(!folder.exists("o.png"))
    }
  }

  @Test("arrays go in and out in both layouts with the same values")
  func arrays() throws {
    let folder = try trained()
    defer { folder.remove() }
    let (height, width) = (16, 16)
    let last = (0..<2 * height * width * 3).map { Float($0 % 97) / 97 }
    var first = last
    for sample in 0..<2 {
      for pixel in 0..<height * width {
        for channel in 0..<3 {
          let start = sample * height * width * 3
          first[start + channel * height * width + pixel] = last[start + pixel * 3 + channel]
        }
      }
    }
    try NPY.write(last, shape: [2, height, width, 3], to: folder.path("last.npy"))
    try NPY.write(first, shape: [2, 3, height, width], to: folder.path("first.npy"))
    #expect(try run("--input last.npy --output last-out.npy", in: folder).status == 0)
    #expect(try run("--input first.npy --output first-out.npy --npy-layout nchw", in: folder).status == 0)
    let outLast = try NPY.read(folder.path("last-out.npy"))
    let outFirst = try NPY.read(folder.path("first-out.npy"))
    #expect(outLast.shape == [2, height, width, 3] && outFirst.shape == [2, 3, height, width])
    var differences = 0
    for sample in 0..<2 {
      for pixel in 0..<height * width {
        for channel in 0..<3 {
          let start = sample * height * width * 3
          let a = outLast.values[start + pixel * 3 + channel]
          if a != outFirst.values[start + channel * height * width + pixel] { differences += 1 }
        }
      }
    }
    #expect(differences == 0)
    #expect(Set(outLast.values).count > 100)
    let wrong = try run("--input first.npy --output o.npy", in: folder)
    #expect(wrong.status == 1 && wrong.errors.contains("first.npy is [2, 3, 16, 16]"), "\(wrong.errors)")
    for options in ["o.png", "o.npy --compare", "o.npy --degrade", "o.npy --size 8x8"] {
      #expect(try run("--input last.npy --output \(options)", in: folder).status == 2)
    }
    try folder.write("no array", to: "text.npy")
    let text = try run("--input text.npy --output o.npy", in: folder)
    #expect(text.status == 1 && text.errors.contains("text.npy"))
    try NPY.write([], shape: [0, 16, 16, 3], to: folder.path("none.npy"))
    let none = try run("--input none.npy --output none-out.npy", in: folder)
    #expect(!none.crashed && none.status == 0 || none.status == 1, "\(none)")
    #expect(!folder.exists("o.npy") && !folder.exists("o.png"))
  }

  @Test("a result has the values of what the network is compared with, and is written in the layout that is asked for")
  func valuesAndLayout() throws {
    let spec = """
      nnc: 1
      name: tiny
      data:
        a: {images: photos, shape: [8, 8, 3]}
        b: {images: photos, shape: [8, 8, 3], range: [-1, 1]}
      network: {input: a, layers: [conv: {filters: 3, kernel: 1}]}
      loss: {mse: {prediction: model, target: b}}
      metrics: [psnr]
      train: {steps: 1, batch_size: 4, optimizer: adam}

      """
    let folder = try trained(spec)
    defer { folder.remove() }
    // 2 x - 1 turns the one range into the other.
    let weight = (0..<9).map { Float($0 % 4 == 0 ? 2 : 0) }
    try Safetensors.write(
      [.init(name: "model.conv_1.weight", shape: [3, 3, 1, 1]), .init(name: "model.conv_1.bias", shape: [3])],
      to: folder.path("w")
    ) { $0 == 0 ? weight : [-1, -1, -1] }
    #expect(try run("--input photos/p0.png --output o.png", in: folder).status == 0)
    #expect(try ImageFile.read(folder.path("o.png")) == ImageFile.read(folder.path("photos/p0.png")))
    // Input and target are one picture, in values of their own.
    let measured = try Command.shell("$NNC eval spec.yaml --weights w --format json", in: folder)
    #expect(measured.output.contains(#""psnr": 100"#) && measured.output.contains(#""input_psnr": 100"#), "\(measured)")
    #expect(try run("--input photos/p0.png --output o.npy --npy-layout nchw", in: folder).status == 0)
    #expect(try NPY.open(folder.path("o.npy")).shape == [1, 3, 20, 24])
    #expect(try run("--input photos/p0.png --output c.npy --compare", in: folder).status == 2)
    try folder.write("nnc: 1\nnetwork: {input: [8, 8, 4], layers: [max_pool]}\n", to: "four.yaml")
    let four = try Command.shell("$NNC run four.yaml --input photos/p0.png --output f.png", in: folder)
    #expect(four.status == 2 && four.errors.contains("[8, 8, 4], no picture"), "\(four)")
  }

  @Test("a network that counts its input's values gets the picture fitted to the spec's shape")
  func dense() throws {
    let spec = """
      nnc: 1
      name: tiny
      data: {photos: {images: photos, shape: [8, 8, 3]}}
      network: [dense: {units: 12, activation: relu}, dense: {units: 192}, reshape: {shape: [8, 8, 3]}]
      loss: mse
      train: {epochs: 1, batch_size: 4, optimizer: {adam: {}}}

      """
    let folder = try trained(spec)
    defer { folder.remove() }
    try folder.writePicture("odd.png", width: 37, height: 53)
    #expect(try run("--input odd.png --output o.png", in: folder).status == 0)
    #expect(try size(folder, "o.png") == [8, 8, 3])
    let wrong = try run("--input odd.png --output s.png --size 9x9", in: folder)
    #expect(wrong.status == 2 && wrong.errors.contains("takes 8x8 only"), "\(wrong)")
    #expect(!folder.exists("s.png"))
  }

  @Test("a network runs through the networks that lead to it, on pictures of any size")
  func severalNetworks() throws {
    let spec = """
      nnc: 1
      name: tiny
      data: {photos: {images: photos, shape: [8, 8, 3]}}
      networks:
        encoder: {input: photos, layers: [conv: {filters: 4, stride: 2}, conv: {filters: 4, normalization: batch}]}
        decoder: {input: encoder, layers: [upsample, output: {channels: 3, activation: sigmoid}]}
      loss: {mse: {prediction: decoder, target: photos}}
      train: {epochs: 1, batch_size: 4, optimizer: {adam: {}}}

      """
    let folder = try trained(spec)
    defer { folder.remove() }
    try folder.writePicture("odd.png", width: 37, height: 53)
    #expect(try run("--input odd.png --output o.png", in: folder).status == 0)
    #expect(try size(folder, "o.png") == [37, 53, 3])
    #expect(try run("--input odd.png --output code.npy --network encoder", in: folder).status == 0)
    #expect(try NPY.open(folder.path("code.npy")).shape == [1, 27, 19, 4])
    let unknown = try run("--input odd.png --output o.png --network coder", in: folder)
    #expect(unknown.status == 2 && unknown.errors.contains("encoder, decoder"), "\(unknown)")
  }

  @Test("a network that counts values, trained on smaller pictures, degrades the clean size and not the small one")
  func denseAfterDownscale() throws {
    let spec = """
      nnc: 1
      name: tiny
      data: {photos: {images: photos, shape: [16, 16, 3], degrade: [{downscale: 2}]}}
      network: [flatten, dense: {units: 768}, reshape: {shape: [16, 16, 3]}]
      loss: mse
      train: {epochs: 1, batch_size: 4, optimizer: {adam: {}}}

      """
    let folder = try trained(spec)
    defer { folder.remove() }
    for options in ["", "--degrade", "--degrade --compare"] {
      let result = try run("--input photos/p0.png --output o.png \(options)", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      if options != "--degrade --compare" { #expect(try size(folder, "o.png") == [16, 16, 3]) }
    }
  }

  @Test(
    "a network whose size is no multiple of its input's still takes other sizes",
    arguments: [
      ("conv: {filters: 3, padding: valid}", 35, 51), ("conv: {filters: 3, kernel: 16, padding: valid}", 22, 38),
      ("transposed_conv: {filters: 3, kernel: 5, padding: 1}", 39, 55),
      ("conv: {filters: 3, kernel: [1, 5], stride: [1, 2], padding: 2}", 19, 57),
    ])
  func otherSizes(layer: String, width: Int, height: Int) throws {
    let spec = """
      nnc: 1
      data: {photos: {images: photos, shape: [16, 16, 3]}}
      network: {weights: w, layers: [\(layer)]}

      """
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    try folder.writePicture("odd.png", width: 37, height: 53)
    let kernel =
      layer.contains("[1, 5]") ? [1, 5] : layer.contains("16") ? [16, 16] : layer.contains("5") ? [5, 5] : [3, 3]
    let shape = [3, 3] + kernel
    let path = "model.\(layer.prefix { $0 != ":" })_1"
    let tensors = [("\(path).weight", shape), ("\(path).bias", [3])]
    try Safetensors.write(tensors.map { .init(name: $0.0, shape: $0.1) }, to: folder.path("w")) { index in
      Array(repeating: 0.1, count: tensors[index].1.reduce(1, *))
    }
    let result = try Command.nnc("run", "spec.yaml", "--input", "odd.png", "--output", "o.png", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try size(folder, "o.png") == [width, height, 3])
  }

  @Test("without padding a picture gets what the layers make of it, whatever the spec's own size, or an error")
  func valid() throws {
    let spec = """
      nnc: 1
      data: {photos: {images: photos, shape: [64, 64, 3]}}
      network:
        weights: w
        layers:
          - conv: {name: a, filters: 3, padding: valid, activation: relu}
          - conv: {name: b, filters: 3, padding: valid, activation: relu}
          - conv: {name: c, filters: 3, padding: valid, activation: relu}

      """
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    let tensors = ["a", "b", "c"].flatMap { [("model.\($0).weight", [3, 3, 3, 3]), ("model.\($0).bias", [3])] }
    try Safetensors.write(tensors.map { .init(name: $0.0, shape: $0.1) }, to: folder.path("w")) { index in
      Array(repeating: 0.1, count: tensors[index].1.reduce(1, *))
    }
    for (width, height) in [(40, 20), (7, 65), (64, 64)] {
      try folder.writePicture("a.png", width: width, height: height)
      let result = try Command.nnc("run", "spec.yaml", "--input", "a.png", "--output", "o.png", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try size(folder, "o.png") == [width - 6, height - 6, 3])
    }
    for (width, height) in [(6, 64), (1, 1)] {
      try folder.writePicture("a.png", width: width, height: height)
      let result = try Command.nnc("run", "spec.yaml", "--input", "a.png", "--output", "none.npy", in: folder)
      #expect(result.status == 1 && result.errors.contains("\(height)x\(width)"), "\(result.errors)")
      #expect(!folder.exists("none.npy"))
    }
  }

  @Test("weights are asked for where the network that runs has parameters")
  func networkWithoutWeights() throws {
    let spec = """
      nnc: 1
      networks:
        a: {input: [4, 4, 2], layers: [conv: {filters: 3}]}
        b: {input: [4, 4, 2], layers: [upsample]}

      """
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    try NPY.write(Array(repeating: 0.5, count: 32), shape: [1, 4, 4, 2], to: folder.path("x.npy"))
    for (network, status) in [("a", Int32(2)), ("b", 0)] {
      let result = try Command.nnc(
        "run", "spec.yaml", "--network", network, "--input", "x.npy", "--output", "o.npy", in: folder)
      #expect(result.status == status, "\(result)")
    }
  }

  @Test(
    "pictures go into networks that give features",
    arguments: [
      "flatten, dense: {units: 5}", "conv: {filters: 5, stride: 2}, global_avg_pool",
      "conv: {filters: 5, padding: valid}, global_avg_pool",
    ])
  func features(layers: String) throws {
    let spec = """
      nnc: 1
      data: {photos: {images: photos, shape: [8, 8, 3]}}
      network: {weights: w, layers: [\(layers)]}

      """
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    let (name, shape) = layers.hasPrefix("flatten") ? ("dense_1", [5, 192]) : ("conv_1", [5, 3, 3, 3])
    let tensors = [("model.\(name).weight", shape), ("model.\(name).bias", [5])]
    try Safetensors.write(tensors.map { .init(name: $0.0, shape: $0.1) }, to: folder.path("w")) { index in
      Array(repeating: 0.1, count: tensors[index].1.reduce(1, *))
    }
    let result = try Command.nnc("run", "spec.yaml", "--input", "photos/p0.png", "--output", "o.npy", in: folder)
    #expect(result.status == 0 && !result.crashed, "\(result)")
    #expect(try NPY.open(folder.path("o.npy")).shape == [1, 5])
    try folder.writePicture("dot.png", width: 1, height: 1)
    let dot = try Command.nnc("run", "spec.yaml", "--input", "dot.png", "--output", "dot.npy", in: folder)
    #expect(!dot.crashed && dot.status == (layers.contains("valid") ? 1 : 0), "\(dot)")
  }

  @Test("a network may be called as parameters' updates are")
  func updateName() throws {
    let spec = """
      nnc: 1
      name: tiny
      data: {photos: {images: photos, shape: [8, 8, 3]}}
      networks: {update.g: {input: photos, layers: [output: {channels: 3, activation: sigmoid}]}}
      loss: {mse: {prediction: update.g, target: photos}}
      train: {epochs: 1, batch_size: 4, optimizer: {adam: {}}}

      """
    let folder = try trained(spec)
    defer { folder.remove() }
    let result = try run("--input photos/p0.png --output o.png", in: folder)
    #expect(result.status == 0 && !result.crashed, "\(result)")
    #expect(try size(folder, "o.png") == [24, 20, 3])
  }

  @Test("what a killed process of the same number left does not stop a file from being written")
  func leftover() throws {
    let folder = try trained()
    defer { folder.remove() }
    let line = "touch .nnc-$$-1.tmp; exec $NNC run spec.yaml --weights w --input photos/p0.png --output o.png"
    let result = try Command.shell(line, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try size(folder, "o.png") == [24, 20, 3])
  }

  @Test("a device takes the picture straight")
  func device() throws {
    let folder = try trained()
    defer { folder.remove() }
    let result = try run("--input photos/p0.png --output /dev/stdout | head -c 4 | od -c | head -1", in: folder)
    #expect(result.output.contains("211   P   N   G"), "\(result)")
  }
}
