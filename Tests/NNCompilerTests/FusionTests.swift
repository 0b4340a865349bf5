import NNCompiler
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

  @Test func `a depthwise convolution takes its bias and activation, and leaves the pool a step of its own`() throws {
    let layers = "conv: {filters: 16, groups: 16, activation: relu}\nmax_pool"
    let plan = runPlan(try model(layers: layers, shape: [16, 16, 16], batch: 1), batch: 1)
    let names = plan.steps.dropFirst(plan.preparingSteps).map(\.name)
    #expect(names == ["convolution 3×3 groups 16 + bias + relu, depthwise", "max_pool 2×2"])
  }

  @Test func `a fused step names every layer it was made for`() throws {
    let plan = runPlan(try model(layers: autoencoder, shape: [16, 16, 3], batch: 2), batch: 2)
    let fused = try #require(plan.steps.first { $0.name.contains("max_pool") })
    #expect(fused.layers == ["model.conv_1", "model.max_pool_1"])
  }

  @Test func `a 1×1 convolution to few channels joins the convolution before it, whose image is never stored`() throws {
    let layers = """
      conv: {filters: 12, activation: relu}
      max_pool
      transposed_conv: {filters: 24, kernel: 3, stride: 2, padding: same, activation: relu}
      output: {channels: 3, activation: sigmoid}
      """
    let model = try model(layers: layers, shape: [16, 16, 3], batch: 2, loss: "mse")
    let plan = runPlan(model, batch: 2)
    let fused = try #require(plan.steps.last)
    #expect(fused.name.hasSuffix(" + bias + relu + convolution 1×1 + bias + sigmoid"))
    #expect(fused.layers == ["model.transposed_conv_1", "model.output_1"])
    #expect(fused.inputs.map { plan[$0].name }.suffix(2) == ["model.output_1.weight", "model.output_1.bias"])
    #expect(!plan.buffers.contains { $0.type.shape == [2, 16, 16, 24] })
    let separate = runPlan(model, batch: 2, fuse: false)
    let own = separate.steps.filter {
      $0.layers.contains { fused.layers.contains($0) } && $0.name.contains("convolution")
    }
    #expect(own.count == 2 && fused.flops == own.reduce(0) { $0 + $1.flops })
    // The weights' gradient needs the image.
    #expect(!trainingPlan(model, batch: 2).steps.contains { $0.name.contains(" + convolution") })
  }

  @Test(
    "a 1×1 convolution stays apart where its operand is read twice, wider than a block or no wider than a lane, or where it is no few channels",
    arguments: [
      "conv: {name: a, filters: 24}\nconv: {filters: 3, kernel: 1}\nconcat: {from: [previous, a]}",
      "conv: {filters: 65}\nconv: {filters: 3, kernel: 1}", "conv: {filters: 16}\nconv: {filters: 3, kernel: 1}",
      "conv: {filters: 24}\nconv: {filters: 5, kernel: 1}",
      "conv: {filters: 24}\nconv: {filters: 3, kernel: 3}",
      "conv: {filters: 24, groups: 2}\nconv: {filters: 3, kernel: 1}",
      "conv: {filters: 24}\nconv: {filters: 4, kernel: 1, groups: 2}",
      "conv: {filters: 24}\nconv: {filters: 3, kernel: 1, stride: 2}",
      "conv: {filters: 24, activation: softmax}\nconv: {filters: 3, kernel: 1}",
      "conv: {filters: 24}\nmax_pool\nconv: {filters: 3, kernel: 1}",
    ])
  func apart(layers: String) throws {
    let names = runPlan(try model(layers: layers, shape: [16, 16, 4], batch: 1), batch: 1).steps.map(\.name)
    #expect(names.count { $0.hasPrefix("convolution") } == 2, "\(names)")
  }

  @Test("so it does where 64 channels are several blocks of the kernels", arguments: [9, 24, 64, 65])
  func narrowBlocks(channels: Int) throws {
    let layers = "conv: {filters: \(channels)}\nconv: {filters: 3, kernel: 1}"
    let plan = runPlan(try model(layers: layers, shape: [16, 16, 4], batch: 1), batch: 1, tiles: narrowTiles)
    #expect(plan.steps.count { $0.name.hasPrefix("convolution") } == (channels > 64 ? 2 : 1))
  }

  @Test(
    "what is projected keeps its packed weights where a frozen network runs in training",
    arguments: [
      ("flatten\ndense: {units: 64, activation: relu}\ndense: {units: 3}", 8),
      ("conv: {filters: 64, kernel: 3, stride: 2}\nconv: {filters: 3, kernel: 1}", 2),
    ])
  func projectionsInTraining(layers: String, batch: Int) throws {
    let graph = try model(layers: layers, shape: [8, 8, 128], batch: batch).runGraph
    let plan = Compiler(options: CompilerOptions(tiles: tiles)).plan(
      graph, name: "test", purpose: .train, batch: batch)
    let names = plan.steps.map(\.name).filter { $0.contains(" + convolution 1×1") }
    #expect(names.count == 1 && !names.contains { $0.contains("unpacked") }, "\(plan.steps.map(\.name))")
  }

  @Test func `a softmax over few channels stays a step behind the fused convolutions`() throws {
    let layers = "conv: {filters: 64}\nconv: {filters: 3, kernel: 1, activation: softmax}"
    let names = runPlan(try model(layers: layers, shape: [16, 16, 4], batch: 1), batch: 1).steps.map(\.name)
    #expect(names.contains { $0.hasPrefix("convolution 3×3 + bias + convolution 1×1 + bias") })
    #expect(names.last == "softmax")
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
