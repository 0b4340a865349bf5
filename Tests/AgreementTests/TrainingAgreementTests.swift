import NNGraph
import NNLayers
import NNPlan
import NNReference
import NNRuntime
import NNSpec
import NNTensor
import Testing

@testable import NNCompiler
@testable import NNDriver
@testable import NNTraining

@Suite struct TrainingAgreementTests {
  private func settings(_ optimizer: String, loss: String) throws -> TrainingSettings {
    let text = """
      nnc: 1
      network: {input: [4, 4, 1], layers: [conv: {filters: 1}]}
      train: {steps: 1, batch_size: 1, optimizer: \(optimizer)}
      """
    let train = try #require(SpecReader.read(text: text, path: "optimizer.yaml").spec?.train)
    let rule = try #require(train.optimizer, "\(optimizer)")
    return TrainingSettings(
      name: "reference", length: .steps(1), batchSize: 1, optimizer: OptimizerSettings(rule),
      losses: [LossTerm(name: loss)], roles: SampleRoles(input: nil, target: nil))
  }

  private func setScalars(_ plan: BoundPlan, _ numbers: Numbers, update: Int) throws {
    for name in plan.plan.scalars {
      plan.set(scalar: name, numbers.value(try #require(numbers.meaning(name), "\(name)"), step: update))
    }
  }

  @Test(arguments: KernelTable.available.map { Variant(kernels: $0, isOptimized: true) })
  func `each optimizer follows PyTorch's trajectory to 1e-5`(_ variant: Variant) throws {
    let references = try ReferenceSet(group: "optimizer").optimizers
    #expect(references.count >= 20)
    for reference in references {
      let settings = try settings(reference.yaml, loss: "none")
      var graph = Graph()
      let parameter = graph.parameter(
        Parameter(name: "w", layer: "w", shape: reference.parameter.shape, initializer: .zeros, decays: true))
      let gradient = graph.input("gradient", TensorType(reference.parameter.shape))
      let phase = TrainingPhase(
        name: "train", losses: [], parameters: ["w"], optimizer: settings.phases[0].optimizer.kind)
      let states = (0..<phase.optimizer.stateCount).map { graph.state(ofParameter: 0, slot: $0) }
      let scalars = phase.optimizer.numbers.map { graph.scalar(.optimizer(phase: phase.name, $0, decays: true)) }
      let results = graph.apply(Update(phase.optimizer), [parameter, gradient] + states + scalars, layer: "w")
      graph.outputs = [GraphOutput(updateOf: "w", value: results[0])]
      let plan = variant.compiler.plan(graph, name: "optimizer", purpose: .train, batch: 1)
      let bound = try variant.bind(plan, ["w": reference.parameter])
      let count = reference.parameter.values.count
      for (step, gradient) in reference.gradients.enumerated() {
        try setScalars(bound, Numbers(settings, batchesPerEpoch: 10), update: step + 1)
        try bound.run(["gradient": gradient])
        let values = try bound.store.exportTensor("w").map(Double.init)
        let expected = reference.trajectory.values[step * count..<(step + 1) * count]
        let difference = ReferenceTensor([count], values).relativeDifference(
          to: ReferenceTensor([count], Array(expected)))
        #expect(difference <= 1e-5, "\(reference.yaml) step \(step + 1)")
      }
    }
  }

  @Test(arguments: Variant.plans(KernelTable.available[0]))
  func `twenty steps of fakeapp follow PyTorch's losses to 1e-4`(_ variant: Variant) throws {
    let references = try ReferenceSet(group: "trajectory").trajectories
    #expect(!references.isEmpty)
    for reference in references {
      let settings = try settings(reference.optimizer, loss: "loss")
      let text = """
        nnc: 1
        data: {frames: {images: nowhere, shape: \(reference.inputShape)}}
        networks:
          autoencoder:
            input: frames
            layers:
        \(reference.layers.map { "      \($0)" }.joined(separator: "\n"))
        loss: mse
        """
      let facts = ["frames": DataFacts(fields: [.init(name: "image", shape: reference.inputShape.dimensions)])]
      let (_, model) = try model(text, facts: facts, batch: reference.batch)
      let phase = TrainingPhase(
        name: settings.phases[0].name, losses: model.losses.flatMap { $0.parts.map(\.outputName) },
        parameters: Set(model.graph.parameters.map(\.name)), optimizer: settings.phases[0].optimizer.kind)
      let plan = variant.compiler.plan(
        model.trainingGraph, name: "trajectory", purpose: .train, batch: reference.batch,
        recipe: TrainingRecipe([phase]))
      let bound = try variant.bind(plan, reference.parameters)
      for (step, expected) in reference.losses.enumerated() {
        try setScalars(bound, Numbers(settings, batchesPerEpoch: 10), update: step + 1)
        try bound.run(["frames.image": reference.images(step: step)])
        let loss = Double(try #require(bound.output("losses.loss").first))
        #expect(
          abs(loss - expected) <= 1e-4 * expected, "\(reference.optimizer) step \(step + 1): \(loss), \(expected)")
      }
      #expect(reference.losses.count == 20)
    }
  }
}
