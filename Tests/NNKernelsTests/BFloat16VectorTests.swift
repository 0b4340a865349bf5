import NNKernels
import NNRandom
import Testing

/// Memory of numbers that are stored as bf16, or as floats to compare with.
private struct Stored {
  let memory: Floats
  let isBFloat16: Bool

  /// Numbers that are bf16 already, an even number of them.
  init(_ values: [Float], _ isBFloat16: Bool) {
    self.isBFloat16 = isBFloat16
    let words = stride(from: 0, to: values.count, by: 2).map { index in
      Float(bitPattern: values[index].bitPattern >> 16 | values[index + 1].bitPattern & 0xFFFF_0000)
    }
    memory = Floats(isBFloat16 ? words : values)
  }

  /// What is stored, rounded to bf16.
  var values: [Float] {
    if !isBFloat16 { return memory.values.map(\.asBFloat16) }
    return memory.values.flatMap { word in
      [Float(bitPattern: word.bitPattern << 16), Float(bitPattern: word.bitPattern & 0xFFFF_0000)]
    }
  }
}

/// What kernels make of numbers that are bf16: stored as such, it is what they make of the same numbers as floats, which
/// other tests hold against double precision, rounded.
@Suite struct BFloat16VectorTests {
  private static let tables = VectorTable.available.filter(\.multipliesBFloat16)

  /// Runs `body` on floats and on bf16 and compares what it gives.
  private func compare(_ what: String, _ body: (_ isBFloat16: Bool) -> [[Float]]) {
    let (floats, stored) = (body(false), body(true))
    for (index, pair) in zip(floats, stored).enumerated() {
      #expect(pair.0.map(\.bitPattern) == pair.1.map(\.bitPattern), "\(what): result \(index)")
    }
  }

  private func draw(_ random: inout RandomStream, _ count: Int) -> [Float] { random.floats(count).map(\.asBFloat16) }

  private func run<Arguments>(_ kernel: KernelFunction, _ arguments: Arguments, tasks: Int) {
    let isIntact = runStage(kernel, arguments, tasks: tasks, scratchBytes: 0, order: .shuffled)
    #expect(isIntact)
  }

  @Test(arguments: tables) func `Sums, products, activations and their gradients`(_ table: VectorTable) {
    var random = testStream(70)
    for kind in ActivationKind.allCases {
      let count = 2 * (1 + random.integer(below: 20_000))
      let (x, y) = (draw(&random, count), draw(&random, count))
      let kernels = table.kernels
      compare("\(kind) of \(count)") { isBFloat16 in
        let (a, b) = (Stored(x, isBFloat16), Stored(y, isBFloat16))
        let results = (0..<4).map { _ in Stored([Float](repeating: 1, count: count), isBFloat16) }
        for (kernel, result) in zip([kernels.elementwise.add, kernels.elementwise.multiply], results) {
          var binary = BinaryArguments(
            left: a.memory.source, right: b.memory.source, output: result.memory.pointer, count: count)
          binary.isBFloat16 = isBFloat16
          run(kernel, binary, tasks: binary.taskCount)
        }
        var forward = ActivationArguments(
          input: a.memory.source, output: results[2].memory.pointer, count: count, kind: kind, slope: 0.25)
        forward.isBFloat16 = isBFloat16
        run(kernels.activation.forward, forward, tasks: forward.taskCount)
        var gradient = ActivationGradientArguments(
          saved: a.memory.source, outputGradient: b.memory.source, inputGradient: results[3].memory.pointer,
          count: count, kind: kind, slope: 0.25)
        gradient.isBFloat16 = isBFloat16
        run(kernels.activation.gradient, gradient, tasks: gradient.taskCount)
        return results.map(\.values)
      }
    }
  }

  @Test(arguments: tables) func `Dropout and noise`(_ table: VectorTable) {
    var random = testStream(71)
    for first in [0, 6, 64, 1_000_002] {
      let count = 2 * (1 + random.integer(below: 20_000))
      let x = draw(&random, count)
      compare("\(count) from \(first)") { isBFloat16 in
        let (a, b, c) = (
          Stored(x, isBFloat16), Stored([Float](repeating: 1, count: count), isBFloat16),
          Stored([Float](repeating: 1, count: count), isBFloat16)
        )
        let scalars = Memory([PerturbationScalars(seed: 3, step: 4, level: 0.3)])
        var drop = PerturbationArguments(
          input: a.memory.source, output: b.memory.pointer, count: count, scalars: scalars.source, stream: 2,
          firstElement: UInt64(first))
        drop.isBFloat16 = isBFloat16
        run(table.kernels.perturbation.dropout, drop, tasks: drop.taskCount)
        var noise = PerturbationArguments(
          input: a.memory.source, output: c.memory.pointer, count: count, scalars: scalars.source, stream: 2,
          firstElement: UInt64(first))
        noise.isBFloat16 = isBFloat16
        run(table.kernels.perturbation.noise, noise, tasks: noise.taskCount)
        return withExtendedLifetime(scalars) { [b.values, c.values] }
      }
    }
  }

  @Test(arguments: tables) func `Max pooling and its gradient`(_ table: VectorTable) {
    var random = testStream(72)
    for turn in 0..<30 {
      let size = 4 + random.integer(below: 9)
      let (kernel, stride) = (2 + random.integer(below: 2), 1 + random.integer(below: 3))
      let output = (size - kernel) / stride + 1
      let channels = 2 * (1 + random.integer(below: 40))
      let shape = PoolingShape(
        batch: 2, height: size, width: size, channels: channels, outputHeight: output, outputWidth: output,
        kernelHeight: kernel, kernelWidth: kernel, strideHeight: stride, strideWidth: stride)
      let (x, dy) = (draw(&random, shape.inputCount), draw(&random, shape.outputCount))
      let kind = [ActivationKind.identity, .relu, .leakyRelu][turn % 3]
      compare("\(kind), \(shape)") { isBFloat16 in
        let (a, g) = (Stored(x, isBFloat16), Stored(dy, isBFloat16))
        let y = Stored([Float](repeating: 0, count: shape.outputCount), isBFloat16)
        let dx = Stored([Float](repeating: 1, count: shape.inputCount), isBFloat16)
        let places = Memory([UInt8](repeating: 255, count: shape.outputCount))
        var pool = MaxPoolArguments(
          input: a.memory.source, output: y.memory.pointer, argmax: UnsafeMutableRawPointer(places.pointer),
          shape: shape)
        pool.isBFloat16 = isBFloat16
        run(table.kernels.pooling.maxPool, pool, tasks: pool.taskCount)
        var gradient = MaxPoolGradientArguments(
          argmax: UnsafeRawPointer(places.pointer), outputGradient: g.memory.source, inputGradient: dx.memory.pointer,
          shape: shape, output: y.memory.source, kind: kind, slope: 0.25)
        gradient.isBFloat16 = isBFloat16
        run(table.kernels.pooling.maxPoolGradient, gradient, tasks: gradient.taskCount)
        return [y.values, dx.values, places.values.map(Float.init)]
      }
    }
  }

  @Test(arguments: tables) func `Normalisation and its gradient`(_ table: VectorTable) {
    var random = testStream(73)
    let kernels = table.kernels.normalization
    for (number, shape) in NormalizationTests.shapes.enumerated() where shape.channels % 2 == 0 {
      let count = shape.segments * shape.rows * shape.channels
      let (x, dy, saved) = (draw(&random, count), draw(&random, count), draw(&random, count))
      let (weight, bias) = (Floats(random.floats(shape.channels)), Floats(random.floats(shape.channels)))
      let kind = [ActivationKind.identity, .relu, .leakyRelu][number % 3]
      compare("\(kind), \(shape)") { isBFloat16 in
        let (a, g, s) = (Stored(x, isBFloat16), Stored(dy, isBFloat16), Stored(saved, isBFloat16))
        let (y, dx) = (Stored(x, isBFloat16), Stored(x, isBFloat16))
        let statistics = (0..<2).map { _ in Floats(unset: shape.segments * shape.channels) }
        let gradients = (0..<2).map { _ in Floats(unset: shape.channels) }
        let workspace = Floats(unset: shape.workspaceCount)
        var forward = NormalizeArguments(
          input: a.memory.source, output: y.memory.pointer, weight: weight.source, bias: bias.source,
          mean: statistics[0].pointer, variance: statistics[1].pointer, workspace: workspace.pointer, shape: shape,
          epsilon: 0.01, kind: kind, slope: 0.25)
        forward.isBFloat16 = isBFloat16
        run(kernels.partials, forward, tasks: shape.rowTasks)
        run(kernels.statistics, forward, tasks: shape.groupTasks)
        run(kernels.apply, forward, tasks: shape.rowTasks)
        var backward = NormalizeGradientArguments(
          outputGradient: g.memory.source, input: a.memory.source, mean: statistics[0].source,
          variance: statistics[1].source, weight: weight.source, inputGradient: dx.memory.pointer,
          weightGradient: gradients[0].pointer, biasGradient: gradients[1].pointer, workspace: workspace.pointer,
          shape: shape, epsilon: 0.01)
        (backward.saved, backward.kind, backward.slope) = (s.memory.source, kind, 0.25)
        backward.isBFloat16 = isBFloat16
        run(kernels.gradientPartials, backward, tasks: shape.rowTasks)
        run(kernels.gradientTotals, backward, tasks: shape.groupTasks)
        run(kernels.gradientParameters, backward, tasks: backward.parameterTasks)
        run(kernels.gradientApply, backward, tasks: shape.rowTasks)
        return [y.values, dx.values] + (statistics + gradients).map(\.values)
      }
    }
  }
}
