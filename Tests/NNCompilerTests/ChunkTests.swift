import NNPlan
import NNTensor
import Testing

@testable import NNCompiler

@Suite("How many samples go through at a time") struct ChunkTests {
  private static let dense = """
    conv: {filters: 32, activation: relu}
    conv: {filters: 32, activation: relu}
    max_pool
    flatten
    dense: {units: 16, activation: relu}
    dense: {units: 12288}
    reshape: {shape: [64, 64, 3]}
    """

  private func plan(
    _ layers: String, shape: [Int] = [64, 64, 3], batch: Int = 32, chunk: Int? = nil, limit: Int? = nil
  ) throws -> Plan {
    let model = try model(layers: layers, shape: shape, batch: batch, loss: "mse")
    var options = CompilerOptions(tiles: tiles)
    (options.chunk, options.arenaLimit) = (chunk, limit)
    var phase = TrainingPhase(
      name: "train", losses: model.losses.flatMap { $0.parts.map(\.outputName) },
      parameters: Set(model.graph.parameters.map(\.name)), optimizer: .adam)
    phase.statistics = Set(model.graph.parameters.filter { $0.role == .statistic }.map(\.name))
    return Compiler(options: options).plan(
      model.trainingGraph, name: "test", purpose: .train, batch: batch, recipe: TrainingRecipe([phase]))
  }

  @Test("a dense layer lets samples go through apart") func dense() throws {
    let whole = try plan(Self.dense, chunk: 32)
    #expect(whole.loops.isEmpty && !whole.mixesSamples)
    for chunk in [1, 4, 5] {
      let plan = try plan(Self.dense, chunk: chunk)
      #expect(plan.samplesAtATime == chunk && PlanVerifier.faults(in: plan) == [])
      #expect(plan.arena.bytes < whole.arena.bytes / 2)
    }
    // Its weights are read by few samples: by itself the compiler reads them once.
    #expect(try plan(Self.dense).loops.isEmpty)
    let small = """
      conv: {filters: 32, activation: relu}
      conv: {filters: 32, activation: relu}
      global_avg_pool
      dense: {units: 64, activation: relu}
      reshape: {shape: [8, 8, 1]}
      upsample: {factor: 8}
      output: {channels: 3}
      """
    let split = try plan(small)
    #expect(split.samplesAtATime < 32 && split.runsAreCheap)
    #expect(try split.arena.bytes < plan(small, chunk: 32).arena.bytes / 2)
    let limited = try plan(Self.dense, limit: whole.arena.bytes * 2 / 5)
    #expect(limited.arena.bytes <= whole.arena.bytes * 2 / 5 && limited.samplesAtATime < 32)
  }

  @Test("weights that are large for what is computed with them are read once for the whole batch")
  func largeWeights() throws {
    let layers =
      "dense: {units: 512, activation: relu}\ndense: {units: 512, activation: relu}\ndense: {units: 3072}"
      + "\nreshape: {shape: [32, 32, 3]}"
    #expect(try plan(layers, shape: [32, 32, 3], batch: 256).loops.isEmpty)
    #expect(try plan(layers, shape: [32, 32, 3], batch: 256, chunk: 16).samplesAtATime == 16)
  }

  @Test("weights that each run would transform count, too") func transforms() throws {
    // Few tiles share many weights: each task transforms those that it needs.
    let few = """
      conv: {filters: 16, stride: 4, activation: relu}
      conv: {filters: 256, activation: relu}
      conv: {filters: 256, activation: relu}
      conv: {filters: 48}
      depth_to_space: {factor: 4}
      """
    let one = try plan(few, shape: [64, 64, 3], batch: 8, chunk: 1)
    #expect(one.steps.contains { $0.name.contains("unpacked") } && !one.runsAreCheap)
    let chosen = try plan(few, shape: [64, 64, 3], batch: 8)
    #expect(chosen.loops.isEmpty || chosen.runsAreCheap)
  }

  @Test("a batch normalisation anywhere keeps all samples together") func batchNormalization() throws {
    let mixed = try plan("conv: {filters: 8, normalization: batch}\n" + Self.dense, batch: 8, chunk: 2)
    #expect(mixed.loops.isEmpty && mixed.mixesSamples)
    for norm in ["layer", "instance"] {
      let apart = try plan("conv: {filters: 8, normalization: \(norm)}\n" + Self.dense, batch: 8, chunk: 2)
      #expect(apart.samplesAtATime == 2 && !apart.mixesSamples, "\(norm)")
    }
  }
}
