import NNGraph
import NNPlan
import NNRandom
import NNTensor
import Testing

@testable import NNCompiler

/// Arenas of training plans for networks with many ways around.
@Suite struct ArenaTests {
  @Test
  func
    `the arenas of 100 generated networks are at most 2 % above the lower bound, and never above those without early updates`()
  {
    var (worst, sizes, changed) = (1.0, [Int](), 0)
    for seed in UInt64(1)...100 {
      let plan = plan(seed: seed, updatesEarly: true)
      let ratio = Double(plan.arena.bytes) / Double(plan.arena.lowerBoundBytes)
      sizes.append(plan.buffers.count { if case .arena = $0.place { true } else { false } })
      worst = max(worst, ratio)
      #expect(ratio <= 1.02, "seed \(seed): \(sizes.last ?? 0) buffers, arena ÷ lower bound \(ratio)")
      let late = self.plan(seed: seed, updatesEarly: false)
      #expect(plan.arena.bytes <= late.arena.bytes, "seed \(seed)")
      changed += plan.arena.bytes < late.arena.bytes ? 1 : 0
    }
    #expect(sizes.min() ?? 0 < 150 && sizes.max() ?? 0 > 700 && changed > 20)
    let range = "\(sizes.min() ?? 0) to \(sizes.max() ?? 0)"
    print("arena ÷ lower bound of \(sizes.count) networks of \(range) buffers: at most \(worst)")
    print("\(changed) are smaller than without early updates")
  }

  private func plan(seed: UInt64, updatesEarly: Bool) -> Plan {
    let network = BranchedNetwork(seed: seed)
    var options = CompilerOptions(tiles: tiles)
    options.chunk = network.batch
    options.updatesEarly = updatesEarly
    var phase = TrainingPhase(name: "train", losses: ["loss"], parameters: network.parameters, optimizer: .adam)
    phase.clipsGradients = seed % 3 == 0
    return Compiler(options: options).plan(
      network.graph, name: "generated", purpose: .train, batch: network.batch, recipe: TrainingRecipe([phase]))
  }
}

/// A network whose layers read one or two of the values before them, drawn from a seed.
private struct BranchedNetwork {
  private(set) var graph = Graph()
  private(set) var parameters: Set<String> = []
  let batch = 2
  private var draw: RandomStream
  private var values: [ValueID] = []

  init(seed: UInt64) {
    draw = RandomStream(seed: seed, purpose: .testing)
    values.append(graph.input("x", TensorType([batch, 32, 32, 3])))
    let share = draw.uniformDouble()
    for index in 0..<(14 + Int(110 * share * share * share)) { addLayer("l\(index)") }
    var ends = values.filter { value in !graph.nodes.contains { $0.inputs.contains(value) } }
    if ends.isEmpty { ends = values.suffix(1) }
    let sums = ends.map { graph.apply(SpatialMean(), to: $0, layer: "end") }
    let joined = graph.apply(Concatenate(), sums, layer: "end")[0]
    let target = graph.input("t", graph.type(joined))
    let loss = graph.apply(Loss(.mse), to: joined, target, layer: "loss")
    graph.outputs = [GraphOutput(name: "loss", value: loss)]
  }

  /// One of the last values, mostly the last.
  private mutating func pick() -> ValueID {
    draw.bernoulli(0.6)
      ? values[values.count - 1] : values[values.count - 1 - draw.integer(below: min(12, values.count))]
  }

  private mutating func addLayer(_ name: String) {
    let x = pick()
    let shape = graph.shape(x)
    switch draw.integer(below: 6) {
    case 0 where shape[1] >= 4:
      values.append(graph.apply(MaxPool(window: PoolWindow(size: Size2D(2, 2))), [x], layer: name)[0])
    case 1 where shape[1] <= 16:
      let upsampling = Upsampling(factor: Size2D(2, 2), method: .nearest)
      values.append(graph.apply(Upsample(upsampling), to: x, layer: name))
    case 2, 3:
      if let other = values.last(where: {
        $0 != x && graph.shape($0).dimensions.dropLast() == shape.dimensions.dropLast()
      }) {
        values.append(graph.apply(Concatenate(), [x, other], layer: name)[0])
      } else {
        convolve(x, name)
      }
    default: convolve(x, name)
    }
  }

  private mutating func convolve(_ x: ValueID, _ name: String) {
    let shape = graph.shape(x)
    let channels = [4, 8, 16, 24, 32][draw.integer(below: 5)]
    let weight = graph.parameter(
      Parameter(
        name: "\(name).weight", layer: name, shape: [3, 3, shape[3], channels], initializer: .zeros, decays: true))
    let bias = graph.parameter(
      Parameter(name: "\(name).bias", layer: name, shape: [channels], initializer: .zeros, decays: false))
    parameters.formUnion(["\(name).weight", "\(name).bias"])
    let window = ConvolutionWindow(kernel: Size2D(3, 3), padding: Size2D(1, 1))
    let sums = graph.apply(
      Convolution(window: window, outputSize: Size2D(shape[1], shape[2])), to: x, weight, layer: name)
    let biased = graph.apply(BiasAdd(), to: sums, bias, layer: name)
    values.append(graph.apply(Activate(draw.bernoulli(0.7) ? .relu : .silu), to: biased, layer: name))
  }
}
