import NNCompiler
import NNPlan
import Testing

@Suite struct NormalizationTests {
  private let layers = """
    conv: {filters: 8, normalization: batch, activation: relu}
    max_pool
    transposed_conv: {filters: 4, stride: 2, bias: false, normalization: batch, activation: leaky_relu}
    conv: {filters: 4, normalization: {group: {groups: 2}}, activation: relu}
    output: {channels: 3}
    """

  @Test func `when run, batch normalisation is part of the convolution, pool and all`() throws {
    let plan = runPlan(try model(layers: layers, shape: [8, 8, 3], batch: 2), batch: 2)
    let names = plan.steps.dropFirst(plan.preparingSteps).map(\.name)
    #expect(
      names == [
        "convolution 3×3 + bias + relu + max_pool 2", "transposed_convolution 3×3 stride 2 + bias + leaky_relu",
        "convolution 3×3 + bias", "group_norm 2 + relu", "convolution 1×1 + bias",
      ])
    #expect(plan.steps.prefix(plan.preparingSteps).contains { $0.name == "scale_weights" })
  }

  @Test func `in training an activation and its gradient are part of the normalisation`() throws {
    let plan = trainingPlan(try model(layers: layers, shape: [8, 8, 3], batch: 2, loss: "mse"), batch: 2)
    let names = plan.steps.map(\.name)
    #expect(names.contains("batch_norm + relu") && names.contains("batch_norm + leaky_relu"))
    #expect(names.contains("group_norm 2 + relu"))
    #expect(names.contains("batch_norm gradient + leaky_relu gradient") || names.contains("batch_norm gradient"))
    #expect(!names.contains { $0.hasPrefix("relu gradient") || $0.hasPrefix("leaky_relu gradient") }, "\(names)")
  }

  @Test func `a training step moves each running value once, and an optimizer none`() throws {
    let model = try model(layers: layers, shape: [8, 8, 3], batch: 2, loss: "mse")
    let plan = trainingPlan(model, batch: 2)
    let tracked = plan.steps.filter { if case .trackStatistics = $0.kernel { true } else { false } }
    #expect(tracked.count == 2)
    #expect(
      tracked.flatMap(\.outputs).map { plan[$0].name }.sorted() == [
        "model.conv_1.norm.running_mean", "model.conv_1.norm.running_var",
        "model.transposed_conv_1.norm.running_mean", "model.transposed_conv_1.norm.running_var",
      ])
    let updated = plan.steps.filter { if case .update = $0.kernel { true } else { false } }
    #expect(!updated.contains { plan[$0.inputs[0]].name.contains("running") })
    #expect(updated.count == plan.parameters.count { $0.role == .learnt })
    #expect(plan.parameters.filter { $0.role == .statistic }.allSatisfy { !$0.isTrainable })
  }

  @Test func `evaluating uses running values`() throws {
    let model = try model(layers: layers, shape: [8, 8, 3], batch: 2, loss: "mse")
    let plan = Compiler.evaluation(model, batch: 2)
    #expect(!plan.steps.contains { $0.name.hasPrefix("batch_norm") || $0.name.hasPrefix("track") })
  }
}
