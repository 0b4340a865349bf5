import Foundation
import NNFormats
import Testing

/// Networks that several others and losses apply, and weights that several phases update.
@Suite struct SharedNetworkCommandTests {
  /// Eight samples `[2, 3, 2]` as `x.npy`, and the same flattened, by channel, row and column, as `v.npy`.
  private func folder(_ spec: String) throws -> Folder {
    let folder = Folder()
    let (height, width, channels) = (2, 3, 2)
    let count = height * width * channels
    let images = (0..<8 * count).map { Float(($0 * 37) % 101) / 50 - 1 }
    var flat = images
    for sample in 0..<8 {
      for pixel in 0..<height * width {
        for channel in 0..<channels {
          flat[sample * count + channel * height * width + pixel] = images[sample * count + pixel * channels + channel]
        }
      }
    }
    try NPY.write(images, shape: [8, height, width, channels], to: folder.path("x.npy"))
    try NPY.write(flat, shape: [8, count], to: folder.path("v.npy"))
    try folder.write(spec, to: "spec.yaml")
    return folder
  }

  /// What the log says of the first step of a new run in `r`.
  private func firstStep(_ folder: Folder, _ options: [String] = []) throws -> [String: Any] {
    let result = try Command.nnc(
      ["train", "spec.yaml", "--run", "r", "--fresh", "--log-every", "1", "--quiet"] + options, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let line = try folder.read("r/metrics.jsonl").split(separator: "\n")[0]
    return try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test(
    "a network that begins with dense sees the same values in a flattened image, in a vector and in an image",
    arguments: ["", "spectral_norm: true, "])
  func denseAfterFlatten(extra: String) throws {
    // Whatever is applied first decides how the weights lie in memory.
    for order in [["row", "feature", "image"], ["feature", "row", "image"], ["image", "row", "feature"]] {
      let networks = [
        "row": "row: {input: x, layers: [flatten]}",
        "image": "image: {input: x, layers: [activation: {kind: leaky_relu, slope: 1}, flatten]}",
        "feature": "feature: {input: [12], frozen: true, layers: [dense: {name: f, \(extra)units: 4}]}",
      ]
      let folder = try folder(
        """
        nnc: 1
        data: {x: {npy: x.npy}, v: {npy: v.npy}}
        networks:
          \(order.compactMap { networks[$0] }.joined(separator: "\n  "))
          whole: {like: feature, input: row}
          other: {input: v, layers: [dense: {units: 12}]}
        losses:
          same: {mse: {prediction: row, target: v}}
          first: {perceptual: {network: feature, layers: {f: 1}, prediction: row, target: v}, allow: [random-features]}
          second: {perceptual: {network: feature, layers: {f: 1}, prediction: image, target: v}, allow: [random-features]}
          third: {mse: {prediction: other, target: v}}
        train: {steps: 1, batch_size: 8, optimizer: {sgd: {learning_rate: 0.1}}}

        """)
      defer { folder.remove() }
      let losses = try #require(try firstStep(folder)["losses"] as? [String: Double])
      #expect(losses["same"] == 0)
      for name in ["first", "second"] { #expect(abs(losses[name] ?? 1) < 1e-10, "\(name) of \(order)") }
    }
  }

  /// Two phases for one network, of which the second reaches its first layer only.
  private static let phases = """
    nnc: 1
    data: {x: {npy: x.npy}}
    network: {input: x, layers: [conv: {name: a, filters: 2}, conv: {name: b, filters: 2}]}
    losses:
      end: {mse: {prediction: model, target: x}}
      middle: {mse: {prediction: model.a, target: x}}
    train:
      steps: 3
      batch_size: 2
      ema: 0.9
      optimizer: {sgd: {learning_rate: 0.1}}

    """

  private func values(_ folder: Folder, step: Int) throws -> (average: [Float], own: [Float]) {
    let checkpoint = try SafetensorsFile(path: folder.path("r/checkpoints/step-0000000\(step).safetensors"))
    return (try checkpoint.read("model.b.weight"), try checkpoint.read("raw/model.b.weight"))
  }

  @Test("what only the first of two phases reaches is averaged with it, also where batches are accumulated")
  func averagesOfPhases() throws {
    let folder = try folder(
      Self.phases + """
          accumulate: 2
          checkpoint: {every: 1 steps, keep: 9}
          phases: [{name: p, update: [model], losses: [end]}, {name: q, update: [model], losses: [middle]}]

        """)
    defer { folder.remove() }
    _ = try firstStep(folder)
    let first = try values(folder, step: 1)
    #expect(first.average == first.own)
    let second = try values(folder, step: 2)
    for (index, average) in second.average.enumerated() {
      #expect(abs(average - (0.9 * first.own[index] + 0.1 * second.own[index])) < 1e-6)
    }
    #expect(second.average != first.average)
  }

  @Test("an average is a copy after the first update of the weights by a phase that reaches them")
  func averageOfALatePhase() throws {
    let folder = try folder(
      Self.phases + """
          checkpoint: {every: 1 steps, keep: 9}
          phases: [{name: q, update: [model], losses: [middle]}, {name: p, update: [model], losses: [end], start: 2 steps}]

        """)
    defer { folder.remove() }
    _ = try firstStep(folder)
    let late = try values(folder, step: 3)
    #expect(late.average == late.own)
    #expect(try values(folder, step: 2).own != late.own)
  }

  @Test("a frozen discriminator's own term has no part in what the generator learns")
  func frozenDiscriminator() throws {
    let folder = try folder(
      """
      nnc: 1
      data: {x: {npy: x.npy}}
      networks:
        model: {input: x, layers: [conv: {filters: 2}]}
        critic: {input: [2, 3, 2], frozen: true, layers: [dense: {units: 1}]}
      losses: {adv: {adversarial: {kind: hinge, discriminator: critic, fake: model, real: x}, allow: [random-features]}}
      train: {steps: 1, batch_size: 8, optimizer: {sgd: {learning_rate: 0.1}}}

      """)
    defer { folder.remove() }
    let object = try firstStep(folder)
    let norms = try #require(object["gradient_norms"] as? [String: [String: Double]])
    #expect((norms["train"]?["model"] ?? 0) > 1e-3, "\(norms)")
  }

  @Test("gradient norms are those before values are clipped, and norms are clipped after")
  func clippedValues() throws {
    let folder = try folder(Self.phases.replacing("  ema: 0.9\n", with: ""))
    defer { folder.remove() }
    func norm(_ options: String...) throws -> Double {
      let settings = options.flatMap { ["--set", $0] }
      let norms = try firstStep(folder, ["--steps", "1"] + settings)["gradient_norms"] as? [String: [String: Double]]
      return try #require(norms?["train"]?["model"])
    }
    func change() throws -> Float {
      let before = try SafetensorsFile(path: folder.path("r/checkpoints/step-00000000.safetensors"))
      let after = try SafetensorsFile(path: folder.path("r/weights.safetensors"))
      let names = before.entries.map(\.name).filter { !$0.contains("/") }
      let squares = try names.flatMap { name in
        zip(try before.read(name), try after.read(name)).map { ($0 - $1) * ($0 - $1) }
      }
      return squares.reduce(0, +).squareRoot()
    }
    let plain = try norm()
    #expect(plain > 0.1)
    #expect(try norm("train.clip_gradient_value=1e-3") == plain)
    let kept = try change()
    #expect(kept < 0.1 * 1e-3 * 9)
    #expect(
      try norm("train.clip_gradient_value=1e-3", "train.clip_gradient_norm=1e-3") == plain)
    // The clipped gradient is as long as its limit, times the rate.
    let clipped = try change()
    #expect(abs(clipped - 1e-4) < 1e-6, "\(clipped), \(kept) by values alone")
  }

  @Test("gradients at an activation are compared among the losses that depend on it, whatever others look at before it")
  func sharesAtAnActivation() throws {
    let folder = try folder(
      """
      nnc: 1
      data: {v: {npy: v.npy}}
      network:
        - dense: {name: before, units: 12}
        - activation: {name: after, kind: tanh}
        - dense: {units: 12}
      losses:
        early: {mse: {prediction: model.before, target: v}}
        late: {mse: {prediction: model.after, target: v}}
        end: {mse: {prediction: model, target: v}}
      train: {steps: 1, batch_size: 8, optimizer: {sgd: {learning_rate: 0.1}}}

      """)
    defer { folder.remove() }
    let object = try firstStep(folder)
    let shares = try #require((object["gradient_shares"] as? [String: [String: [String: Double]]])?["train"])
    #expect(shares["model.after"].map { Set($0.keys) } == ["late", "end"], "\(shares)")
    #expect(shares["model.before"]?["early"] != nil, "\(shares)")
  }

  @Test("a range that is written means what the same means by default")
  func writtenRange() throws {
    let folder = try folder("")
    defer { folder.remove() }
    try folder.makeFolder("photos")
    for index in 0..<8 { try folder.writePicture("photos/p\(index).png", width: 3, height: 2, seed: index) }
    for (range, status) in [("", Int32(0)), (", range: [0, 1]", 0), (", range: [-1, 1]", 1)] {
      try folder.write(
        """
        nnc: 1
        data: {m: {images: photos, shape: [2, 3, 3]\(range)}, x: {npy: x.npy}, z: {npy: z.npy}}
        networks:
          feature: {input: m, layers: [conv: {name: f, filters: 3}]}
          model: {input: x, layers: [conv: {filters: 3}]}
          same: {input: x, layers: [conv: {filters: 2}]}
        losses:
          own: {mse: {prediction: same, target: x}}
          look: {perceptual: {network: feature, layers: {f: 1}, prediction: model, target: z}}
        train: {steps: 1, batch_size: 8, optimizer: adam}

        """, to: "spec.yaml")
      try NPY.write([Float](repeating: 0.5, count: 8 * 18), shape: [8, 2, 3, 3], to: folder.path("z.npy"))
      let answer = try Command.nnc("check", "spec.yaml", "--format", "concise", in: folder)
      let isRefused = answer.output.contains("error[NNC0373]") || answer.errors.contains("error[NNC0373]")
      #expect(isRefused == (status == 1), "\(range): \(answer)")
    }
  }
}
