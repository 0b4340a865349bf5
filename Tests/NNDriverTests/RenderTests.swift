import Foundation
import NNDiagnostics
import NNDriver
import NNLayers
import NNSpec
import Testing

/// A spec with everything expanded is a spec, and says the same.
@Suite struct RenderTests {
  /// All specs of the project and its tests, valid or not.
  static let files: [String] = {
    let root = Place.tests.deletingLastPathComponent().deletingLastPathComponent()
    let folders = ["Specs"] + ["NNSpecTests", "NNLayersTests", "NNDriverTests"].map { "Tests/\($0)/Golden" }
    return folders.flatMap { folder in
      let names = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)?.allObjects ?? []
      return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }
  }()

  @Test("every valid spec of the project says the same when it is rendered")
  func project() throws {
    let root = Place.tests.deletingLastPathComponent().deletingLastPathComponent()
    var rendered: [String] = []
    for file in RenderTests.files where try isSame(root.appendingPathComponent(file).path) { rendered.append(file) }
    #expect(Set(["quickstart", "unet", "fakeapp", "classifier"].map { "Specs/\($0).yaml" }).isSubset(of: rendered))
    #expect(rendered.count > 6)
  }

  @Test("every example of the reference says the same when it is rendered")
  func examples() throws {
    try withSpec { folder in
      for kind in LayerRegistry.all {
        let isMerging = !kind.operands.contains(1)
        let layer = kind.example.replacingOccurrences(of: "skip", with: "first")
        let text = """
          nnc: 1
          network:
            input: [8, 8, 16]
            layers:
              - conv: {name: first, filters: 16, kernel: 1}
              \(isMerging ? "- conv: {filters: 16}" : "")
              - \(kind.name == "reshape" ? "reshape: {shape: [8, 8, 16]}" : layer)

          """
        let same = try isSame(folder, text)
        #expect(same, "\(kind.name)")
      }
    }
  }

  static let hostile: [(what: String, text: String)] = [
    (
      "blocks, repeats, merges and expressions",
      """
      nnc: 1
      description: "a: $5 #1\\n\\tand 'more' — \\U0001F600 "
      vars: {w: 4, deep: $(2 * w), act: leaky_relu, "no": 3, half: 0.5}
      x-note: {a: 1}
      blocks:
        pair:
          parameters: {filters: , kernel: $(1 + 2), act: relu}
          layers:
            - conv: {filters: $filters, kernel: $kernel, activation: $act}
            - conv: &second {name: second, filters: $(filters * 1), activation: {leaky_relu: {slope: $half}}}
            - add: {from: [conv_1, previous]}
        nest:
          layers:
            - repeat: {count: 2, index: i, layers: [pair: {name: p, filters: $(w + i)}, conv: {filters: $w}]}
            - add: {from: [previous, repeat_1.0]}
      networks:
        one:
          input: [8, 8, 3]
          layers:
            - conv: {<<: {filters: $w, stride: [1, 1]}, name: head, kernel: [3, 1]}
            - nest
            - nest: {from: head, name: other}
            - repeat: {count: 0, layers: [flatten]}
            - concat: {from: [previous, nest_1.repeat_1.1, head, input]}
            - conv: {filters: 8, normalization: {group: {groups: 4}}, activation: none}
            - activation: $act
            - max_pool: 2
            - dropout: 0.25
            - pad: {all: 1, top: 2}
        two: {input: one.other, layers: [conv: {filters: $no}]}
        three: {like: one, input: [16, 16, 3], frozen: true}
        four:
          input: {a: one.head, b: [8, 8, 4]}
          layers: [add: {from: [a, b]}, conv: {filters: 3, from: a}, concat: {from: [previous, b]}]
      expect: {outputs: {one.nest_1: [8, 8, $w], two: [8, 8, 3]}, flops: "> 5", memory: <= 1 GiB}

      """
    ),
    (
      "data, losses, schedules and training",
      """
      nnc: 1
      name: "odd $$ name, #2"
      vars: {rate: 1e-3, parts: [1]}
      data:
        a: {images: "p $$#ä, [x]/", shape: [8, 8, 3], mean: [0.5, 0.5, 0.5], degrade: [{noise: 0.1}, grayscale]}
        b: {images: './p $$#ä, [x]', shape: [8, 8, 3], validation: 50%, augment: [flip: both, {rotate: 10}]}
      network:
        input: a.input
        layers: [conv: {filters: 3, name: out}, activation: sigmoid]
      losses:
        m: {mse: {target: a.target}, weight: {linear: {from: 0, to: 1, start: 3 steps}}}
        h: {huber: {prediction: model.out, target: a, delta: $(rate * 100)}, weight: $rate}
        s: {mae: {prediction: model.out, target: b}, weight: 0}
      metrics: [mse, mae]
      train:
        steps: 5
        batch_size: 2
        seed: 7
        optimizer: {sgd: {learning_rate: {cosine: {from: $rate, to: 1e-5, warmup: 2 steps, over: 1 epochs}}, momentum: 0.9}}

      """.replacingOccurrences(of: ", parts: [1]", with: "")
    ),
    (
      "several networks that train each other",
      """
      nnc: 1
      vars: {rate: 1e-4, critic: 0.5}
      blocks:
        down: {layers: [conv: {filters: 4, stride: 2}, activation: {kind: leaky_relu}]}
      data:
        photos: {images: "p $$#ä, [x]", shape: [16, 16, 3], range: [-1, 1], degrade: [{downscale: 2}], validation: 20%}
      networks:
        model: {input: photos.input, layers: [upsample, conv: {filters: 3, name: last}, activation: tanh]}
        seen:
          input: [16, 16, 3]
          frozen: true
          range: [0, 1]
          std: [0.5, 0.5, 0.5]
          layers: [down: {name: a}, down]
        judge: {input: [16, 16, 3], layers: [down, down, dense: {units: 1}]}
      losses:
        look: {perceptual: {network: seen, layers: {a.conv_1: 1, down_1.activation_1: $(1 / 2)}, distance: mae, prediction: model}}
        fair: {adversarial: {kind: wgan, discriminator: judge, fake: model, real: photos, clip: 0.05}, weight: $rate}
        plain: {mae: {prediction: model}}
      train:
        epochs: 1
        batch_size: 2
        ema: 0.5
        clip_gradient_norm: {linear: {from: 1, to: 2}}
        optimizer: {rmsprop: {learning_rate: $rate}}
        phases:
          - {name: one, update: [judge], losses: [fair.discriminator], every: 2, end: 1 epochs}
          - {name: two, update: [model], losses: [look, fair.generator, plain], optimizer: adam, start: 3 steps}

      """
    ),
  ]

  @Test("what is hard to write says the same when it is rendered", arguments: hostile.map(\.what))
  func hard(what: String) throws {
    let text = try #require(RenderTests.hostile.first { $0.what == what }?.text)
    try withSpec { folder in
      let photos = folder.appendingPathComponent("p $#ä, [x]")
      try FileManager.default.copyItem(at: Place.specs.appendingPathComponent("data/photos"), to: photos)
      try text.write(to: folder.appendingPathComponent("spec.yaml"), atomically: false, encoding: .utf8)
      let checked = CheckedSpec.load(
        path: folder.appendingPathComponent("spec.yaml").path, kernels: try portableKernels(), threads: 2)
      #expect(try isSame(folder, text), "\(answer(checked, in: folder))")
    }
  }

  @Test("a rendered spec names included networks and data in full")
  func includes() throws {
    try withSpec { folder in
      try """
      nnc: 1
      vars: {width: 5}
      data: {own: {images: photos, shape: [8, 8, 3]}}
      blocks: {b: {layers: [conv: {filters: $width}]}}
      networks:
        first: {input: own, layers: [b, conv: {filters: 2}]}
        second: {input: first.b_1, layers: [conv: {filters: 1}]}

      """.write(to: folder.appendingPathComponent("sub/inner.yaml"), atomically: false, encoding: .utf8)
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("sub/photos"),
        withDestinationURL: Place.specs.appendingPathComponent("data/photos"))
      #expect(
        try isSame(
          folder,
          """
          nnc: 1
          include: {i: sub/inner.yaml}
          networks:
            main: {input: i.second, layers: [i.b, conv: {filters: $(i.width + 1)}]}

          """))
    }
  }

  @Test("features are named by the layers that compute them, not by the blocks' uses around them")
  func features() throws {
    let text = try #require(RenderTests.hostile.last?.text)
    try withSpec { folder in
      let photos = folder.appendingPathComponent("p $#ä, [x]")
      try FileManager.default.copyItem(at: Place.specs.appendingPathComponent("data/photos"), to: photos)
      let file = folder.appendingPathComponent("spec.yaml")
      try text.replacingOccurrences(of: "a.conv_1: 1, down_1.activation_1:", with: "a: 1, down_1:")
        .write(to: file, atomically: false, encoding: .utf8)
      let checked = CheckedSpec.load(path: file.path, kernels: try portableKernels(), threads: 2)
      let rendered = try #require(checked.rendered(for: folder.path)).text(origins: false)
      #expect(rendered.contains("layers: {a.activation_1: 1, down_1.activation_1: 0.5}"))
      try rendered.write(to: file, atomically: false, encoding: .utf8)
      let again = CheckedSpec.load(path: file.path, kernels: try portableKernels(), threads: 2)
      #expect(again.failure == nil)
    }
  }

  @Test("a rendered spec says where values come from", arguments: ["quickstart", "unet"])
  func golden(name: String) throws {
    let checked = CheckedSpec.load(
      path: Place.specs.appendingPathComponent("\(name).yaml").path,
      overrides: [Override(path: "train.batch_size", value: "3")], kernels: try portableKernels(), threads: 2)
    let text = try #require(checked.rendered(for: Place.specs.path)?.text(origins: true))
      .replacingOccurrences(of: Place.specs.path + "/", with: "")
    let file = Place.golden.appendingPathComponent("rendered/\(name).txt")
    #expect(try text == NNDriverTests.golden(file, blessing: text))
  }

  // MARK: Comparing

  private func withSpec(_ work: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-render-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("sub"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try work(folder)
  }

  private func isSame(_ folder: URL, _ text: String) throws -> Bool {
    let file = folder.appendingPathComponent("spec.yaml")
    try text.write(to: file, atomically: false, encoding: .utf8)
    return try isSame(file.path)
  }

  /// Renders a spec and compares; false where it has errors.
  private func isSame(_ path: String) throws -> Bool {
    let checked = CheckedSpec.load(path: path, kernels: try portableKernels(), threads: 2)
    let other = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: other) }
    let file = other.appendingPathComponent("r.yaml")
    for origins in [true, false] {
      guard let text = checked.rendered(for: other.path)?.text(origins: origins) else { return false }
      try text.write(to: file, atomically: false, encoding: .utf8)
      let rendered = CheckedSpec.load(path: file.path, kernels: try portableKernels(), threads: 2)
      let (before, after) = (try summary(checked), rendered.failure == nil ? try summary(rendered) : [])
      #expect(before == after, "\(path)\n\(text)\n\(answer(rendered, in: other))")
      let again = rendered.rendered(for: other.path)
      #expect(again?.text(origins: false) == checked.rendered(for: other.path)?.text(origins: false))
    }
    return true
  }

  /// All that a spec says, besides where.
  private func summary(_ checked: CheckedSpec) throws -> [String] {
    let (spec, model, plans) = (try #require(checked.spec), try #require(checked.model), try checked.plans())
    // Lints speak of how a spec is written: of variables and blocks that are not used, and once of a block's layer.
    let found = checked.diagnostics.sorted.filter { !$0.code.code.hasPrefix("NNC06") }
    var lines = found.map { "\($0.code.code) \($0.message)" }
    lines += [spec.name, spec.description ?? "", "\(spec.metrics.map(\.value))"]
    for network in model.networks {
      lines.append("\(network.name) \(network.input ?? []) \(network.isFrozen) \(network.isConvolutional)")
      lines += network.layers.map { "\($0.path) \($0.summary) \($0.output) \($0.parameters) \($0.flops) \($0.field)" }
    }
    lines += model.graph.parameters.map { "\($0)" }
    lines += model.losses.map { loss in
      "\(loss.name) \(loss.weight) \(loss.network) \(loss.targetName) \(loss.parts) \(loss.judge.map { ($0.network, $0.clip?.bound) } as Any)"
    }
    lines += model.phases.map { phase in
      "\(phase.name) \(phase.networks) \(phase.losses) \(phase.every) \(phase.start) \(phase.end as Any) \(phase.optimizer.rule)"
    }
    lines.append("\(spec.train?.ema as Any) \(spec.train?.clipGradientNorm as Any)")
    lines += [model.graph.text, plans.run(batch: 2).text, plans.train(batch: plans.trainingBatch)?.text ?? ""]
    lines.append("\(String(describing: spec.train?.length?.value)) \(String(describing: spec.train?.seed))")
    if let optimizer = spec.train?.optimizer {
      lines.append("\(optimizer.rule) \(optimizer.learningRate) \(optimizer.weightDecay) \(optimizer.decaysAll)")
    }
    lines.append("\(String(describing: spec.expect.parameters?.value)) \(spec.expect.outputs.map(\.shape.value))")
    for (name, source) in checked.data.sorted(by: { $0.key < $1.key }) {
      lines.append("\(name) \(source.fields) \(source.description.augment) \(source.description.mapping)")
      lines.append("\(source.validationCount) \(source.description.degrade)")
    }
    return lines
  }
}
