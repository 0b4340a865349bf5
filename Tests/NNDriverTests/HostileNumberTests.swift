import Foundation
import NNDriver
import NNLayers
import NNRuntime
import NNSpec
import Testing

/// Numbers that nobody writes on purpose, in every key that takes one: a diagnostic or a clean check, never a trap.
@Suite struct HostileNumberTests {
  static let values = ["0", "-1", "2147483648", "9223372036854775807", ".nan", "1e400", "\"\"", "null", "[]", "{}"]

  /// Lists of layers, each with one hostile value.
  static let layers: [String] = LayerRegistry.all.flatMap { kind -> [String] in
    kind.definition.keys.keys.flatMap { key -> [String] in
      let others = kind.definition.keys.keys.filter { $0.name != key.name && required[$0.name] != nil }
      let rest = others.filter { isRequired($0.name, kind.name) }.map { ", \($0.name): \(required[$0.name] ?? "")" }
      let from = kind.operands.contains(1) ? "" : ", from: [previous, input]"
      return values.map { "\(kind.name): {\(key.name): \($0)\(rest.joined())\(from)}" }
        + values.map { "\(kind.name): {\(key.name): [\($0), 3]\(rest.joined())\(from)}" }
    }
  }

  private static let required = [
    "filters": "2", "channels": "3", "units": "3", "rate": "0.5", "shape": "[768]", "kind": "relu",
  ]

  private static func isRequired(_ key: String, _ kind: String) -> Bool {
    ["conv", "transposed_conv", "bottleneck", "output", "dense", "dropout", "reshape", "activation"].contains(kind)
      && !(kind == "activation" && key != "kind")
  }

  @Test("hostile values in the keys of layers")
  func layerKeys() throws {
    #expect(HostileNumberTests.layers.count > 500)
    try check(
      HostileNumberTests.layers.map { layer in
        """
        nnc: 1
        network:
          input: [16, 16, 3]
          layers:
            - \(layer)
            - output: {channels: 3}
        expect: {memory: <= 1 GiB, flops: <= 1e6}

        """
      })
  }

  static let sections: [(key: String, text: String)] = [
    ("nnc", "1"), ("vars.size", "16"), ("input.shape", "[#, 16, 3]"), ("input.shape", "#"), ("data.shape", "#"),
    ("data.shape", "[#, #, 3]"), ("data.shape", "[16, 16, #]"), ("data.range", "#"), ("data.range", "[#, 1]"),
    ("data.range", "[0, #]"), ("data.mean", "#"), ("data.mean", "[#]"), ("data.std", "[#, 1, 1]"),
    ("data.validation", "#"), ("data.validation", "#%"), ("data.samples_per_epoch", "#"),
    ("data.augment", "[{random_crop: {scale: [#, 1]}}]"), ("data.augment", "[{random_crop: {scale: [0.1, #]}}]"),
    ("data.augment", "[{rotate: #}]"), ("data.augment", "[{brightness: #}]"), ("data.augment", "#"),
    ("data.degrade", "[{noise: #}]"), ("data.degrade", "[{blur: #}]"), ("data.degrade", "[{downscale: #}]"),
    ("data.degrade", "[{mask: #}]"), ("train.epochs", "#"), ("train.batch_size", "#"), ("train.seed", "#"),
    ("train.optimizer", "{adam: {learning_rate: #}}"), ("train.optimizer", "{adam: {beta1: #}}"),
    ("train.optimizer", "{adam: {beta2: #}}"), ("train.optimizer", "{adam: {epsilon: #}}"),
    ("train.optimizer", "{adamw: {weight_decay: #}}"), ("train.optimizer", "{sgd: {momentum: #, nesterov: true}}"),
    ("train.optimizer", "{rmsprop: {alpha: #}}"), ("train.optimizer", "#"), ("loss", "{mse: {}, weight: #}"),
    ("loss", "{huber: {delta: #}}"), ("expect.parameters", "<= #"), ("expect.memory", "<= # GiB"),
    ("expect.memory", "#"), ("expect.flops", "\"> #\""), ("expect.output", "[#, 16, 3]"), ("metrics", "[#]"),
  ]

  @Test("hostile values in the keys of data, training, losses and expectations")
  func sectionKeys() throws {
    try check(
      HostileNumberTests.sections.flatMap { key, text in
        HostileNumberTests.values.map { spec(key, text.replacingOccurrences(of: "#", with: $0)) }
      })
  }

  @Test("hostile values in expressions")
  func expressions() throws {
    let texts = [
      "$(# + 1)", "$(# * # * #)", "$(1 // #)", "$(1 % #)", "$(2 ** #)", "$(-(#))", "$(# - 1 - 9223372036854775807)",
    ]
    try check(
      texts.flatMap { text in
        HostileNumberTests.values.map { spec("train.batch_size", text.replacingOccurrences(of: "#", with: $0)) }
      })
  }

  /// A spec in which one key has a hostile value.
  private func spec(_ key: String, _ value: String) -> String {
    let parts = key.split(separator: ".").map(String.init)
    var sections: [String: [(String, String)]] = [
      "vars": [], "input": [], "expect": [],
      "data": [("images", Place.specs.appendingPathComponent("data/photos").path), ("shape", "[16, 16, 3]")],
      "train": [("epochs", "1"), ("batch_size", "2"), ("optimizer", "{adam: {}}")],
    ]
    if parts.count == 2 {
      sections[parts[0]] = (sections[parts[0]] ?? []).filter { $0.0 != parts[1] } + [(parts[1], value)]
    }
    func table(_ name: String) -> String {
      "{" + (sections[name] ?? []).map { "\($0.0): \($0.1)" }.joined(separator: ", ") + "}"
    }
    let input = sections["input"]?.first?.1
    return """
      nnc: \(key == "nnc" ? value : "1")
      vars: \(table("vars"))
      data: {photos: \(table("data"))}
      network: {\(input.map { "input: \($0), " } ?? "")layers: [conv: {filters: 3}]}
      loss: \(key == "loss" ? value : "mse")
      metrics: \(key == "metrics" ? value : "[psnr]")
      train: \(table("train"))
      expect: \(table("expect"))

      """
  }

  /// Loads every spec; those without errors are also planned, as `check` does.
  private func check(_ specs: [String]) throws {
    let kernels = try portableKernels()
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-hostile-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    var clean = 0
    for spec in specs {
      try spec.write(to: file, atomically: false, encoding: .utf8)
      if ProcessInfo.processInfo.environment["NNC_SHOW_HOSTILE"] == "1" { print(spec) }
      let checked = CheckedSpec.load(path: file.path, kernels: kernels)
      let report = CheckReport(checked)
      #expect(!report.json.text.isEmpty)
      if !checked.diagnostics.hasErrors { clean += 1 }
    }
    #expect(clean < specs.count, "everything is accepted")
  }
}
