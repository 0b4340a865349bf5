import NNPlan
import Testing

@Suite struct FusionTests {
  @Test func `convolution, bias, activation and pool become one step`() throws {
    let plan = runPlan(try model(layers: autoencoder, shape: [16, 16, 3], batch: 2), batch: 2)
    let names = plan.steps.dropFirst(plan.preparingSteps).map(\.name)
    #expect(names.first == "convolution 3×3 + bias + relu + max_pool 2")
    #expect(names.contains("convolution 3×3 + bias + leaky_relu"))
    #expect(names.contains("transposed_convolution 3×3 stride 2 + bias + relu"))
    #expect(!names.contains { $0.hasPrefix("bias_add") || $0.hasPrefix("relu") || $0.hasPrefix("dropout") })
  }

  @Test func `a fused step names every layer it was made for`() throws {
    let plan = runPlan(try model(layers: autoencoder, shape: [16, 16, 3], batch: 2), batch: 2)
    let fused = try #require(plan.steps.first { $0.name.contains("max_pool") })
    #expect(fused.layers == ["model.conv_1", "model.max_pool_1"])
  }

  @Test func `gradients of activations and biases need no steps of their own`() throws {
    let model = try model(layers: autoencoder, shape: [16, 16, 3], batch: 2, loss: "mse")
    let names = trainingPlan(model, batch: 2).steps.map(\.name)
    #expect(!names.contains { $0.hasPrefix("channel_sum") || $0.hasPrefix("leaky_relu gradient") })
    // One stays: dropout stands between that activation and the convolution that makes its gradient.
    #expect(names.count { $0.hasPrefix("relu gradient") } == 1)
    #expect(names.contains("max_pool gradient 2×2 + relu gradient"))
    let separate = trainingPlan(model, batch: 2, fuse: false).steps.map(\.name)
    #expect(separate.contains { $0.hasPrefix("relu gradient") } && separate.contains("channel_sum"))
  }

  @Test func `a pool whose windows overlap stays a step of its own`() throws {
    let layers = "conv: {filters: 4, activation: relu}\nmax_pool: {size: 3, stride: 2}"
    let names = runPlan(try model(layers: layers, shape: [9, 9, 3], batch: 1), batch: 1).steps.map(\.name)
    #expect(names.contains("max_pool 3×3 stride 2"))
  }

  @Test func `a convolution that others read keeps its own result`() throws {
    let layers = "conv: {name: a, filters: 4}\nactivation: relu\nadd: {from: [previous, a]}"
    let names = runPlan(try model(layers: layers, shape: [8, 8, 3], batch: 1), batch: 1).steps.map(\.name)
    #expect(names.contains("relu") && names.contains("convolution 3×3 + bias"))
  }
}
