import NNDriver
import NNGraph
import NNKernels
import NNLayers
import NNPlan
import NNReference
import NNRuntime
import NNTensor
import NNTraining
import Testing

@testable import NNCompiler

/// Spectral norms against PyTorch's over three steps; one step's gradients are in `LayerAgreementTests`, too.
@Suite struct SpectralAgreementTests {
  private static func cases() throws -> [ReferenceCase] { try ReferenceSet(group: "spectral").cases }

  /// A training step of plain descent on `Σ upstream · output`, as a spec's phases make one.
  private func trainingPlan(_ reference: ReferenceCase, _ variant: Variant, updating: Bool = true) throws -> Plan {
    var graph = try model(reference.spec, batch: reference.batch).1.runGraph
    let output = try #require(graph.outputs.first).value
    let upstream = graph.input("upstream", graph.type(output))
    let count = graph.shape(output).elementCount
    let (row, column) = (
      graph.apply(Reshape([1, 1, 1, count]), to: upstream, layer: "loss"),
      graph.apply(Reshape([1, 1, count, 1]), to: output, layer: "loss")
    )
    let product = Convolution(window: ConvolutionWindow(kernel: Size2D(1, 1)), outputSize: Size2D(1, 1))
    let sum = graph.apply(product, to: row, column, layer: "loss")
    let loss = graph.apply(Reshape([]), to: sum, layer: "loss")
    graph.outputs = [GraphOutput(name: "loss", value: loss)]
    var phase = TrainingPhase(
      name: "train", losses: ["loss"],
      parameters: updating ? Set(graph.parameters.filter(\.isTrainable).map(\.name)) : [],
      optimizer: .sgd(momentum: false, nesterov: false))
    if updating { phase.statistics = Set(graph.parameters.filter { $0.role == .statistic }.map(\.name)) }
    return variant.compiler.plan(
      graph, name: "reference", purpose: .train, batch: reference.batch, recipe: TrainingRecipe([phase]))
  }

  private func evaluationPlan(_ reference: ReferenceCase, _ variant: Variant) throws -> Plan {
    var graph = try model(reference.spec, batch: reference.batch).1.runGraph
    graph.outputs = graph.outputs.map { GraphOutput(name: "output", value: $0.value) }
    return variant.compiler.plan(graph, name: "reference", purpose: .run, batch: reference.batch)
  }

  /// Row `step` of a result that has a row for each step.
  private func row(_ step: Int, of name: String, _ reference: ReferenceCase) throws -> ReferenceTensor {
    let all = try #require(reference.record.results["steps.\(name)"], "\(name) of \(reference)")
    let shape = Shape(Array(all.shape.dimensions.dropFirst()))
    return ReferenceTensor(shape, Array(all.values[step * shape.elementCount..<(step + 1) * shape.elementCount]))
  }

  @Test(arguments: Variant.all)
  func `three steps, and running in the state after them, are PyTorch's to 1e-5`(_ variant: Variant) throws {
    var compared = 0
    for reference in try Self.cases() {
      let plan = try trainingPlan(reference, variant)
      let bound = try variant.bind(plan, reference.parameters)
      let rate = try #require(reference.record.field("rate").flatMap { Double($0) })
      for name in plan.scalars {
        bound.set(scalar: name, name == "loss.weight" ? 1 : name.hasSuffix("learning_rate") ? rate : 0)
      }
      for step in 0..<3 {
        try bound.run(["model.input": reference.input, "upstream": reference.upstream])
        let products = try row(step, of: "output", reference).combined(reference.upstream, *).values
        let loss = Double(try #require(bound.output("loss").first))
        let magnitude = products.reduce(0) { $0 + abs($1) }
        #expect(
          abs(loss - products.reduce(0, +)) <= 1e-5 * magnitude, "loss of step \(step + 1) of \(reference)")
        for name in bound.store.names {
          let expected = try row(step, of: name, reference)
          let values = ReferenceTensor(expected.shape, try bound.store.exportTensor(name).map(Double.init))
          #expect(values.gradientDifference(to: expected) <= 1e-5, "\(name) of step \(step + 1) of \(reference)")
          compared += 1
        }
      }
      try compareEvaluation(reference, variant, bound.store)
    }
    #expect(compared >= 200)
  }

  /// Runs in a trained state, twice: nothing of it may change.
  private func compareEvaluation(_ reference: ReferenceCase, _ variant: Variant, _ store: ParameterStore) throws {
    let expected = try #require(reference.evaluated)
    let plan = try evaluationPlan(reference, variant)
    let bound = try BoundPlan(
      plan, store: store, pool: ThreadPool(threadCount: 1), kernels: variant.kernels, poison: true)
    let before = store.contentHash
    for _ in 0..<2 {
      try bound.run(["model.input": reference.input])
      let difference = bound.tensor("output", expected.shape).relativeDifference(to: expected)
      #expect(difference <= 1e-5, "evaluation of \(reference)")
    }
    #expect(store.contentHash == before, "\(reference)")
  }

  @Test func `a run prepares the weights once, and has no other steps than without a spectral norm`() throws {
    let variant = try #require(Variant.all.first)
    for reference in try Self.cases() {
      let plan = try evaluationPlan(reference, variant)
      let plain = try model(reference.spec.replacing("spectral_norm: true", with: "spectral_norm: false"), batch: 2).1
      let other = variant.compiler.plan(plain.runGraph, name: "plain", purpose: .run, batch: 2)
      let (names, expected) = (plan.steps.dropFirst(plan.preparingSteps), other.steps.dropFirst(other.preparingSteps))
      #expect(names.map(\.name) == expected.map(\.name), "\(reference)")
      #expect(plan.steps.prefix(plan.preparingSteps).contains { $0.name == "spectral_normalize" })
      #expect(!plan.steps.contains { $0.name == "power_iteration" })
    }
  }

  @Test func `a phase that does not update a network leaves its singular vectors as they are`() throws {
    let variant = try #require(Variant.all.first)
    let reference = try #require(try Self.cases().last)
    var graph = try model(reference.spec, batch: reference.batch).1.runGraph
    graph.outputs = graph.outputs.map { GraphOutput(name: "output", value: $0.value) }
    let before = graph.nodes.count
    graph.trackStatistics { _ in false }
    #expect(graph.nodes.count == before - 3)
    graph.verify(after: "differentiate")
    let plan = variant.compiler.plan(graph, name: "reference", purpose: .train, batch: reference.batch)
    let bound = try variant.bind(plan, reference.parameters)
    let hash = bound.store.contentHash
    try bound.run(["model.input": reference.input])
    #expect(bound.store.contentHash == hash)
  }

  @Test func `a step of several phases iterates once with each weight, where its network is updated`() throws {
    let specs = ReferenceFile.directory.deletingLastPathComponent().deletingLastPathComponent()
    let path = specs.appendingPathComponent("Specs/adversarial.yaml").path
    let kernels = try KernelTable.chosen()
    let plans = try CheckedSpec.load(path: path, kernels: kernels).plans()
    for (phases, count) in [([0], 2), ([1], 0), ([0, 1], 2), ([1, 0], 2)] {
      let plan = try #require(plans.train(batch: 1, part: StepPart(phases)))
      #expect(plan.steps.filter { $0.name == "power_iteration" }.count == count, "phases \(phases)")
      let store = ParameterStore()
      try store.add(plan.parameters)
      store.initialize(seed: 5)
      let layers = ["critic.conv_2", "critic.conv_3"]
      let before = try layers.map { try (weight(of: $0, store), vector("\($0).weight_u", store)) }
      let bound = try BoundPlan(plan, store: store, pool: ThreadPool(threadCount: 1), kernels: kernels, poison: true)
      for port in plan.inputs {
        let values = SharedHash.symmetric([bound.input(port.name).count], seed: port.name).floats
        _ = bound.input(port.name).update(fromContentsOf: values)
      }
      for name in plan.scalars { bound.set(scalar: name, 0.01) }
      bound.run()
      for (layer, (weight, u)) in zip(layers, before) {
        let v = try vector("\(layer).weight_v", store)
        let turned = Evaluator().results(of: PowerIteration(rows: .outer), [weight, u, v])
        let expected = count == 0 ? u : turned[0]
        let difference = try vector("\(layer).weight_u", store).relativeDifference(to: expected)
        #expect(difference <= 1e-5, "\(layer), phases \(phases)")
        #expect(try phases.contains(0) == (self.weight(of: layer, store) != weight))
      }
    }
  }

  private func vector(_ name: String, _ store: ParameterStore) throws -> ReferenceTensor {
    let values = try store.exportTensor(name).map(Double.init)
    return ReferenceTensor([values.count], values)
  }

  /// A convolution's weight as a matrix `[columns, rows]`, columns in the order of files.
  private func weight(of layer: String, _ store: ParameterStore) throws -> ReferenceTensor {
    let values = try store.exportTensor("\(layer).weight_orig").map(Double.init)
    let rows = try store.exportTensor("\(layer).weight_u").count
    return ReferenceTensor([rows, values.count / rows], values).permuted([1, 0])
  }

  @Test func `the results have the same bits for any number of threads`() throws {
    let kernels = try KernelTable.chosen()
    let text = """
      nnc: 1
      network:
        input: [8, 8, 40]
        layers:
          - conv: {filters: 70, spectral_norm: true}
          - transposed_conv: {filters: 33, kernel: 4, stride: 2, spectral_norm: true}
          - dense: {units: 20, spectral_norm: true}
      """
    var graph = try model(text, batch: 2).1.runGraph
    graph.outputs = graph.outputs.map { GraphOutput(name: "output", value: $0.value) }
    graph.trackStatistics { _ in true }
    let compiler = Compiler(options: CompilerOptions(tiles: kernels.tiles))
    let plan = compiler.plan(graph, name: "threads", purpose: .train, batch: 2)
    let input = SharedHash.symmetric([2, 8, 8, 40], seed: "threads")
    let hashes = try [1, 2, 3, 8].map { threads in
      let store = ParameterStore()
      try store.add(plan.parameters)
      store.initialize(seed: 7)
      let bound = try BoundPlan(plan, store: store, pool: ThreadPool(threadCount: threads), kernels: kernels)
      for _ in 0..<3 { try bound.run(["model.input": input]) }
      return [store.contentHash] + bound.output("output").map { UInt64($0.bitPattern) }
    }
    #expect(Set(hashes).count == 1)
  }
}
