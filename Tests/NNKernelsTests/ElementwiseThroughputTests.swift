import NNKernels
import Testing

/// Not a test of speed, which a shared machine cannot promise: it prints the kernels' throughput when asked for by
/// name (`swift test --filter Throughput`), and checks that a large problem runs at all.
@Suite struct ThroughputTests {
  @Test(arguments: VectorTable.available)
  func `Kernels that only move memory run on large buffers`(_ table: VectorTable) {
    let count = 1 << 20
    var random = testStream(19)
    let pattern = random.floats(1000, 0.1...0.9)
    let values = (0..<count).map { pattern[$0 % 1000] }
    let (a, b, c, d) = (Floats(values), Floats(values), Floats(values), Floats(values))
    let k = table.kernels
    func report<Arguments>(_ name: String, _ bytes: Int, _ kernel: KernelFunction, _ call: Arguments, _ tasks: Int) {
      var best = Duration.seconds(1000)
      for _ in 0..<3 {
        best = min(best, ContinuousClock().measure { runOnce(kernel, call, tasks) })
      }
      let seconds = Double(best.components.attoseconds) * 1e-18
      print("\(table.testDescription) \(name): \((Double(bytes) / seconds / 1e8).rounded() / 10) GB/s")
    }
    let unary = UnaryArguments(input: a.source, output: b.pointer, count: count)
    report("copy", 8 * count, k.elementwise.copy, unary, unary.taskCount)
    for (name, kernel) in [
      ("exp", k.math.exp), ("log", k.math.log), ("tanh", k.math.tanh), ("erf", k.math.erf), ("sqrt", k.math.sqrt),
    ] { report(name, 8 * count, kernel, unary, unary.taskCount) }
    let add = BinaryArguments(left: a.source, right: b.source, output: c.pointer, count: count)
    report("add", 12 * count, k.elementwise.add, add, add.taskCount)
    for kind in ActivationKind.allCases {
      let forward = ActivationArguments(input: a.source, output: b.pointer, count: count, kind: kind, slope: 0.1)
      report("\(kind)", 8 * count, k.activation.forward, forward, forward.taskCount)
      let back = ActivationGradientArguments(
        saved: a.source, outputGradient: b.source, inputGradient: c.pointer, count: count, kind: kind)
      report("\(kind)'", 12 * count, k.activation.gradient, back, back.taskCount)
    }
    let bias = BiasArguments(
      input: a.source, bias: d.source, output: b.pointer, rows: count / 64, channels: 64, kind: .relu)
    report("bias + relu, 64 channels", 8 * count, k.reduction.addBias, bias, bias.taskCount)
    let sum = ChannelSumArguments(
      input: a.source, output: b.pointer, partials: c.pointer, rows: count / 64, channels: 64)
    report("channel sum, 64", 4 * count, k.reduction.channelSumPartials, sum, sum.taskCount(stage: 0))
    let sum3 = ChannelSumArguments(
      input: a.source, output: b.pointer, partials: c.pointer, rows: count / 4, channels: 4)
    report("channel sum, 4", 4 * count, k.reduction.channelSumPartials, sum3, sum3.taskCount(stage: 0))
    let softmax = SoftmaxArguments(input: a.source, output: b.pointer, rows: count / 64, channels: 64)
    report("softmax, 64", 8 * count, k.activation.softmax, softmax, softmax.taskCount)
    let shape = PoolingShape(
      batch: 1, height: 128, width: 128, channels: 64, outputHeight: 64, outputWidth: 64, kernelHeight: 2,
      kernelWidth: 2, strideHeight: 2, strideWidth: 2)
    let bytes = Memory([UInt8](repeating: 0, count: count / 4))
    let pool = MaxPoolArguments(
      input: a.source, output: b.pointer, argmax: UnsafeMutableRawPointer(bytes.pointer), shape: shape)
    report("max pool 2×2, 64", 5 * count + count / 4, k.pooling.maxPool, pool, pool.taskCount)
    let unpool = MaxPoolGradientArguments(
      argmax: UnsafeRawPointer(bytes.pointer), outputGradient: b.source, inputGradient: a.pointer, shape: shape,
      output: b.source, kind: .relu)
    report("max pool' 2×2 with relu", 6 * count + count / 4, k.pooling.maxPoolGradient, unpool, unpool.taskCount)
    a.set(values)
    let average = AveragePoolArguments(input: a.source, output: b.pointer, shape: shape)
    report("average pool 2×2, 64", 5 * count, k.pooling.averagePool, average, average.taskCount)
    var up = UpsampleArguments(
      input: a.source, output: b.pointer, batch: 1, height: 64, width: 64, channels: 64, factorHeight: 2, factorWidth: 2
    )
    report("nearest", 5 * count, k.resampling.nearest, up, up.taskCount)
    report("bilinear", 5 * count, k.resampling.bilinear, up, up.taskCount)
    (up.input, up.output) = (b.source, c.pointer)
    report("nearest'", 5 * count, k.resampling.nearestGradient, up, up.gradientTaskCount)
    report("bilinear'", 5 * count, k.resampling.bilinearGradient, up, up.gradientTaskCount)
    let permute = PermuteArguments(input: a.source, output: b.pointer, batch: 2, rows: count / 128, columns: 64)
    report("transpose, 64 columns", 8 * count, k.permute.transpose, permute, permute.taskCount)
    let scalars = Memory([PerturbationScalars(seed: 1, step: 2, level: 0.5)])
    let drop = PerturbationArguments(
      input: a.source, output: b.pointer, count: count, scalars: scalars.source, stream: 1)
    report("dropout", 8 * count, k.perturbation.dropout, drop, drop.taskCount)
    let partials = Memory([Double](repeating: 0, count: 1000))
    for kind in LossKind.allCases {
      let loss = LossArguments(
        prediction: a.source, target: d.source, partials: partials.pointer, value: b.pointer, count: count, kind: kind)
      report("\(kind)", 8 * count, k.loss.elementwisePartials, loss, loss.taskCount(stage: 0))
    }
    let numbers = Memory([OptimizerScalars.adam(learningRate: 1e-3, decoupled: false, step: 1)])
    let optimizer = OptimizerArguments(
      parameter: a.pointer, gradient: b.source, first: c.pointer, second: d.pointer, count: count,
      scalars: numbers.source)
    report("adam", 28 * count, k.optimizer.adam, optimizer, optimizer.taskCount)
    report("sgd", 20 * count, k.optimizer.sgd, optimizer, optimizer.taskCount)
    #expect(a.paddingIsUntouched && b.paddingIsUntouched && c.paddingIsUntouched && d.paddingIsUntouched)
  }
}

private func runOnce<Arguments>(_ kernel: KernelFunction, _ arguments: Arguments, _ tasks: Int) {
  withUnsafePointer(to: arguments) { pointer in
    let raw = UnsafeRawPointer(pointer)
    for task in 0..<tasks { kernel(raw, task, UnsafeMutableRawPointer(mutating: raw)) }
  }
}
