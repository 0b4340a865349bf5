import NNLayers
import NNSpec
import Testing

/// The output shape of layers on an input, or nil where they are refused.
func outputShape(_ layers: String, of shape: [Int]) -> [Int]? {
  let text = """
    nnc: 1
    network:
      input: [\(shape.map(String.init).joined(separator: ", "))]
      layers:
    \(layers.split(separator: "\n").map { "    - \($0)" }.joined(separator: "\n"))
    """
  let reading = SpecReader.read(text: text, path: "test.yaml")
  guard let spec = reading.spec, !reading.diagnostics.hasErrors else { return nil }
  let model = ModelBuilder.build(spec, facts: [:], batch: 1)
  return model.diagnostics.hasErrors ? nil : model.networks.first?.output
}

@Suite struct ShapeRuleTests {
  @Test(arguments: [
    ("conv: {filters: 5}", [9, 8, 3], [9, 8, 5]),
    ("conv: {filters: 5, stride: 2}", [9, 8, 3], [5, 4, 5]),
    ("conv: {filters: 5, padding: valid}", [9, 8, 3], [7, 6, 5]),
    ("conv: {filters: 5, kernel: [3, 5], padding: [0, 2], stride: [2, 1]}", [9, 8, 3], [4, 8, 5]),
    ("conv: {filters: 6, dilation: 2, padding: valid, groups: 3}", [9, 8, 3], [5, 4, 6]),
    ("transposed_conv: {filters: 5, stride: 2, padding: 1, output_padding: 1}", [9, 8, 3], [18, 16, 5]),
    ("transposed_conv: {filters: 5, stride: 2, padding: 1}", [9, 8, 3], [17, 15, 5]),
    ("transposed_conv: {filters: 5, kernel: 4, stride: 3, padding: same}", [9, 8, 3], [27, 24, 5]),
    ("transposed_conv: {filters: 5, kernel: 2, stride: 3, padding: same}", [9, 8, 3], [27, 24, 5]),
    ("bottleneck: {filters: 2}", [9, 8, 3], [9, 8, 2]), ("output: {channels: 7}", [9, 8, 3], [9, 8, 7]),
    ("max_pool", [9, 8, 3], [4, 4, 3]), ("max_pool: {size: 3, stride: 2, padding: 1}", [9, 8, 3], [5, 4, 3]),
    ("avg_pool: {size: [3, 2]}", [9, 8, 3], [3, 4, 3]), ("global_avg_pool", [9, 8, 3], [3]),
    ("flatten", [9, 8, 3], [216]), ("flatten\nflatten", [9, 8, 3], [216]),
    ("reshape: {shape: [6, 4, 9]}", [9, 8, 3], [6, 4, 9]), ("reshape: {shape: [216]}", [9, 8, 3], [216]),
    ("dense: {units: 4}", [9, 8, 3], [4]), ("dense: {units: 4}", [5], [4]),
    ("upsample", [9, 8, 3], [18, 16, 3]), ("upsample: {factor: [1, 3], method: bilinear}", [9, 8, 3], [9, 24, 3]),
    ("depth_to_space", [9, 8, 8], [18, 16, 2]), ("depth_to_space: {factor: [3, 1]}", [9, 8, 6], [27, 8, 2]),
    ("pad: {all: 1}", [9, 8, 3], [11, 10, 3]), ("pad: {all: 2, top: 0, value: 1.5}", [9, 8, 3], [11, 12, 3]),
    ("crop: {left: 7, bottom: 2}", [9, 8, 3], [7, 1, 3]), ("crop: 1", [9, 8, 3], [7, 6, 3]),
    ("noise: {stddev: 0.1}", [9, 8, 3], [9, 8, 3]), ("noise: 0.1", [7], [7]),
    ("batch_norm", [9, 8, 3], [9, 8, 3]), ("batch_norm: {momentum: 0.2, epsilon: 1e-3}", [7], [7]),
    ("instance_norm: {affine: false}", [9, 8, 3], [9, 8, 3]), ("group_norm: {groups: 3}", [9, 8, 6], [9, 8, 6]),
    ("group_norm", [9, 8, 64], [9, 8, 64]), ("layer_norm", [7], [7]),
    ("conv: {filters: 4, normalization: batch, activation: relu}", [9, 8, 3], [9, 8, 4]),
    ("bottleneck: {filters: 2, normalization: {group: {groups: 2}}}", [9, 8, 3], [9, 8, 2]),
    ("transposed_conv: {filters: 2, stride: 2, normalization: instance}", [9, 8, 3], [18, 16, 2]),
    ("conv: {filters: 4, normalization: {layer: {affine: false}}}", [9, 8, 3], [9, 8, 4]),
    ("activation: softmax", [9, 8, 3], [9, 8, 3]), ("dropout: {rate: 0.5}", [9, 8, 3], [9, 8, 3]),
    ("conv: {name: a, filters: 4}\nconcat: {from: [previous, input]}", [9, 8, 3], [9, 8, 7]),
    ("conv: {name: a, filters: 3}\nadd: {from: [a, input]}", [9, 8, 3], [9, 8, 3]),
    ("conv: {name: a, filters: 3}\nmultiply: {from: [a, input, previous]}", [9, 8, 3], [9, 8, 3]),
  ])
  func `layers give the shape that the language says`(_ layers: String, _ input: [Int], _ output: [Int]) {
    #expect(outputShape(layers, of: input) == output)
  }

  @Test(arguments: [
    ("conv: {filters: 5, kernel: 11, padding: valid}", [9, 8, 3]), ("conv: {filters: 4, groups: 3}", [9, 8, 3]),
    ("bottleneck: {filters: 3}", [9, 8, 3]), ("max_pool: {size: 10}", [9, 8, 3]),
    ("max_pool: {size: 2, padding: 2}", [9, 8, 3]), ("reshape: {shape: [4, 4, 4]}", [9, 8, 3]),
    ("flatten\nconv: {filters: 3}", [9, 8, 3]), ("conv: {filters: 4}\nadd: {from: [previous, input]}", [9, 8, 3]),
    ("transposed_conv: {filters: 3, padding: same, output_padding: 1}", [9, 8, 3]),
    ("transposed_conv: {filters: 3, stride: 2, padding: 1, output_padding: 2}", [9, 8, 3]),
    ("group_norm", [9, 8, 6]), ("group_norm: {groups: 4}", [9, 8, 6]), ("instance_norm", [7]),
    ("instance_norm", [1, 1, 3]), ("conv: {filters: 4, normalization: group}", [9, 8, 3]),
    ("batch_norm: {momentum: 2}", [9, 8, 3]), ("batch_norm: {epsilon: 0}", [9, 8, 3]),
    ("depth_to_space", [9, 8, 6]), ("crop: {left: 4, right: 4}", [9, 8, 3]), ("crop: {top: 9}", [9, 8, 3]),
    ("pad: {all: -1}", [9, 8, 3]), ("pad: {all: 1}", [9]), ("noise: {stddev: -1}", [9, 8, 3]),
    ("pad: {all: 65536}\npad: {all: 65536}", [9, 8, 3]),
    ("concat: {from: [previous, nowhere]}", [9, 8, 3]), ("concat", [9, 8, 3]),
    ("dense: {units: 16777216}\ndense: {units: 16777216}", [9, 8, 3]),
    ("upsample: {factor: 65536}\nupsample: {factor: 65536}", [9, 8, 3]),
  ])
  func `layers that cannot be are refused`(_ layers: String, _ input: [Int]) {
    #expect(outputShape(layers, of: input) == nil)
  }

  @Test func `each kind's example builds`() {
    for kind in LayerRegistry.all {
      let skip = kind.example.contains("skip") ? "conv: {name: skip, filters: 16}\n" : ""
      let example = kind.example
      let shape = kind.name == "reshape" ? [8, 2, 4] : [8, 8, 16]
      #expect(outputShape(skip + example, of: shape) != nil, "\(kind.name): \(example)")
    }
  }
}

@Suite struct BatchStatisticsTests {
  private func codes(_ layers: String, shape: String, batch: Int, loss: String = "mse") throws -> [String] {
    let text = """
      nnc: 1
      data: {d: {npy: a.npy}}
      network:
        input: d
        layers: [\(layers)]
      loss: \(loss)
      train: {steps: 1, batch_size: \(batch), optimizer: {adam: {learning_rate: 1e-3}}}
      """
    let reading = SpecReader.read(text: text, path: "test.yaml")
    let spec = try #require(reading.spec, "\(reading.diagnostics.sorted.map(\.message))")
    let dimensions = shape.split(separator: " ").compactMap { Int($0) }
    let facts = ["d": DataFacts(fields: [.init(name: "image", shape: dimensions)])]
    return ModelBuilder.build(spec, facts: facts, batch: 1).diagnostics.sorted.map { $0.code.code }
  }

  @Test func `a batch of one pixel has no variance to normalise by`() throws {
    #expect(try codes("batch_norm", shape: "5", batch: 1) == ["NNC0362"])
    #expect(try codes("batch_norm", shape: "1 1 5", batch: 1) == ["NNC0362"])
    #expect(try codes("{conv: {filters: 5, normalization: batch}}", shape: "1 1 5", batch: 1) == ["NNC0362"])
    #expect(try codes("layer_norm", shape: "4 4 1", batch: 2) == ["NNC0362"])
    #expect(try codes("layer_norm", shape: "4 4 2", batch: 2).isEmpty)
    #expect(try codes("batch_norm", shape: "5", batch: 2).isEmpty)
    #expect(try codes("batch_norm", shape: "1 2 5", batch: 1).isEmpty)
    #expect(try codes("{conv: {filters: 5, normalization: layer}}", shape: "1 1 5", batch: 1).isEmpty)
  }

  @Test func `losses of images need images that their window fits in`() throws {
    let conv = "{conv: {filters: 3}}"
    #expect(try codes(conv, shape: "12 12 3", batch: 2, loss: "ssim").isEmpty)
    #expect(try codes(conv, shape: "12 10 3", batch: 2, loss: "ssim") == ["NNC0363"])
    #expect(try codes(conv, shape: "12 10 3", batch: 2, loss: "{ssim: {window: 7, sigma: 1}}").isEmpty)
    #expect(try codes("{dense: {units: 5}}", shape: "5", batch: 2, loss: "ssim") == ["NNC0363"])
    #expect(try codes("{dense: {units: 5}}", shape: "5", batch: 2, loss: "total_variation") == ["NNC0363"])
    #expect(try codes(conv, shape: "1 1 3", batch: 2, loss: "total_variation") == ["NNC0363"])
    #expect(try codes(conv, shape: "2 1 3", batch: 2, loss: "total_variation").isEmpty)
  }
}
