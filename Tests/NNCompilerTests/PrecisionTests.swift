import NNCompiler
import NNGraph
import NNPlan
import NNTensor
import Testing

@Suite("In bfloat16, activations and their gradients take half the memory") struct PrecisionTests {
  private static let layers = """
    conv: {filters: 16, activation: relu}
    max_pool
    conv: {filters: 16, activation: relu}
    transposed_conv: {filters: 8, kernel: 2, stride: 2, activation: relu}
    output: {channels: 3, activation: sigmoid}
    """

  private func plan(_ layers: String, _ precision: ElementType) throws -> Plan {
    let model = try model(layers: layers, shape: [32, 32, 3], batch: 2, loss: "mse")
    var options = CompilerOptions(tiles: tiles)
    options.precision = precision
    options.chunk = 2
    let phase = TrainingPhase(
      name: "train", losses: model.losses.flatMap { $0.parts.map(\.outputName) },
      parameters: Set(model.graph.parameters.map(\.name)), optimizer: .adam)
    return Compiler(options: options).plan(
      model.trainingGraph, name: "test", purpose: .train, batch: 2, recipe: TrainingRecipe([phase]))
  }

  private func stored(_ plan: Plan) -> Set<String> {
    Set(plan.buffers.filter { $0.type.element == .bfloat16 }.map(\.name))
  }

  @Test("what convolutions make and read is stored so; images, losses and what is learnt are not") func places() throws
  {
    let plan = try plan(Self.layers, .bfloat16)
    #expect(
      stored(plan) == [
        "model.max_pool_1", "model.conv_2", "model.transposed_conv_1", "gradient at model.conv_1",
        "gradient at model.conv_2", "gradient at model.transposed_conv_1",
      ], "\(stored(plan).sorted())")
    for port in plan.inputs + plan.outputs { #expect(port.type.element != .bfloat16, "\(port.name)") }
    let whole = try self.plan(Self.layers, .float32)
    #expect(stored(whole).isEmpty)
    #expect(Double(plan.arena.bytes) < 0.65 * Double(whole.arena.bytes), "\(plan.arena.bytes) of \(whole.arena.bytes)")
  }

  @Test("an odd number of channels does not fill words, and stays in float32") func odd() throws {
    let plan = try plan("conv: {filters: 7, activation: relu}\nconv: {filters: 5}\noutput: {channels: 3}", .bfloat16)
    #expect(stored(plan).isEmpty)
  }

  @Test("what another kind of step reads stays in float32, and so does all that must agree with it") func mixed() throws
  {
    let layers = """
      conv: {filters: 8, name: a}
      upsample
      max_pool
      conv: {filters: 8, activation: relu}
      output: {channels: 3}
      """
    let stored = stored(try plan(layers, .bfloat16))
    #expect(!stored.contains("model.a") && stored.contains("model.conv_1"), "\(stored.sorted())")
  }

  @Test("the graph's verifier sees a step that cannot read bf16") func verifier() throws {
    var graph = Graph()
    let x = graph.input("x", TensorType([1, 4, 4, 8]))
    let y = graph.apply(Activate(.relu), to: x, layer: "a")
    let z = graph.apply(DepthToSpace(factor: Size2D(2, 2)), to: y, layer: "b")
    graph.outputs = [GraphOutput(name: "z", value: z)]
    #expect(graph.faults.isEmpty)
    graph.storeAsBFloat16(y)
    #expect(graph.faults.count == 2, "\(graph.faults)")
  }
}
