import Foundation
import NNGraph
import NNReference
import NNTensor
import Testing

@Suite struct ReferenceFileTests {
  @Test func `the files hold at least 300 configurations, each with a name of its own`() throws {
    let references = try ReferenceSet()
    #expect(references.cases.count >= 300)
    #expect(references.optimizers.count >= 24)
    #expect(references.trajectories.count >= 2)
    let names = try ReferenceFile.records().map(\.name)
    #expect(Set(names).count == names.count)
    #expect(references.cases.allSatisfy { !$0.layers.isEmpty && $0.input.shape[0] == $0.batch })
  }

  @Test func `every kind of layer and loss has references`() throws {
    let cases = try ReferenceSet().cases
    let kinds = Set(cases.flatMap { $0.layers.map { LayerText($0).kind } })
    let expected: Set = [
      "conv", "transposed_conv", "bottleneck", "output", "max_pool", "avg_pool", "global_avg_pool", "dense", "flatten",
      "reshape", "upsample", "activation", "depth_to_space", "pad", "crop", "batch_norm",
      "instance_norm", "group_norm", "layer_norm",
    ]
    #expect(kinds == expected)
    let losses = Set(cases.compactMap { $0.loss.flatMap { LayerText.map($0.yaml).keys.first } })
    #expect(losses == ["mse", "mae", "huber", "binary_cross_entropy", "cross_entropy", "ssim", "total_variation"])
  }

  @Test func `the shared hash gives the numbers that its description says`() {
    #expect(SharedHash.seed("") == 0xCBF2_9CE4_8422_2325)
    #expect(SharedHash.seed("a") == 0xAF63_DC4C_8601_EC8C)
    #expect(SharedHash.bits(seed: 0, 0) == 0xE220_A839_7B1D_CDAF >> 40)
    #expect(SharedHash.bits(seed: 0, 1) == 0x6E78_9E6A_A1B9_65F4 >> 40)
  }

  @Test func `training images are generated as PyTorch's run had them`() throws {
    for trajectory in try ReferenceSet(group: "trajectory").trajectories {
      #expect(trajectory.losses.count == 20 && trajectory.floatLosses.count == 20)
      #expect((trajectory.losses.last ?? 1) < 0.2 * trajectory.losses[0])
      let images = trajectory.images(step: 0)
      let factors = images.values.indices.map { Double($0 % 1009) }
      let sums = [images.values.reduce(0, +), images.dot(ReferenceTensor(images.shape, factors))]
      let check = try #require(trajectory.record.results["check"])
      #expect(ReferenceTensor([2], sums).relativeDifference(to: check) <= 1e-12)
    }
  }

  @Test func `a truncated or overlong file is refused`() throws {
    let text = "record layers a\nresult output 2\nend\n"
    #expect(try ReferenceFile.parse(text, data: Data(count: 16)).count == 1)
    #expect(throws: ReferenceFileError.self) { try ReferenceFile.parse(text, data: Data(count: 15)) }
    #expect(throws: ReferenceFileError.self) { try ReferenceFile.parse(text, data: Data(count: 17)) }
    #expect(throws: ReferenceFileError.self) { try ReferenceFile.parse("result output 2\n", data: Data(count: 16)) }
    #expect(throws: ReferenceFileError.self) {
      try ReferenceFile.parse("record layers a\nresult output x", data: Data())
    }
  }

  @Test func `a case can be written as a spec`() throws {
    let first = try #require(try ReferenceSet(group: "stack").cases.first)
    #expect(first.spec.hasPrefix("nnc: 1\nnetwork:\n  input: [6, 8, 3]\n  layers:\n    - conv: {"))
  }
}

@Suite struct ReferenceAgreementTests {
  @Test("The evaluator's networks and gradients are PyTorch's", arguments: try ReferenceSet().cases)
  func agrees(reference: ReferenceCase) throws {
    var network = NetworkBuilder(reference)
    let loss = try reference.loss.map { try add($0, to: &network) }
    let seed = loss?.seed ?? (network.output, network.leaf("upstream", reference.upstream))
    let last = reference.loss?.final == "none" ? network.output : network.logits
    let targets = [network.input, last] + network.parameters.map(\.value)
    let gradients = network.graph.referenceGradients(of: [seed], for: targets)
    let values = Evaluator().evaluate(network.graph, leaves: network.leaves)

    #expect(values[network.output.index].relativeDifference(to: reference.output) <= 1e-12)
    let inputGradient = values[try #require(gradients[0]).index]
    #expect(inputGradient.relativeDifference(to: reference.inputGradient) <= 1e-10)
    for ((name, _, order), gradient) in zip(network.parameters, gradients.dropFirst(2)) {
      let expected = try #require(reference.parameterGradients[name]).permuted(order)
      #expect(values[try #require(gradient).index].gradientDifference(to: expected) <= 1e-10, "\(name)")
    }
    if let loss, let expected = reference.loss {
      #expect(abs(values[loss.value.index].values[0] - expected.value) <= 1e-12 * abs(expected.value))
      let logitsGradient = values[try #require(gradients[1]).index]
      #expect(logitsGradient.relativeDifference(to: expected.gradient) <= 1e-10)
    }
    #expect(reference.parameterGradients.count == network.parameters.count)
  }

  /// Adds the loss, computed from the logits where the output is a sigmoid or softmax that the loss is fused with.
  private func add(
    _ loss: ReferenceLoss, to network: inout NetworkBuilder
  ) throws -> (value: ValueID, seed: (value: ValueID, gradient: ValueID)) {
    let kind = try #require(lossKind(loss))
    let usesLogits = kind == .binaryCrossEntropyWithLogits || kind == .crossEntropyWithLogits
    let target = network.leaf("target", loss.target)
    let prediction = usesLogits ? network.logits : network.output
    let operands = kind.takesTarget ? [prediction, target] : [prediction]
    let value = network.graph.apply(Loss(kind), operands, layer: "loss")[0]
    return (value, (value, network.leaf("one", ReferenceTensor(scalar: 1))))
  }

  private func lossKind(_ loss: ReferenceLoss) -> LossKind? {
    guard let (name, keys) = LayerText.map(loss.yaml).first else { return nil }
    switch name {
    case "mse": return .mse
    case "ssim":
      let keys = LayerText.map(keys.isEmpty ? "{}" : keys)
      return .ssim(
        window: keys["window"].flatMap { Int($0) } ?? 11, deviation: keys["sigma"].flatMap { Float($0) } ?? 1.5)
    case "total_variation": return .totalVariation
    case "mae": return .mae
    case "huber": return .huber(delta: LayerText.map(keys)["delta"].flatMap { Float($0) } ?? 1)
    case "binary_cross_entropy": return loss.final == "sigmoid" ? .binaryCrossEntropyWithLogits : .binaryCrossEntropy
    case "cross_entropy": return loss.final == "softmax" ? .crossEntropyWithLogits : .crossEntropy
    default: return nil
    }
  }

  @Test("The update rules follow PyTorch's optimizers", arguments: try ReferenceSet(group: "optimizer").optimizers)
  func follows(reference: ReferenceOptimizer) throws {
    let (name, text) = try #require(LayerText.map(reference.yaml).first)
    let keys = LayerText.map(text)
    let kind = optimizer(name, keys)
    let steps = reference.gradients
    var values = [ReferenceTensor](repeating: ReferenceTensor(reference.parameter.shape), count: 1 + kind.stateCount)
    values[0] = reference.parameter
    var trajectory: [Double] = []
    for (index, gradient) in steps.enumerated() {
      let scalars = kind.numbers.map { ReferenceTensor(scalar: scalar($0.rawValue, keys, step: index + 1)) }
      values = Evaluator().results(of: Update(kind), [values[0], gradient] + values.dropFirst() + scalars)
      trajectory += values[0].values
    }
    let followed = ReferenceTensor(reference.trajectory.shape, trajectory)
    #expect(followed.relativeDifference(to: reference.trajectory) <= 1e-12)
  }

  private func optimizer(_ name: String, _ keys: [String: String]) -> OptimizerKind {
    switch name {
    case "adam": .adam
    case "adamw": .adamw
    case "rmsprop": .rmsprop(momentum: keys["momentum"] != nil)
    default: .sgd(momentum: keys["momentum"] != nil, nesterov: keys["nesterov"] == "true")
    }
  }

  private func scalar(_ name: String, _ keys: [String: String], step: Int) -> Double {
    func number(_ key: String, _ standard: Double) -> Double { keys[key].flatMap { Double($0) } ?? standard }
    let (beta1, beta2) = (number("beta1", 0.9), number("beta2", 0.999))
    return switch name {
    case "beta1": beta1
    case "beta2": beta2
    case "correction1": 1 - pow(beta1, Double(step))
    case "correction2": 1 - pow(beta2, Double(step))
    case "epsilon": number("epsilon", 1e-8)
    case "alpha": number("alpha", 0.99)
    case "first_step": step == 1 ? 1 : 0
    default: number(name, 0)
    }
  }
}
