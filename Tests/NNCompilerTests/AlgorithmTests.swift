import NNCompiler
import NNKernels
import NNPlan
import Testing

@Suite("The plan names the algorithm of each convolution") struct AlgorithmTests {
  private static let layers = """
    conv: {filters: 64, activation: relu}
    conv: {filters: 64, activation: relu}
    output: {channels: 3, activation: sigmoid}
    """

  @Test("Winograd's is chosen where channels and tiles are many, and said in every step that it concerns")
  func names() throws {
    let model = try model(layers: Self.layers, shape: [128, 128, 3], batch: 4, loss: "mse")
    let names = trainingPlan(model, batch: 4).steps.map(\.name).filter { $0.contains("winograd") }
    #expect(
      names.sorted() == [
        "convolution 3×3 + bias + relu, winograd 4×1", "convolution 3×3 + bias + relu, winograd 4×4",
        "pack_weights, winograd 4×1", "pack_weights, winograd 4×4", "pack_weights, winograd 4×4",
        "transposed_convolution 3×3 + relu gradient, winograd 4×4", "weight_gradient 3×3 + bias gradient, winograd 4×4",
      ])
  }

  @Test("a max pool is fused into it") func pooling() throws {
    let model = try model(
      layers: "conv: {filters: 64}\nconv: {filters: 64, activation: relu}\nmax_pool", shape: [128, 128, 16], batch: 4)
    let names = runPlan(model, batch: 4).steps.map(\.name).filter { $0.contains("winograd") }
    #expect(
      names == [
        "pack_weights, winograd 4×4", "pack_weights, winograd 4×4", "convolution 3×3 + bias, winograd 4×4",
        "convolution 3×3 + bias + relu + max_pool 2, winograd 4×4",
      ])
  }

  @Test(
    "tiles of 2×2 are chosen where images are small, or weights more than a cache holds, and weights are packed once",
    arguments: [
      (4, 64, "winograd 2×2"), (8, 64, "winograd 4×4"), (8, 512, "winograd 2×2"), (16, 512, "winograd 4×4"),
      (1, 64, ""),
    ])
  func smallTiles(size: Int, channels: Int, expected: String) throws {
    let model = try model(layers: "conv: {filters: \(channels)}", shape: [size, size, channels], batch: 1)
    let name = runPlan(model, batch: 1).steps.map(\.name).first { $0.hasPrefix("convolution") }
    #expect(name == "convolution 3×3 + bias" + (expected.isEmpty ? "" : ", \(expected)"))
  }

  @Test(
    "few channels are transformed down the columns only, into a pool, too, and on the way back",
    arguments: [1, 3, 15])
  func columns(channels: Int) throws {
    let pooled = try model(layers: "conv: {filters: 16}\nmax_pool", shape: [32, 32, channels], batch: 4)
    let run = runPlan(pooled, batch: 4).steps.map(\.name)
    #expect(run.contains("convolution 3×3 + bias + max_pool 2, winograd 4×1"), "\(run)")
    let wide = try model(
      layers: "conv: {filters: 16}\nconv: {filters: \(channels)}\nconv: {filters: 3}", shape: [32, 32, 3], batch: 4,
      loss: "mse")
    let names = trainingPlan(wide, batch: 4).steps.map(\.name)
    #expect(
      names.filter { $0.hasPrefix("transposed_convolution") && $0.hasSuffix("winograd 4×1") }.count == 1, "\(names)")
  }

  @Test("there is none where the direct one is asked for") func direct() throws {
    let model = try model(layers: Self.layers, shape: [128, 128, 3], batch: 4)
    var options = CompilerOptions(tiles: tiles)
    options.algorithms = .direct
    let plan = Compiler(options: options).plan(model.runGraph, name: "test", purpose: .run, batch: 4)
    #expect(!plan.steps.contains { $0.name.contains("winograd") })
  }

  @Test("small layers are convolved directly") func small() throws {
    let model = try model(layers: Self.layers, shape: [4, 4, 3], batch: 1, loss: "mse")
    #expect(!trainingPlan(model, batch: 1).steps.contains { $0.name.contains("winograd") })
  }
}
