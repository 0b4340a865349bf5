import NNKernels
import enum NNTensor.ConvolutionAlgorithm
import enum NNTensor.ElementType
import NNRandom
import enum NNTensor.ConvolutionDirection
import Testing

@Suite("Kernels give the same bits where other values lie between the pixels, and leave these alone")
struct PixelGapTests {
  // MARK: Convolutions

  @Test("convolutions by every algorithm", arguments: NamedConvolutionKernels.all)
  func convolutions(table: NamedConvolutionKernels) {
    for seed in 0..<240 {
      var numbers = SeededNumbers(state: UInt64(11_000 + seed))
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      let algorithm = [ConvolutionAlgorithm.direct, .winograd, .winogradUnpacked, .winograd4x1][seed / 2 % 4]
      var geometry = ConvolutionGeometry.random(&numbers)
      if algorithm.isWinograd { geometry = .random(algorithm, direction, &numbers) }
      if algorithm == .winogradUnpacked, !geometry.allowsWinogradUnpacked(direction) { continue }
      check(RandomConvolution(geometry, direction, &numbers), table.kernels, algorithm, &numbers, seed)
    }
  }

  @Test("four destinations at a time", arguments: NamedConvolutionKernels.all)
  func quads(table: NamedConvolutionKernels) {
    for seed in 0..<30 {
      var numbers = SeededNumbers(state: UInt64(12_000 + seed))
      let size = (numbers.integer(1...12), numbers.integer(1...40))
      let geometry = ConvolutionGeometry(
        batch: numbers.integer(1...2), input: (2 * size.0, 2 * size.1), inputChannels: 16, output: size,
        outputChannels: numbers.integer(1...40), kernel: (3, 3), stride: (2, 2), padding: (1, 1))
      check(RandomConvolution(geometry, .adjoint, &numbers), table.kernels, .direct, &numbers, seed)
    }
  }

  @Test("pairs of bf16 numbers", arguments: NamedConvolutionKernels.all.filter(\.multipliesBFloat16))
  func pairs(table: NamedConvolutionKernels) {
    for seed in 0..<120 {
      var numbers = SeededNumbers(state: UInt64(13_000 + seed))
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      var geometry = ConvolutionGeometry.random(&numbers)
      geometry.inputChannels *= 2
      geometry.outputChannels *= 2
      var problem = RandomConvolution(geometry, direction, &numbers)
      problem.store(source: .bfloat16, destination: seed % 3 == 0 ? .float32 : .bfloat16, roundsWeights: true)
      check(problem, table.kernels, .directBFloat16, &numbers, seed)
    }
  }

  private func check(
    _ problem: RandomConvolution, _ kernels: ConvolutionKernels, _ algorithm: ConvolutionAlgorithm,
    _ numbers: inout SeededNumbers, _ seed: Int
  ) {
    let (g, gap) = (problem.geometry, numbers.integer(1...40))
    // Fewer channels are stored pixel over pixel; a kernel over all of the input sees it as one pixel.
    let writes = problem.channels >= 16 && (problem.direction == .forward || !g.readsAllAsOnePixel)
    let reads = problem.direction == .adjoint || !g.readsAllAsOnePixel
    let packed = problem.run(kernels, .forwards, algorithm)
    let apart = problem.run(
      kernels, .shuffled, algorithm, gaps: (reads ? gap : 0, writes ? numbers.integer(1...40) : 0))
    #expect(packed.map(\.bitPattern) == apart.map(\.bitPattern), "seed \(seed), \(algorithm), \(g)")
  }

  @Test("weight gradients", arguments: NamedConvolutionKernels.all)
  func weightGradients(table: NamedConvolutionKernels) {
    for seed in 0..<240 {
      var numbers = SeededNumbers(state: UInt64(14_000 + seed))
      let isWinograd = seed % 3 == 0
      var geometry = isWinograd ? .randomWinograd(.forward, &numbers) : ConvolutionGeometry.random(&numbers)
      if seed % 15 == 1 { geometry.inputWidth = 300; geometry.outputWidth = 290 / geometry.strideWidth }
      let pairs = table.multipliesBFloat16 && seed % 5 == 1 && !isWinograd
      if pairs {
        geometry.inputChannels *= 2
        geometry.outputChannels *= 2
      }
      var problem = WeightGradientProblem(geometry, &numbers)
      if pairs { problem.store(input: .bfloat16, output: .bfloat16, rounds: true) }
      let algorithm: ConvolutionAlgorithm = isWinograd ? .winograd : pairs ? .directBFloat16 : .direct
      let gaps = (geometry.readsAllAsOnePixel ? 0 : numbers.integer(1...40), numbers.integer(1...40))
      let packed = problem.run(table.kernels, .forwards, algorithm)
      let apart = problem.run(table.kernels, .shuffled, algorithm, gaps: gaps)
      #expect(packed.map(\.bitPattern) == apart.map(\.bitPattern), "seed \(seed), \(algorithm), \(geometry)")
    }
  }

  // MARK: All others

  @Test(arguments: VectorTable.available)
  func `Elementwise kernels`(_ table: VectorTable) {
    var random = testStream(71)
    for turn in 0..<30 {
      let (channels, rows) = (random.channels(), 1 + random.integer(below: 900))
      let (x, y) = (random.floats(rows * channels), random.floats(rows * channels))
      for kernel in [table.kernels.elementwise.add, table.kernels.elementwise.multiply] {
        compare([x, y], channels, rows, &random) { input, pitches, output, pitch in
          var call = BinaryArguments(left: input[0], right: input[1], output: output, count: rows * channels)
          call.pixels = PixelRows(channels: channels, first: pitches[0], second: pitches[1], result: pitch)
          return [(kernel, call, call.taskCount)]
        }
      }
      let kind = ActivationKind.allCases[turn % ActivationKind.allCases.count]
      compare([x], channels, rows, &random) { input, pitches, output, pitch in
        var call = ActivationArguments(input: input[0], output: output, count: rows * channels, kind: kind, slope: 0.1)
        call.pixels = PixelRows(channels: channels, first: pitches[0], second: 0, result: pitch)
        return [(table.kernels.activation.forward, call, call.taskCount)]
      }
      compare([x, y], channels, rows, &random) { input, pitches, output, pitch in
        var call = ActivationGradientArguments(
          saved: input[0], outputGradient: input[1], inputGradient: output, count: rows * channels, kind: kind,
          slope: 0.1)
        call.pixels = PixelRows(channels: channels, first: pitches[0], second: pitches[1], result: pitch)
        return [(table.kernels.activation.gradient, call, call.taskCount)]
      }
    }
  }

  @Test(arguments: VectorTable.available)
  func `Upsampling and its gradient`(_ table: VectorTable) {
    var random = testStream(72)
    let kernels = table.kernels.resampling
    for turn in 0..<30 {
      let (height, width) = (1 + random.integer(below: 7), 1 + random.integer(below: 7))
      let (down, across) = (1 + random.integer(below: 3), 1 + random.integer(below: 3))
      let (channels, small) = (random.channels(), height * width)
      let large = small * down * across
      compare([random.floats(small * channels)], channels, large, &random) { input, pitches, output, pitch in
        var call = UpsampleArguments(
          input: input[0], output: output, batch: 1, height: height, width: width, channels: channels,
          factorHeight: down, factorWidth: across)
        (call.inputPitch, call.outputPitch) = (pitches[0], pitch)
        return [(turn % 2 == 0 ? kernels.nearest : kernels.bilinear, call, call.taskCount)]
      }
      compare(
        [random.floats(large * channels)], channels, small, &random, writesApart: false
      ) { input, pitches, output, _ in
        var call = UpsampleArguments(
          input: input[0], output: output, batch: 1, height: height, width: width, channels: channels,
          factorHeight: down, factorWidth: across)
        call.inputPitch = pitches[0]
        return [(turn % 2 == 0 ? kernels.nearestGradient : kernels.bilinearGradient, call, call.gradientTaskCount)]
      }
    }
  }

  @Test(arguments: VectorTable.available)
  func `Max pooling`(_ table: VectorTable) {
    var random = testStream(73)
    for _ in 0..<30 {
      let (height, width, channels) = (2 + random.integer(below: 9), 2 + random.integer(below: 9), random.channels())
      let shape = PoolingShape(
        batch: 2, height: height, width: width, channels: channels, outputHeight: height / 2, outputWidth: width / 2,
        kernelHeight: 2, kernelWidth: 2, strideHeight: 2, strideWidth: 2)
      let (large, small) = (2 * height * width, 2 * (height / 2) * (width / 2))
      let argmax = Memory([UInt8](repeating: 0, count: small * channels))
      let x = random.floats(large * channels)
      compare([x], channels, small, &random, writesApart: false) { input, pitches, output, _ in
        var call = MaxPoolArguments(
          input: input[0], output: output, argmax: UnsafeMutableRawPointer(argmax.pointer), shape: shape)
        call.inputPitch = pitches[0]
        return [(table.kernels.pooling.maxPool, call, call.taskCount)]
      }
    }
  }

  @Test(arguments: VectorTable.available)
  func `Normalisation and its gradient`(_ table: VectorTable) {
    var random = testStream(74)
    let kernels = table.kernels.normalization
    for shape in NormalizationTests.shapes where shape.rows < 1000 {
      let (channels, rows) = (shape.channels, shape.segments * shape.rows)
      let numbers = (0..<2).map { _ in random.floats(channels) }.map { Floats($0) }
      let statistics = (0..<2).map { _ in Floats(unset: shape.segments * channels) }
      let workspace = Floats(unset: shape.workspaceCount)
      let x = random.floats(rows * channels)
      compare([x], channels, rows, &random) { input, pitches, output, pitch in
        var call = NormalizeArguments(
          input: input[0], output: output, weight: numbers[0].source, bias: numbers[1].source,
          mean: statistics[0].pointer, variance: statistics[1].pointer, workspace: workspace.pointer, shape: shape,
          epsilon: 0.1, kind: .relu)
        (call.inputPitch, call.outputPitch) = (pitches[0], pitch)
        return [
          (kernels.partials, call, shape.rowTasks), (kernels.statistics, call, shape.groupTasks),
          (call.isApart ? kernels.applyApart : kernels.apply, call, shape.rowTasks),
        ]
      }
      let gradients = (0..<2).map { _ in Floats(unset: channels) }
      let operands = [random.floats(rows * channels), x, random.floats(rows * channels)]
      compare(operands, channels, rows, &random, writesApart: false) { input, pitches, output, _ in
        var call = NormalizeGradientArguments(
          outputGradient: input[0], input: input[1], mean: statistics[0].source, variance: statistics[1].source,
          weight: numbers[0].source, inputGradient: output, weightGradient: gradients[0].pointer,
          biasGradient: gradients[1].pointer, workspace: workspace.pointer, shape: shape, epsilon: 0.1,
          saved: input[2], kind: .relu)
        (call.gradientPitch, call.inputPitch, call.savedPitch) = (pitches[0], pitches[1], pitches[2])
        return [
          (call.isApart ? kernels.gradientPartialsApart : kernels.gradientPartials, call, shape.rowTasks),
          (kernels.gradientTotals, call, shape.groupTasks),
          (kernels.gradientParameters, call, call.parameterTasks),
          (call.isApart ? kernels.gradientApplyApart : kernels.gradientApply, call, shape.rowTasks),
        ]
      }
      compare([x], channels, rows, &random) { input, pitches, output, pitch in
        var call = ChannelAffineArguments(
          input: input[0], scale: numbers[0].source, shift: numbers[1].source, output: output, rows: rows,
          channels: channels, kind: .sigmoid)
        (call.inputPitch, call.outputPitch) = (pitches[0], pitch)
        return [(call.isApart ? kernels.affineApart : kernels.affine, call, call.taskCount)]
      }
    }
  }

  /// Runs stages on operands and to a result of `rows` pixels that follow each other, then on the same with other values
  /// between them.
  private func compare<Arguments>(
    _ operands: [[Float]], _ channels: Int, _ rows: Int, _ random: inout RandomStream, writesApart: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ stages: (
      _ operands: [UnsafePointer<Float>], _ pitches: [Int], _ result: UnsafeMutablePointer<Float>, _ pitch: Int
    ) -> [(KernelFunction, Arguments, Int)]
  ) {
    var results: [[UInt32]] = []
    for isApart in [false, true] {
      let gaps = operands.map { _ in isApart ? 1 + random.integer(below: 40) : 0 }
      let gap = isApart && writesApart ? 1 + random.integer(below: 40) : 0
      let inputs = zip(operands, gaps).map { PixelGaps($0, width: channels, gap: $1) }
      let unset = [Float](repeating: .nan, count: rows * channels)
      let result = PixelGaps(unset, width: channels, gap: gap)
      let calls = stages(
        inputs.map { UnsafePointer($0.start) }, gaps.map { channels + $0 }, result.start, channels + gap)
      var intact = true
      for (kernel, arguments, tasks) in calls {
        let done = runStage(
          kernel, arguments, tasks: tasks, scratchBytes: 64, order: isApart ? .shuffled : .forwards)
        intact = intact && done
      }
      #expect(intact && result.isIntact, "wrote between the pixels", sourceLocation: sourceLocation)
      results.append(result.words.map(\.bitPattern))
      withExtendedLifetime(inputs) {}
    }
    #expect(results[0] == results[1], "\(channels) channels", sourceLocation: sourceLocation)
  }
}

extension ConvolutionGeometry {
  /// Whether the kernel covers the whole input, whose pixels then count as one.
  fileprivate var readsAllAsOnePixel: Bool {
    kernelHeight * kernelWidth > 1 && kernelHeight == inputHeight && kernelWidth == inputWidth && paddingTop == 0
      && paddingLeft == 0
  }
}
