import Foundation
import NNFormats
import Testing

/// Training from every kind of source, from several at once, and with broken pictures.
@Suite struct DataCommandTests {
  /// Pictures in `in`, `out` (of the same names), `other`, and `classes/a` and `classes/b`; a small `cifar`.
  private func data() throws -> Folder {
    let folder = Folder()
    for (name, count) in [("in", 6), ("out", 6), ("other", 3), ("classes/a", 3), ("classes/b", 4)] {
      try folder.makeFolder(name)
      for index in 0..<count {
        try folder.writePicture("\(name)/p\(index).png", width: 12, height: 10, seed: index + name.count)
      }
    }
    try folder.makeFolder("cifar")
    for (index, name) in (CIFAR10.trainingNames + [CIFAR10.testName]).enumerated() {
      var record = [UInt8(index)]
      for place in 0..<3072 { record.append(UInt8((place * (index + 3)) % 256)) }
      try Data(record + record).write(to: folder.url.appendingPathComponent("cifar/" + name))
    }
    return folder
  }

  private func spec(_ data: String, _ rest: String, in folder: Folder) throws {
    try folder.write(
      """
      nnc: 1
      name: spec
      data:
        \(data)
      \(rest)
      train: {epochs: 2, batch_size: 4, optimizer: adam}

      """, to: "spec.yaml")
  }

  private static let classify = """
    network: [conv: {filters: 2, stride: 4, activation: relu}, flatten, dense: {units: 10, activation: softmax}]
    loss: cross_entropy
    metrics: [accuracy]
    """
  private static let restore = "network: [output: {channels: 3, activation: sigmoid}]\nloss: mse\nmetrics: [psnr]"

  @Test(
    "what check accepts of each kind of source is trained on",
    arguments: [
      ("x: {classes: classes, shape: [8, 8, 3], validation: 30%, augment: [{hue: 0.1}, {contrast: 0.2}]}", classify),
      ("x: {classes: classes, shape: [8, 8, 3], validation: {images: classes}}", classify),
      ("x: {cifar10: cifar}", classify), ("x: {cifar10: cifar, validation: 25%, range: [-1, 1]}", classify),
      ("x: {pairs: {input: in, target: out}, shape: [8, 8, 3], validation: 20%, augment: [{flip: both}]}", restore),
      (
        "x: {pairs: {input: in, target: out}, shape: [8, 8, 3], validation: {input: out, target: in}}", restore
      ),
      ("x: {synthetic: shapes, shape: [8, 8, 3], samples_per_epoch: 12, validation: {images: in}}", restore),
      ("x: {synthetic: shapes, shape: [8, 8, 3], samples_per_epoch: 12, degrade: [{mask: 0.2}]}", restore),
    ])
  func everyKind(data: String, rest: String) throws {
    let folder = try self.data()
    defer { folder.remove() }
    try spec(data, rest, in: folder)
    let checked = try Command.nnc("check", "spec.yaml", in: folder)
    #expect(checked.status == 0, "\(checked.errors)\(checked.output)")
    let result = try Command.nnc("train", "spec.yaml", "--progress", "never", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(folder.exists("runs/spec/weights.safetensors"))
  }

  @Test("pictures that break off are fatal, or left out and counted, as the source says")
  func broken() throws {
    let folder = try data()
    defer { folder.remove() }
    let whole = try folder.data("other/p1.png")
    try whole.prefix(whole.count - 30).write(to: folder.url.appendingPathComponent("other/p1.png"))
    try spec("x: {images: other, shape: [8, 8, 3], validation: {images: in}}", Self.restore, in: folder)
    let failed = try Command.nnc("train", "spec.yaml", "--progress", "never", in: folder)
    #expect(failed.status == 1)
    #expect(failed.errors.contains("cannot read other/p1.png"), "\(failed.errors)")
    try spec("x: {images: other, shape: [8, 8, 3], broken: skip, validation: {images: in}}", Self.restore, in: folder)
    let trained = try Command.nnc("train", "spec.yaml", "--progress", "never", "--fresh", in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.output.contains("left out 1 broken picture:\n  cannot read other/p1.png"), "\(trained.output)")
    try spec("x: {images: in, shape: [8, 8, 3], broken: skip, validation: {images: other}}", Self.restore, in: folder)
    let weights = "runs/spec/weights.safetensors"
    let evaluated = try Command.nnc("eval", "spec.yaml", "--weights", weights, "--format", "json", in: folder)
    #expect(evaluated.output.hasPrefix(#"{"samples": 2, "broken_pictures": 1, "#), "\(evaluated.output)")
  }

  private static let adversarial = """
    networks:
      painter: {input: x, layers: [output: {channels: 3, activation: sigmoid}]}
      critic: {input: [8, 8, 3], layers: [conv: {filters: 2, activation: relu}, flatten, dense: {units: 1}]}
    losses:
      pixel: {mse: {prediction: painter, target: x}}
      judge: {adversarial: {kind: hinge, discriminator: critic, fake: painter, real: real}, weight: 0.01}
    train:
      epochs: 2
      batch_size: 4
      phases:
        - {name: critic, update: [critic], losses: [judge.discriminator], optimizer: adam}
        - {name: painter, update: [painter], losses: [pixel, judge.generator], optimizer: adam}
    """

  @Test("networks and losses may draw from different sources, with the same weights on any number of threads")
  func severalSources() throws {
    let folder = try data()
    defer { folder.remove() }
    try folder.write(
      """
      nnc: 1
      data:
        x: {images: in, shape: [8, 8, 3], validation: 30%}
        real: {images: other, shape: [8, 8, 3], range: [0, 1]}
      \(Self.adversarial)

      """, to: "spec.yaml")
    #expect(try Command.nnc("check", "--fail-level", "error", "spec.yaml", in: folder).status == 0)
    for threads in ["1", "2"] {
      let result = try Command.nnc(
        "train", "spec.yaml", "--progress", "never", "--run", "r\(threads)", "--threads", threads, in: folder)
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try folder.data("r1/weights.safetensors") == folder.data("r2/weights.safetensors"))
    let log = try folder.read("r1/metrics.jsonl")
    #expect(log.contains("judge.discriminator"), "\(log)")
    let evaluated = try Command.nnc("eval", "spec.yaml", "--weights", "r1/weights.safetensors", in: folder)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
  }

  @Test("each of several inputs is given by its name")
  func namedInputs() throws {
    let folder = try data()
    defer { folder.remove() }
    try spec(
      "x: {images: in, shape: [8, 8, 3]}\n  y: {images: out, shape: [8, 8, 3], range: [-1, 1]}",
      """
      network: {input: {a: x, b: y}, layers: [add: {from: [a, b]}]}
      loss: {mse: {target: x}}
      """, in: folder)
    let text = try folder.read("spec.yaml").split(separator: "\n").filter {
      !$0.hasPrefix("train") && !$0.hasPrefix("loss")
    }
    try folder.write(text.joined(separator: "\n") + "\n", to: "spec.yaml")
    let ones = [Float](repeating: 1, count: 2 * 192)
    try NPY.write(ones, shape: [2, 8, 8, 3], to: folder.path("a.npy"))
    try NPY.write(ones.map { $0 * 2 }, shape: [2, 8, 8, 3], to: folder.path("b.npy"))
    func run(_ line: String) throws -> Command.Result { try Command.shell("$NNC run spec.yaml \(line)", in: folder) }
    let both = try run("--input y=b.npy --input x.image=a.npy --output c.npy")
    #expect(both.status == 0, "\(both.errors)")
    #expect(try NPY.read(folder.path("c.npy")).values == ones.map { $0 * 3 })
    #expect(try run("--input x=in/p0.png --input y=out/p0.png --output c.png").status == 0)
    #expect(try run("--input b=b.npy --input a=a.npy --output d.npy").status == 0)
    #expect(try NPY.read(folder.path("d.npy")).values == ones.map { $0 * 3 })
    #expect(try ImageFile.header(folder.path("c.png")).width == 8)
    for (line, message) in [
      ("--input x=a.npy --output c.npy", "needs --input y.image=FILE, too"),
      ("--input a.npy --input y=b.npy --output c.npy", "write --input NAME=a.npy"),
      ("--input z=a.npy --input y=b.npy --output c.npy", "has no input `z`"),
      ("--input x=a.npy --input x=b.npy --output c.npy", "is given twice"),
      ("--input x=a.npy --input y=b.npy --size 8x8 --output c.npy", "for networks with one input"),
    ] {
      let result = try run(line)
      #expect(result.status == 2 && result.errors.contains(message), "\(result.errors)")
    }
    let uneven = try run("--input x=a.npy --input y=out/p0.png --output c.npy")
    #expect(uneven.status == 1 && uneven.errors.contains("samples, and the first input"), "\(uneven.errors)")
  }
}
