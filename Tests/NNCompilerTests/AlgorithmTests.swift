import NNCompiler
import NNKernels
import NNPlan
import Testing

@Suite("The plan names the algorithm of each convolution") struct AlgorithmTests {
  @Test("Winograd's is chosen where channels and tiles are many, and said in every step that it concerns")
  func names() throws {
    let model = try model(
      layers: """
        conv: {filters: 64, activation: relu}
        conv: {filters: 64, activation: relu}
        max_pool
        conv: {filters: 64, kernel: 5, activation: relu}
        output: {channels: 3, activation: sigmoid}
        """, shape: [128, 128, 3], batch: 4, loss: "mse")
    let steps = trainingPlan(model, batch: 4).steps
    func names(_ start: String) -> [String] { steps.map(\.name).filter { $0.hasPrefix(start) } }
    print(steps.map(\.name))
    #expect(
      names("convolution 3×3 + bias + relu + max pool") == [
        "convolution 3×3 + bias + relu + max_pool 2×2, winograd 4×4"
      ])
    #expect(names("pack_weights").contains("pack_weights, winograd 4×4"))
    #expect(names("convolution_weight_gradient").contains { $0.hasSuffix(", winograd 4×4") })
  }

  @Test("there is none where the direct one is asked for") func direct() throws {
    let model = try model(layers: "conv: {filters: 64}\nconv: {filters: 64}", shape: [128, 128, 3], batch: 4)
    var options = CompilerOptions(tiles: tiles)
    options.algorithms = .direct
    let plan = Compiler(options: options).plan(model.runGraph, name: "test", purpose: .run, batch: 4)
    #expect(!plan.steps.contains { $0.name.contains("winograd") })
    #expect(runPlan(model, batch: 4).steps.contains { $0.name.contains("winograd") })
  }
}
