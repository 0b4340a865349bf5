import NNKernels
import enum NNTensor.BiasSide
import enum NNTensor.ConvolutionAlgorithm
import enum NNTensor.ElementType
import Testing

@Suite("Weight gradients agree with naive sums in double precision")
struct ConvolutionWeightGradientTests {
  @Test("over random geometries, bias sides and task orders", arguments: NamedConvolutionKernels.all)
  func weightGradients(table: NamedConvolutionKernels) {
    for seed in 0..<300 {
      var numbers = SeededNumbers(state: UInt64(5000 + seed))
      var geometry = ConvolutionGeometry.random(&numbers)
      if seed % 10 == 0 {
        geometry = .dense(
          batch: numbers.integer(1...300), inputs: numbers.integer(1...150), outputs: numbers.integer(1...150))
      }
      if seed % 15 == 1 { geometry.inputWidth = 300; geometry.outputWidth = 290 / geometry.strideWidth }
      check(WeightGradientProblem(geometry, &numbers), table, "seed \(seed)")
    }
  }

  @Test("over random small images, whose pixels are gathered for each tap", arguments: NamedConvolutionKernels.all)
  func smallImages(table: NamedConvolutionKernels) {
    var (seed, gathered) = (0, 0)
    while gathered < 40 {
      seed += 1
      var numbers = SeededNumbers(state: UInt64(9000 + seed))
      var geometry = ConvolutionGeometry.random(&numbers)
      geometry.batch = numbers.integer(2...12)
      (geometry.outputHeight, geometry.outputWidth) = (numbers.integer(1...8), numbers.integer(1...8))
      geometry.inputChannels = geometry.groups * numbers.integer(1...120 / geometry.groups)
      geometry.outputChannels = geometry.groups * numbers.integer(1...160 / geometry.groups)
      let gathers = WeightGradientPlan(geometry, shape: table.kernels.shape).gathers
      guard gathers, geometry.operations < 8e6 else { continue }
      gathered += 1
      check(WeightGradientProblem(geometry, &numbers), table, "seed \(seed)")
    }
  }

  @Test("of dense layers and few samples, which are gathered, too", arguments: NamedConvolutionKernels.all)
  func fewSamples(table: NamedConvolutionKernels) {
    for seed in 0..<20 {
      var numbers = SeededNumbers(state: UInt64(9500 + seed))
      let geometry = ConvolutionGeometry.dense(
        batch: [1, 2, numbers.integer(3...64)][seed % 3], inputs: numbers.integer(130...300),
        outputs: numbers.integer(130...200))
      let plan = WeightGradientPlan(geometry, shape: table.kernels.shape)
      #expect(plan.gathers != plan.swapped, "\(geometry)")
      #expect(plan.streams == (plan.gathers && geometry.canonical.outputWidth <= 16), "\(geometry)")
      check(WeightGradientProblem(geometry, &numbers), table, "seed \(seed)")
    }
  }

  @Test("of so few pixels that writing rows takes longer, in groups, too", arguments: NamedConvolutionKernels.all)
  func streams(table: NamedConvolutionKernels) {
    for seed in 0..<24 {
      var numbers = SeededNumbers(state: UInt64(9700 + seed))
      let (groups, width) = (seed % 2 == 0 ? 1 : 3, numbers.integer(1...4))
      let geometry = ConvolutionGeometry(
        batch: 1, input: (4, width), inputChannels: groups * numbers.integer(130...180), output: (4, width),
        outputChannels: groups * [192, 130, numbers.integer(190...400)][seed % 3], kernel: (1, 1), groups: groups)
      let plan = WeightGradientPlan(geometry, shape: table.kernels.shape)
      #expect(plan.streams != plan.swapped, "\(geometry)")
      check(WeightGradientProblem(geometry, &numbers), table, "seed \(seed)")
    }
  }

  @Test("of sixteen tiles, narrow kernels transform those of one image, and gather those of several small ones")
  func narrowChoice() {
    func algorithm(batch: Int, size: Int) -> ConvolutionAlgorithm {
      ConvolutionGeometry(
        batch: batch, input: (2 * size, 2 * size), inputChannels: 64, output: (size, size), outputChannels: 128,
        kernel: (4, 4), stride: (2, 2), padding: (1, 1)
      ).weightGradientAlgorithm(shape: TileShape(laneWidth: 8, columns: 2, rows: 6), choice: .fastest)
    }
    #expect(algorithm(batch: 1, size: 16) == .winograd)
    #expect(algorithm(batch: 4, size: 8) == .direct && algorithm(batch: 16, size: 4) == .direct)
    #expect(algorithm(batch: 5, size: 8) == .winograd && algorithm(batch: 17, size: 4) == .winograd)
  }

  private func check(_ problem: WeightGradientProblem, _ table: NamedConvolutionKernels, _ what: String) {
    let results = TaskOrder.allCases.map { problem.run(table.kernels, $0) }
    #expect(results[0].map(\.bitPattern) == results[1].map(\.bitPattern), "task order, \(what), \(problem.geometry)")
    #expect(results[0].map(\.bitPattern) == results[2].map(\.bitPattern), "task order, \(what), \(problem.geometry)")
    let worst = problem.error(results[0])
    #expect(worst < 1, "\(what), \(problem.side), \(worst) × tolerance, \(problem.geometry)")
  }
}

/// Random operands of one weight gradient, with its reference.
struct WeightGradientProblem {
  var geometry: ConvolutionGeometry
  var side: BiasSide
  var accumulate: Bool
  var input: [Float]
  var output: [Float]
  var old: [Float]
  /// How input and output gradient are stored; see `store`.
  private(set) var inputElement = ElementType.float32
  private(set) var outputElement = ElementType.float32

  init(_ geometry: ConvolutionGeometry, _ numbers: inout SeededNumbers) {
    self.geometry = geometry
    side = [BiasSide.none, .output, .input][numbers.integer(0...2)]
    accumulate = numbers.integer(0...2) == 0
    input = numbers.floats(geometry.inputCount)
    output = numbers.floats(geometry.outputCount)
    old = numbers.floats(geometry.weightCount + max(geometry.inputChannels, geometry.outputChannels))
  }

  /// Stores the operands so, and rounds what is stored, or with `rounds` both.
  mutating func store(input element: ElementType, output: ElementType, rounds: Bool) {
    (inputElement, outputElement) = (element, output)
    if rounds || element == .bfloat16 { input = input.map(\.asBFloat16) }
    if rounds || outputElement == .bfloat16 { self.output = self.output.map(\.asBFloat16) }
  }

  /// The weight gradient, followed by the bias gradient.
  func run(
    _ kernels: ConvolutionKernels, _ order: TaskOrder, _ algorithm: ConvolutionAlgorithm = .direct,
    gaps: (input: Int, output: Int) = (0, 0)
  ) -> [Float] {
    var plan = WeightGradientPlan(
      geometry, biasSide: side, algorithm: algorithm, input: inputElement, output: outputElement,
      shape: kernels.shape)
    let input = PixelGaps(GuardedBuffer(input, inputElement).values, width: plan.inputWords, gap: gaps.input)
    let output = PixelGaps(GuardedBuffer(output, outputElement).values, width: plan.outputWords, gap: gaps.output)
    plan.inputWords += gaps.input
    plan.outputWords += gaps.output
    let weights = GuardedBuffer(Array(old.prefix(geometry.weightCount)))
    let bias = GuardedBuffer(Array(old.dropFirst(geometry.weightCount).prefix(plan.biasCount)))
    let partials = GuardedBuffer([Float](repeating: .nan, count: plan.partialCount))
    let arguments = WeightGradientArguments(
      plan: plan, input: input.start, output: output.start, weightGradient: weights.floats,
      biasGradient: side == .none ? nil : bias.floats, partials: partials.floats, accumulate: accumulate)
    let scratch = plan.scratchBytes
    let intact = runStage(kernels.weightGradient, arguments, tasks: plan.taskCount, scratchBytes: scratch, order: order)
    _ = runStage(kernels.reduceWeightGradient, arguments, tasks: plan.reduceTaskCount, scratchBytes: 0, order: order)
    #expect(
      intact && weights.guardsIntact && bias.guardsIntact && partials.guardsIntact,
      "wrote outside its buffers: \(geometry)")
    return withExtendedLifetime((input.buffer, output.buffer)) { weights.values + bias.values }
  }

  /// The largest error, in units of 6e-7 times the sum of the products' sizes; by Winograd's algorithm, which mixes
  /// neighbouring taps, times the largest such sum of the kernel between two channels.
  func error(_ result: [Float], _ algorithm: ConvolutionAlgorithm = .direct) -> Double {
    var sums = [ReferenceSum](repeating: ReferenceSum(), count: result.count)
    geometry.forEachProduct { sums[$1].add(Double(input[$0]) * Double(output[$2])) }
    if algorithm.isWinograd {
      sums.spreadSizes(
        count: geometry.weightCount, images: 1, channels: geometry.inputChannels * geometry.outputChannels)
    }
    switch side {
    case .none: break
    case .output:
      for (index, value) in output.enumerated() {
        sums[geometry.weightCount + index % geometry.outputChannels].add(Double(value))
      }
    case .input:
      for (index, value) in input.enumerated() {
        sums[geometry.weightCount + index % geometry.inputChannels].add(Double(value))
      }
    }
    var worst = 0.0
    for (index, sum) in sums.enumerated() {
      let expected = sum.value + (accumulate ? Double(old[index]) : 0)
      let error = abs(Double(result[index]) - expected) / (6e-7 * (sum.size + 1))
      worst = error.isNaN ? .infinity : max(worst, error)
    }
    return worst
  }
}
