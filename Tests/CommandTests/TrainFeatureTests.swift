import Foundation
import NNFormats
import Testing

/// `accumulate`, `early_stop`, schedules of layers and `--transfer`, from a spec to weights.
@Suite struct TrainFeatureTests {
  /// A denoiser against a critic, in two phases, without batch statistics.
  static let spec = """
    nnc: 1
    name: two
    data:
      photos: {images: photos, shape: [12, 12, 3], degrade: [{noise: 0.1}], samples_per_epoch: 19, validation: {images: photos}}
    networks:
      generator: [conv: {filters: 6, activation: tanh}, output: {channels: 3, activation: tanh}]
      critic: {input: [12, 12, 3], layers: [conv: {filters: 4, stride: 2, activation: silu}, dense: {units: 1}]}
    losses:
      pixel: {mse: {prediction: generator, target: photos.target}}
      fool: {adversarial: {kind: hinge, discriminator: critic, fake: generator, real: photos.target}, weight: 0.1}
    metrics: [psnr, mse]
    train:
      epochs: 3
      batch_size: 2
      accumulate: 4
      ema: 0.9
      clip_gradient_norm: 0.5
      phases:
        - {name: judge, update: [critic], losses: [fool.discriminator], optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9}}}
        - {name: make, update: [generator], losses: [pixel, fool.generator], optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9}}}

    """

  private func train(_ folder: Folder, _ run: String, _ options: String...) throws -> Command.Result {
    let result = try Command.nnc(["train", "spec.yaml", "--run", run, "--log-every", "1"] + options, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return result
  }

  private func lines(_ folder: Folder, _ run: String) throws -> [[String: Any]] {
    try folder.read("\(run)/metrics.jsonl").split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test("four batches of two in a step are one of eight: phases, clipping, averages and an epoch's rest included")
  func accumulation() throws {
    let folder = try Folder.withTinySpec(Self.spec)
    defer { folder.remove() }
    _ = try train(folder, "four")
    _ = try train(folder, "one", "--set", "train.batch_size=8", "--set", "train.accumulate=1")
    _ = try train(folder, "other", "--set", "train.accumulate=3")
    let (four, one) = (try lines(folder, "four"), try lines(folder, "one"))
    // 19 samples are two steps of eight and one of three.
    #expect(four.map { $0["step"] as? Int } == Array(1...9))
    #expect(four.map { $0["validation"] != nil } == [false, false, true, false, false, true, false, false, true])
    for (a, b) in zip(four, one) {
      for name in ["pixel", "fool.generator", "fool.discriminator"] {
        let values = try [a, b].map { try #require(($0["losses"] as? [String: Double])?[name]) }
        #expect(abs(values[0] - values[1]) <= 1e-6, "\(name)")
      }
      for (path, count) in [("gradient_norms", 2), ("gradient_shares", 2), ("discriminators", 2), ("loss_weights", 3)] {
        let values = try [a, b].map { numbers(try #require($0[path])) }
        #expect(values[0].count == count && values[0].keys == values[1].keys, "\(path): \(values)")
        for (name, value) in values[0] {
          #expect(abs(value - (values[1][name] ?? .nan)) <= 1e-5 * max(1, value), "\(path)\(name)")
        }
      }
    }
    for file in ["weights", "best"] {
      let (a, b) = (try weights(folder, "four", file), try weights(folder, "one", file))
      #expect(a.keys.sorted() == b.keys.sorted() && a.count == 8)
      for (name, values) in a {
        let difference = zip(values, try #require(b[name])).map { abs($0 - $1) }.max() ?? 1
        #expect(difference <= 1e-6, "\(name) of \(file) differs by \(difference)")
      }
    }
    #expect(try weights(folder, "other", "weights") != weights(folder, "four", "weights"))
  }

  /// All numbers of nested objects, by their keys.
  private func numbers(_ json: Any, _ path: String = "") -> [String: Double] {
    guard let object = json as? [String: Any] else { return (json as? Double).map { [path: $0] } ?? [:] }
    return object.reduce(into: [:]) { $0.merge(numbers($1.value, path + "." + $1.key)) { first, _ in first } }
  }

  @Test("the log says which learning rate each phase used in a step, and none of a phase that took no part")
  func learningRates() throws {
    let spec = Self.spec.replacing(
      "optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9}}}\n    - {name: make",
      with:
        "optimizer: {adam: {learning_rate: 1e-3}}}\n    - {name: make, every: 2")
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    _ = try train(folder, "run", "--steps", "4")
    let log = try lines(folder, "run")
    #expect(log.map { $0["learning_rate"] as? Double } == [0.05, nil, 0.05, nil])
    let both = ["judge": 1e-3, "make": 0.05]
    #expect(log.map { $0["learning_rates"] as? [String: Double] } == [both, ["judge": 1e-3], both, ["judge": 1e-3]])
    #expect(try folder.read("run/report.html").contains("learning rate"))
  }

  @Test("a phase that begins late: the log says nothing before it, and an average begins with the first update")
  func lateStart() throws {
    let start = Self.spec.firstRange(of: "train:")?.lowerBound ?? Self.spec.endIndex
    let spec =
      String(Self.spec[..<start]).replacing(", weight: 0.1", with: "") + """
        train:
          steps: 4
          batch_size: 4
          ema: 0.5
          checkpoint: {every: 1 steps, keep: 4}
          phases:
            - {name: make, update: [generator], losses: [pixel], start: 2 steps, optimizer: {sgd: {learning_rate: 0.1}}}

        """
    let folder = try Folder.withTinySpec(spec)
    defer { folder.remove() }
    _ = try train(folder, "run")
    let log = try lines(folder, "run")
    #expect(log.map { $0["loss"] != nil } == [false, false, true, true])
    #expect(log.map { $0["learning_rate"] as? Double } == [nil, nil, 0.1, 0.1])
    func values(_ step: Int) throws -> (average: [Float], raw: [Float]) {
      let tensors = try weights(folder, "run", "checkpoints/step-0000000\(step)")
      let name = "generator.output_1.weight"
      return (try #require(tensors[name]), try #require(tensors["raw/" + name]))
    }
    let (second, third, fourth) = (try values(2), try values(3), try values(4))
    #expect(second.average == second.raw && third.raw != second.raw && third.average == third.raw)
    for (index, value) in fourth.average.enumerated() {
      #expect(abs(value - (third.raw[index] + fourth.raw[index]) / 2) <= 1e-6)
    }
  }

  @Test("gradients of one loss that come to a prediction on two ways are one loss's")
  func oneLossOnTwoWays() throws {
    let folder = try Folder.withTinySpec(
      """
      nnc: 1
      data:
        photos: {images: photos, shape: [12, 12, 3], validation: {images: photos}}
      networks:
        generator: {input: photos, layers: [output: {channels: 3}]}
        features:
          input: [12, 12, 3]
          frozen: true
          layers: [conv: {name: inner, filters: 3}, add: {name: sum, from: [input, inner]}]
          allow: [random-features]
      loss: {perceptual: {prediction: generator, target: photos, network: features, layers: {sum: 1}}}
      train: {steps: 2, batch_size: 4, optimizer: adam}

      """)
    defer { folder.remove() }
    _ = try train(folder, "run")
    #expect(try lines(folder, "run").map { $0["gradient_shares"] == nil } == [true, true])
  }

  @Test("a loss of the logits of a dense layer shares in the gradient at its output")
  func sharesAtDense() throws {
    let folder = Folder()
    defer { folder.remove() }
    try NPY.write((0..<32).map { Float($0) / 32 }, shape: [8, 4], to: folder.path("x.npy"))
    try folder.write(
      """
      nnc: 1
      data: {x: {npy: x.npy, shape: [4]}}
      network: [dense: {units: 4, activation: sigmoid}]
      losses:
        a: {mse: {target: x}}
        b: {binary_cross_entropy: {target: x}}
      train: {steps: 1, batch_size: 8, optimizer: adam}

      """, to: "spec.yaml")
    _ = try train(folder, "run")
    let shares = numbers(try #require(lines(folder, "run").first?["gradient_shares"]))
    #expect(shares.keys.map { String($0.suffix(2)) }.sorted() == [".a", ".b"], "\(shares)")
  }

  @Test("accumulated training gives the same bits on one thread and on two")
  func threads() throws {
    let folder = try Folder.withTinySpec(Self.spec)
    defer { folder.remove() }
    _ = try train(folder, "a", "--threads", "1", "--steps", "4")
    _ = try train(folder, "b", "--threads", "2", "--steps", "4")
    #expect(try folder.data("a/weights.safetensors") == folder.data("b/weights.safetensors"))
  }

  @Test("training stops where patience ends, says why, and keeps the best weights beside the last")
  func earlyStop() throws {
    let folder = try Folder.withTinySpec(Self.spec)
    defer { folder.remove() }
    let rule = "train.early_stop={metric: validation.psnr, patience: 2, minimum_change: 100}"
    let stopped = try train(folder, "stopped", "--epochs", "9", "--set", rule)
    #expect(try lines(folder, "stopped").count == 9)  // the first of three evaluations was the last that improved
    #expect(
      stopped.output.contains("stopped early: `validation.psnr` has not improved by more than 100.0 in 2 evaluations"))
    let log = try lines(folder, "stopped").compactMap { $0["validation"] as? [String: Any] }
    let values = try log.map { try #require(($0["metrics"] as? [String: Double])?["psnr"]) }
    let best = try #require(values.indices.max { values[$0] < values[$1] })
    #expect(stopped.output.contains("at step \((best + 1) * 3))"))
    let result = try Command.nnc(
      "eval", "spec.yaml", "--weights", "stopped/best.safetensors", "--format", "json", in: folder)
    let found = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect((found["metrics"] as? [String: Double])?["psnr"] == values[best])
    let patient = try train(
      folder, "patient", "--epochs", "3", "--set", rule.replacing("patience: 2", with: "patience: 3"))
    #expect(!patient.output.contains("stopped early"))
  }

  @Test("what was best of other data, or of a loss with another weight, is not compared with")
  func bestAfterChanges() throws {
    func spec(_ weight: Int, _ noise: String, _ metric: String) -> String {
      """
      nnc: 1
      data: {photos: {images: photos, shape: [12, 12, 3], degrade: [{noise: \(noise)}], validation: {images: photos}}}
      network: [conv: {filters: 3, kernel: 1}]
      losses: {pixel: {mse: {prediction: model}, weight: \(weight)}}
      metrics: [psnr]
      train: {epochs: 2, batch_size: 4, optimizer: {sgd: {learning_rate: 1e-3}}, early_stop: {metric: validation.\(metric), patience: 9}}

      """
    }
    let note = "validation measures something else by now"
    for (metric, weight, noise, isOther) in [
      ("loss", 1, "0.1", false), ("loss", 3, "0.1", true), ("loss", 1, "0.5", true), ("psnr", 3, "0.1", false),
      ("psnr", 1, "0.5", true),
    ] {
      let folder = try Folder.withTinySpec(spec(1, "0.1", metric))
      defer { folder.remove() }
      _ = try train(folder, "run")
      try folder.write(spec(weight, noise, metric), to: "spec.yaml")
      let more = try train(folder, "run", "--epochs", "3")
      #expect(more.errors.contains(note) == isOther, "\(metric) \(weight) \(noise): \(more.errors)")
      // The same spec in another place is the same.
      try folder.makeFolder("deeper")
      let again = try Command.shell("cd deeper && $NNC train ../spec.yaml --run ../run --epochs 4", in: folder)
      #expect(again.status == 0 && !again.errors.contains(note), "\(again.errors)")
    }
  }

  @Test("a dropout's rate and a noise's deviation follow their schedules, without another plan")
  func randomLayers() throws {
    let text = Folder.tinySpec.replacing("dropout: {rate: 0.1}", with: "dropout: RATE\n  - noise: NOISE")
    let zero = text.replacing("RATE", with: "{rate: 0}").replacing("NOISE", with: "{stddev: 0}")
    let late = text.replacing("RATE", with: "{rate: {step: {from: 0.5, factor: 0.5, every: 2 steps}}}")
      .replacing("NOISE", with: "{stddev: {linear: {from: 0, to: 0.5, start: 2 steps}}}")
    let folder = try Folder.withTinySpec(zero)
    defer { folder.remove() }
    _ = try train(folder, "zero")
    try folder.write(late, to: "spec.yaml")
    _ = try train(folder, "late")
    try folder.write(
      text.replacing("RATE", with: "{rate: {constant: {value: 0, warmup: 1 steps}}}")
        .replacing("NOISE", with: "{stddev: {linear: {from: 0, to: 0.5, start: 3 steps, over: 9 steps}}}"),
      to: "spec.yaml")
    _ = try train(folder, "still")
    let (a, b) = (try lines(folder, "zero"), try lines(folder, "late"))
    #expect(a[0]["loss"] as? Double != b[0]["loss"] as? Double)
    #expect(try folder.data("zero/weights.safetensors") != folder.data("late/weights.safetensors"))
    // Rates and deviations of 0 change no bit, whether they are told once or step by step.
    #expect(try folder.data("zero/weights.safetensors") == folder.data("still/weights.safetensors"))
  }

  @Test("a kernel that grows keeps its centre")
  func transferOfKernels() throws {
    func spec(_ kernel: Int) -> String {
      """
      nnc: 1
      data: {photos: {images: photos, shape: [12, 12, 3], validation: {images: photos}}}
      network: [conv: {filters: 3, kernel: \(kernel)}]
      loss: mse
      train: {steps: 1, batch_size: 4, optimizer: {sgd: {learning_rate: 0}}}

      """
    }
    let folder = try Folder.withTinySpec(spec(3))
    defer { folder.remove() }
    _ = try train(folder, "three")
    try folder.write(spec(5), to: "spec.yaml")
    _ = try train(folder, "five", "--transfer", "three/weights.safetensors")
    let name = "model.conv_1.weight"
    let (small, large) = (
      try #require(weights(folder, "three", "weights")[name]), try #require(weights(folder, "five", "weights")[name])
    )
    let inner = large.indices.filter { (1...3).contains($0 % 5) && (1...3).contains($0 / 5 % 5) }.map { large[$0] }
    #expect(inner == small)
  }

  @Test("another spec's weights are kept, widened, left out and added to by name; --strict refuses all but the same")
  func transfer() throws {
    let folder = try Folder.withTinySpec(Self.spec)
    defer { folder.remove() }
    _ = try train(folder, "narrow", "--steps", "1")
    try folder.write(
      Self.spec.replacing("filters: 6", with: "filters: 9").replacing("dense: {", with: "dense: {name: verdict, "),
      to: "spec.yaml")
    let file = "narrow/weights.safetensors"
    // Without an average, and with a learning rate of 0, the weights stay what they begin with.
    let still = [
      "--steps", "1", "--set", "train.ema=0", "--set",
      "train.phases=[{name: make, update: [generator], "
        + "losses: [pixel, fool.generator], optimizer: {sgd: {learning_rate: 0}}}]",
    ]
    let wide = try Command.nnc(["train", "spec.yaml", "--run", "wide", "--transfer", file] + still, in: folder)
    #expect(wide.status == 0, "\(wide.errors)")
    for line in [
      "kept (3): generator.output_1.bias, critic.conv_1.weight, critic.conv_1.bias",
      "generator.conv_1.weight [6, 3, 3, 3] -> [9, 3, 3, 3]",
      "newly made (2): critic.verdict.weight, critic.verdict.bias",
      "dropped (2): critic.dense_1.weight [1, 144], critic.dense_1.bias [1]",
    ] { #expect(wide.errors.contains(line), "\(wide.errors)") }
    #expect(try Command.nnc(["train", "spec.yaml", "--run", "fresh"] + still, in: folder).status == 0)
    let (old, new) = (try weights(folder, "narrow", "weights"), try weights(folder, "wide", "weights"))
    let fresh = try weights(folder, "fresh", "weights")
    #expect(new["critic.conv_1.weight"] == old["critic.conv_1.weight"])
    #expect(new["critic.verdict.weight"] == fresh["critic.verdict.weight"])
    let (small, large, first) = (
      try #require(old["generator.conv_1.weight"]), try #require(new["generator.conv_1.weight"]),
      try #require(fresh["generator.conv_1.weight"])
    )
    #expect(Array(large.prefix(6 * 27)) == small && Array(large.dropFirst(6 * 27)) == Array(first.dropFirst(6 * 27)))
    let (thin, thick, start) = (
      try #require(old["generator.output_1.weight"]), try #require(new["generator.output_1.weight"]),
      try #require(fresh["generator.output_1.weight"])
    )
    for row in 0..<3 {
      #expect(Array(thick[row * 9..<row * 9 + 6]) == Array(thin[row * 6..<row * 6 + 6]))
      #expect(Array(thick[row * 9 + 6..<row * 9 + 9]) == Array(start[row * 9 + 6..<row * 9 + 9]))
    }
    let strict = try Command.nnc("train", "spec.yaml", "--run", "strict", "--transfer", file, "--strict", in: folder)
    #expect(strict.status == 1 && strict.errors.contains("widened (3)") && !folder.exists("strict"))
    let missing = try Command.nnc("train", "spec.yaml", "--run", "strict", "--transfer", "none", in: folder)
    #expect(missing.status == 1 && !folder.exists("strict"))
    #expect(try Command.nnc("train", "spec.yaml", "--strict", in: folder).status == 2)
    try folder.write(Self.spec, to: "spec.yaml")
    let same = try Command.nnc(
      "train", "spec.yaml", "--run", "same", "--transfer", file, "--strict", "--steps", "1", in: folder)
    #expect(same.status == 0 && same.errors.contains("kept (8)"))
  }

  private func weights(_ folder: Folder, _ run: String, _ file: String) throws -> [String: [Float]] {
    try TrainCommandTests.tensors(folder.path("\(run)/\(file).safetensors"))
  }
}
