import NNCompiler
import NNGraph
import NNPlan
import NNTensor
import Testing

@Suite struct SimplifyTests {
  @Test func `flatten before dense costs nothing`() throws {
    let layers = "conv: {filters: 4}\nflatten\ndense: {units: 5}"
    let plan = runPlan(try model(layers: layers, shape: [6, 6, 3], batch: 2), batch: 2)
    #expect(!plan.steps.contains { $0.name.hasPrefix("permute") })
    let weight = try #require(plan.parameters.first { $0.name == "model.dense_1.weight" })
    #expect(weight.fileShape == [5, 144] && weight.fileView == [5, 4, 6, 6] && weight.order == [2, 3, 1, 0])
  }

  @Test func `reshaping to the same shape and back cancels`() throws {
    let layers = "conv: {filters: 4}\nflatten\nreshape: {shape: [6, 6, 4]}\noutput: {channels: 2}"
    let plan = runPlan(try model(layers: layers, shape: [6, 6, 3], batch: 2), batch: 2)
    #expect(!plan.steps.contains { $0.name.hasPrefix("permute") })
  }

  @Test func `a sigmoid's cross-entropy is computed from the logits`() throws {
    let layers = "conv: {filters: 4, activation: relu}\noutput: {channels: 3, activation: sigmoid}"
    let model = try model(layers: layers, shape: [6, 6, 3], batch: 2, loss: "binary_cross_entropy")
    let plan = trainingPlan(model, batch: 2)
    #expect(plan.steps.contains { $0.kernel == .loss(.binaryCrossEntropyWithLogits) })
    #expect(
      !plan.steps.contains {
        $0.name.hasPrefix("sigmoid") && $0.kernel != .loss(.binaryCrossEntropyWithLogits)
          && $0.kernel != .lossGradient(.binaryCrossEntropyWithLogits)
      })
  }

  @Test func `noise is there once in training and vanishes when running`() throws {
    let model = try model(layers: "noise: {stddev: 0.1}\nconv: {filters: 3}", shape: [6, 6, 3], batch: 2, loss: "mse")
    #expect(trainingPlan(model, batch: 2).steps.count { $0.name == "noise 0.1" } == 1)
    #expect(!runPlan(model, batch: 2).steps.contains { $0.name.hasPrefix("noise") })
  }

  @Test func `dropout is there in training and vanishes when running`() throws {
    let layers = "conv: {filters: 4}\ndropout: {rate: 0.5}\noutput: {channels: 3}"
    let model = try model(layers: layers, shape: [6, 6, 3], batch: 2, loss: "mse")
    #expect(trainingPlan(model, batch: 2).steps.count { $0.name == "dropout 0.5" } == 2)
    #expect(!runPlan(model, batch: 2).steps.contains { $0.name.hasPrefix("dropout") })
  }
}
