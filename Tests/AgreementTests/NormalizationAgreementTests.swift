import NNGraph
import NNPlan
import NNReference
import NNTensor
import Testing

@testable import NNCompiler

/// Running statistics against PyTorch; gradients are in `LayerAgreementTests`.
@Suite struct NormalizationAgreementTests {
  private static func cases() throws -> [ReferenceCase] { try ReferenceSet(group: "normalization").cases }

  @Test(arguments: Variant.all)
  func `when run, batch normalisation is PyTorch's by the running values`(_ variant: Variant) throws {
    for reference in try Self.cases() {
      let expected = try #require(reference.evaluated)
      var graph = try model(reference.spec, batch: reference.batch).1.runGraph
      graph.outputs = graph.outputs.map { GraphOutput(name: "output", value: $0.value) }
      let plan = variant.compiler.plan(graph, name: "reference", purpose: .run, batch: reference.batch)
      let bound = try variant.bind(plan, reference.parameters)
      try bound.run(["model.input": reference.input])
      let difference = bound.tensor("output", expected.shape).relativeDifference(to: expected)
      #expect(difference <= 1e-5, "\(reference)")
    }
  }

  @Test(arguments: Variant.all)
  func `a training step moves the running values as PyTorch's does`(_ variant: Variant) throws {
    var count = 0
    for reference in try Self.cases() where !reference.tracked.isEmpty {
      var graph = try model(reference.spec, batch: reference.batch).1.runGraph
      graph.outputs = graph.outputs.map { GraphOutput(name: "output", value: $0.value) }
      var phase = TrainingPhase(name: "train", losses: ["output"], parameters: [], optimizer: .adam)
      phase.statistics = Set(graph.parameters.filter { $0.role == .statistic }.map(\.name))
      let plan = variant.compiler.plan(
        graph, name: "reference", purpose: .train, batch: reference.batch,
        recipe: TrainingRecipe([phase]))
      let bound = try variant.bind(plan, reference.parameters)
      try bound.run(["model.input": reference.input])
      for (name, expected) in reference.tracked {
        let values = try bound.store.exportTensor(name).map(Double.init)
        #expect(
          ReferenceTensor(expected.shape, values).relativeDifference(to: expected) <= 1e-5, "\(name) \(reference)")
        count += 1
      }
    }
    #expect(count >= 20)
  }

  @Test func `a batch normalisation after a convolution costs nothing when run`() throws {
    let variant = try #require(Variant.all.first)
    for reference in try Self.cases() where reference.layers.contains(where: { $0.contains("normalization: batch") }) {
      let graph = try model(reference.spec, batch: reference.batch).1.runGraph
      let plan = variant.compiler.plan(graph, name: "reference", purpose: .run, batch: reference.batch)
      let names = plan.steps.dropFirst(plan.preparingSteps).map(\.name)
      #expect(!names.contains { $0.hasPrefix("channel_affine") || $0.hasPrefix("batch_norm") }, "\(names)")
    }
  }

  @Test func `a frozen network normalises by its running values in training too, and keeps them`() throws {
    let variant = try #require(Variant.all.first)
    for reference in try Self.cases() where !reference.tracked.isEmpty {
      let expected = try #require(reference.evaluated)
      let text = reference.spec.replacing("network:\n", with: "network:\n  frozen: true\n")
      var graph = try model(text, batch: reference.batch).1.runGraph
      graph.outputs = graph.outputs.map { GraphOutput(name: "output", value: $0.value) }
      #expect(!graph.nodes.contains { $0.operation is TrackStatistics })
      let plan = variant.compiler.plan(graph, name: "reference", purpose: .train, batch: reference.batch)
      let bound = try variant.bind(plan, reference.parameters)
      try bound.run(["model.input": reference.input])
      #expect(bound.tensor("output", expected.shape).relativeDifference(to: expected) <= 1e-5, "\(reference)")
      for name in reference.tracked.keys {
        #expect(try bound.store.exportTensor(name) == reference.parameters[name]?.floats)
      }
    }
  }
}
