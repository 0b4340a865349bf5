import NNKernels
import enum NNTensor.ConvolutionDirection
import enum NNTensor.ConvolutionAlgorithm
import Testing

/// The bound that Winograd's algorithm keeps: an error of 6e-7 times the largest sum of the sizes of products (plus one)
/// in the image's channel.
private let bound = 1.0
/// The same for weight gradients, relative to the largest sum of the kernel between two channels.
private let gradientBound = 2.0

@Suite("Winograd's algorithm agrees with a naive convolution in double precision")
struct WinogradTests {
  @Test("forward and adjoint, over random geometries and epilogues", arguments: NamedConvolutionKernels.all)
  func convolutions(table: NamedConvolutionKernels) {
    for seed in 0..<200 {
      var numbers = SeededNumbers(state: UInt64(2000 + seed))
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      check(RandomConvolution(.randomWinograd(direction, &numbers), direction, &numbers), table, .winograd, seed)
    }
  }

  @Test("of dilated taps and of up to nine, over random geometries", arguments: NamedConvolutionKernels.all)
  func severalParts(table: NamedConvolutionKernels) {
    for seed in 0..<200 {
      var numbers = SeededNumbers(state: UInt64(16_000 + seed))
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      let geometry = ConvolutionGeometry.randomParts(direction, isDilated: seed / 2 % 2 == 0, &numbers)
      check(RandomConvolution(geometry, direction, &numbers), table, .winograd, seed)
    }
  }

  @Test("weight gradients of up to nine taps, over random geometries", arguments: NamedConvolutionKernels.all)
  func manyTaps(table: NamedConvolutionKernels) {
    for seed in 0..<60 {
      var numbers = SeededNumbers(state: UInt64(17_000 + seed))
      let problem = WeightGradientProblem(.randomParts(.forward, isDilated: false, &numbers), &numbers)
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, .winograd).map(\.bitPattern) }
      #expect(results[0] == results[1] && results[0] == results[2], "task order, seed \(seed), \(problem.geometry)")
      let worst = problem.error(results[0].map(Float.init(bitPattern:)), .winograd)
      #expect(worst < gradientBound, "seed \(seed), \(problem.side), \(worst) × tolerance, \(problem.geometry)")
    }
  }

  @Test("parts that make every so many pixels are not pooled, and are no weight gradient's")
  func dilatedChoice() {
    func algorithm(kernel: Int, dilation: Int, pool: Int = 1) -> ConvolutionAlgorithm {
      geometry(kernel, dilation).algorithm(
        .forward, pool: (pool, pool), packsOnce: true, shape: TileShape(laneWidth: 8, columns: 2, rows: 6),
        choice: .fastest)
    }
    func geometry(_ kernel: Int, _ dilation: Int) -> ConvolutionGeometry {
      let padding = kernel / 2 * dilation
      return ConvolutionGeometry(
        batch: 1, input: (64, 64), inputChannels: 64, output: (64, 64), outputChannels: 64, kernel: (kernel, kernel),
        padding: (padding, padding), dilation: (dilation, dilation))
    }
    #expect(algorithm(kernel: 3, dilation: 2) == .winograd && algorithm(kernel: 3, dilation: 2, pool: 2) == .direct)
    #expect(algorithm(kernel: 5, dilation: 1, pool: 2) == .winograd && algorithm(kernel: 5, dilation: 2) == .direct)
    #expect(algorithm(kernel: 9, dilation: 1) == .winograd && algorithm(kernel: 11, dilation: 1) == .direct)
    #expect(!geometry(3, 2).allowsWinogradGradient && geometry(5, 1).allowsWinogradGradient)
    #expect(!geometry(5, 1).allowsWinogradUnpacked(.forward) && geometry(4, 1).allowsWinogradUnpacked(.forward))
    #expect(!geometry(4, 1).allowsWinogradUnpacked(.adjoint) && !geometry(3, 2).allowsWinogradUnpacked(.adjoint))
  }

  @Test("from weights as they are, over random geometries and epilogues", arguments: NamedConvolutionKernels.all)
  func unpacked(table: NamedConvolutionKernels) {
    for seed in 0..<200 {
      var numbers = SeededNumbers(state: UInt64(4000 + seed))
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      var geometry = ConvolutionGeometry.randomWinograd(direction, &numbers)
      while !geometry.allowsWinogradUnpacked(direction) { geometry = .randomWinograd(direction, &numbers) }
      check(RandomConvolution(geometry, direction, &numbers), table, .winogradUnpacked, seed)
    }
  }

  @Test(
    "in tiles of 2×2 and down the columns only, over random geometries and epilogues",
    arguments: NamedConvolutionKernels.all, [(ConvolutionAlgorithm.winograd2x2, 9000), (.winograd4x1, 14_000)])
  func otherTiles(table: NamedConvolutionKernels, way: (algorithm: ConvolutionAlgorithm, firstSeed: Int)) {
    for seed in 0..<200 {
      var numbers = SeededNumbers(state: UInt64(way.firstSeed + seed))
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      let geometry = ConvolutionGeometry.random(way.algorithm, direction, &numbers)
      check(RandomConvolution(geometry, direction, &numbers), table, way.algorithm, seed)
    }
  }

  @Test("down the columns of images wider than a task takes", arguments: NamedConvolutionKernels.all)
  func wideColumns(table: NamedConvolutionKernels) {
    for (seed, width) in [255, 256, 257, 600].enumerated() {
      var numbers = SeededNumbers(state: UInt64(15_000 + seed))
      let geometry = ConvolutionGeometry(
        batch: 2, input: (6, width), inputChannels: 3, output: (6, width), outputChannels: 70, kernel: (3, 3),
        padding: (1, 1))
      var problem = RandomConvolution(geometry, .forward, &numbers)
      // The derivative of a sigmoid that is -1 would double the errors.
      problem.gradient = .identity
      check(problem, table, .winograd4x1, seed)
    }
  }

  @Test("of so many channels that some processors take them in pieces", arguments: NamedConvolutionKernels.all)
  func manyChannels(table: NamedConvolutionKernels) {
    for (seed, sources) in [300, 521].enumerated() {
      for direction in [ConvolutionDirection.forward, .adjoint] {
        var numbers = SeededNumbers(state: UInt64(18_000 + seed))
        let (inputs, outputs) = direction == .forward ? (sources, 70) : (70, sources)
        let geometry = ConvolutionGeometry(
          batch: 1, input: (14, 14), inputChannels: inputs, output: (14, 14), outputChannels: outputs, kernel: (3, 3),
          padding: (1, 1))
        check(RandomConvolution(geometry, direction, &numbers), table, .winograd, seed)
      }
    }
  }

  @Test(
    "in tiles of 4×4 over an image of many, from as many channels as there have to be",
    arguments: NamedConvolutionKernels.all)
  func manyTiles(table: NamedConvolutionKernels) {
    func geometry(_ sources: Int) -> ConvolutionGeometry {
      ConvolutionGeometry(
        batch: 1, input: (48, 48), inputChannels: sources, output: (48, 48), outputChannels: 64, kernel: (3, 3),
        padding: (1, 1))
    }
    for (seed, sources) in [16, 19, 40].enumerated() {
      var numbers = SeededNumbers(state: UInt64(16_000 + seed))
      var problem = RandomConvolution(geometry(sources), .forward, &numbers)
      problem.gradient = .identity
      check(problem, table, .winograd, seed)
    }
    for sources in 1...15 {
      let ways = geometry(sources).algorithms(.forward, pool: (1, 1), like: .direct)
      #expect(ways.contains(.winograd4x1) && !ways.contains(.winograd) && !ways.contains(.winogradUnpacked))
    }
    #expect(geometry(16).algorithms(.forward, pool: (1, 1), like: .direct).contains(.winograd))
  }

  private func check(
    _ problem: RandomConvolution, _ table: NamedConvolutionKernels, _ algorithm: ConvolutionAlgorithm, _ seed: Int
  ) {
    let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, algorithm) }
    #expect(
      results[0].map(\.bitPattern) == results[1].map(\.bitPattern), "task order, seed \(seed), \(problem.geometry)")
    #expect(
      results[0].map(\.bitPattern) == results[2].map(\.bitPattern), "task order, seed \(seed), \(problem.geometry)")
    let worst = problem.error(results[0], algorithm)
    #expect(worst < bound, "seed \(seed), \(problem.direction), \(worst) × tolerance, \(problem.geometry)")
  }

  @Test("weight gradients, over random geometries, bias sides and task orders", arguments: NamedConvolutionKernels.all)
  func weightGradients(table: NamedConvolutionKernels) {
    for seed in 0..<200 {
      var numbers = SeededNumbers(state: UInt64(6000 + seed))
      let problem = WeightGradientProblem(.randomWinograd(.forward, &numbers), &numbers)
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, .winograd) }
      let bits = results.map { $0.map(\.bitPattern) }
      #expect(bits[0] == bits[1] && bits[0] == bits[2], "task order, seed \(seed), \(problem.geometry)")
      let worst = problem.error(results[0], .winograd)
      #expect(worst < gradientBound, "seed \(seed), \(problem.side), \(worst) × tolerance, \(problem.geometry)")
    }
  }

  @Test("larger panels, for a larger cache, give the same bits", arguments: NamedConvolutionKernels.all)
  func roomyCaches(table: NamedConvolutionKernels) {
    var (small, roomy) = (table.kernels, table.kernels)
    (small.shape.isRoomy, roomy.shape.isRoomy) = (false, true)
    for (seed, channels, stride) in [(0, (130, 200), 1), (1, (64, 200), 2), (2, (300, 150), 2)] {
      var numbers = SeededNumbers(state: UInt64(19_000 + seed))
      let geometry = ConvolutionGeometry(
        batch: 2, input: (24 * stride, 20 * stride), inputChannels: channels.0, output: (24, 20),
        outputChannels: channels.1, kernel: (3, 3), stride: (stride, stride), padding: (1, 1))
      let cuts = [small, roomy].compactMap { kernels -> WinogradGradientCut? in
        guard case .winograd(let cut) = WeightGradientPlan(geometry, algorithm: .winograd, shape: kernels.shape).cut
        else { return nil }
        return cut
      }
      guard cuts.count == 2 else {
        Issue.record("cut for another algorithm: \(geometry)")
        return
      }
      #expect(cuts[0].wide.count > cuts[1].wide.count && cuts[0].splits == cuts[1].splits)
      let problem = WeightGradientProblem(geometry, &numbers)
      let gradients = [small, roomy].map { problem.run($0, .forwards, .winograd).map(\.bitPattern) }
      #expect(gradients[0] == gradients[1], "\(geometry)")
    }
  }

  @Test("narrow blocks that share the transforms of their sources", arguments: NamedConvolutionKernels.all)
  func sharedTransforms(table: NamedConvolutionKernels) {
    var kernels = table.kernels
    kernels.shape.isRoomy = false
    let shape = kernels.shape
    let isNarrow = shape.blockWidth < 64
    for (seed, stride) in [(0, 1), (1, 2)] {
      var numbers = SeededNumbers(state: UInt64(5000 + seed))
      let geometry = ConvolutionGeometry(
        batch: 1, input: (8 * stride, 8 * stride), inputChannels: 75, output: (8, 8), outputChannels: 75,
        kernel: (2 + stride, 2 + stride), stride: (stride, stride), padding: (1, 1))
      let gradient = WeightGradientProblem(geometry, &numbers)
      let plan = WeightGradientPlan(geometry, biasSide: gradient.side, algorithm: .winograd, shape: shape)
      guard case .winograd(let cut) = plan.cut else {
        Issue.record("\(plan.cut)")
        return
      }
      #expect((cut.wide.blocksPerChunk > 1) == isNarrow)
      let bits = TaskOrder.allCases.map { gradient.run(kernels, $0, .winograd).map(\.bitPattern) }
      #expect(bits[0] == bits[1] && bits[0] == bits[2], "task order")
      #expect(gradient.error(bits[0].map(Float.init(bitPattern:)), .winograd) < gradientBound)
    }
    for direction in [ConvolutionDirection.forward, .adjoint] {
      var numbers = SeededNumbers(state: 5100)
      let (few, many) = (9, 213)
      let geometry = ConvolutionGeometry(
        batch: 1, input: (8, 8), inputChannels: direction == .forward ? few : many, output: (8, 8),
        outputChannels: direction == .forward ? many : few, kernel: (3, 3), padding: (1, 1))
      let plan = ConvolutionPlan(geometry, direction, algorithm: .winogradUnpacked, shape: shape)
      if case .winogradUnpacked(let cut) = plan.cut {
        #expect((cut.blocksPerChunk > 1) == isNarrow)
      } else {
        Issue.record("cut for another algorithm: \(plan.cut)")
      }
      check(RandomConvolution(geometry, direction, &numbers), table, .winogradUnpacked, 5100)
    }
  }

  @Test(
    "with 2×2 max pooling and its argmax", arguments: NamedConvolutionKernels.all,
    [ConvolutionAlgorithm.winograd, .winograd2x2, .winograd4x1])
  func pooling(table: NamedConvolutionKernels, algorithm: ConvolutionAlgorithm) {
    for seed in 0..<60 {
      var numbers = SeededNumbers(state: UInt64(3000 + seed))
      let geometry = ConvolutionGeometry.random(algorithm, .forward, &numbers)
      var problem = RandomConvolution(geometry, .forward, &numbers)
      (problem.accumulate, problem.gradient) = (false, .identity)
      if seed % 3 == 0 { problem.source[numbers.integer(0...problem.source.count - 1)] = .nan }
      let full = problem.run(table.kernels, .forwards, algorithm)
      let expected = ConvolutionTests.pooled(full, geometry, (2, 2))
      for order in TaskOrder.allCases {
        let (values, places) = problem.runPooled(table.kernels, (2, 2), order, algorithm)
        #expect(ConvolutionTests.same(values, expected.0), "seed \(seed), \(geometry)")
        #expect(places == expected.1, "argmax, seed \(seed), \(geometry)")
      }
    }
  }

  @Test(
    "tiles that are stored from the registers are those that are not", arguments: NamedConvolutionKernels.all,
    [ConvolutionAlgorithm.winograd, .winograd2x2, .winograd4x1])
  func wholeTiles(table: NamedConvolutionKernels, algorithm: ConvolutionAlgorithm) {
    for seed in 0..<80 {
      var numbers = SeededNumbers(state: UInt64(8000 + seed))
      let direction: ConvolutionDirection = seed % 4 == 0 ? .adjoint : .forward
      var geometry = ConvolutionGeometry.random(algorithm, direction, &numbers)
      let channels = table.kernels.shape.laneWidth * numbers.integer(1...5)
      if direction == .forward { geometry.outputChannels = channels } else { geometry.inputChannels = channels }
      var problem = RandomConvolution(geometry, direction, &numbers)
      (problem.accumulate, problem.gradient) = (false, .identity)
      problem.activation = seed % 3 == 0 ? .identity : .relu
      if seed % 5 == 0 { problem.source[numbers.integer(0...problem.source.count - 1)] = .nan }
      let whole = problem.run(table.kernels, .forwards, algorithm)
      if direction == .forward {
        let (pooled, _) = problem.runPooled(table.kernels, (2, 2), .forwards, algorithm, keepsPlaces: false)
        let (placed, places) = problem.runPooled(table.kernels, (2, 2), .forwards, algorithm)
        let expected = ConvolutionTests.pooled(whole, geometry, (2, 2))
        #expect(ConvolutionTests.same(pooled, expected.0), "maxima, seed \(seed), \(geometry)")
        #expect(ConvolutionTests.same(placed, expected.0), "maxima with places, seed \(seed), \(geometry)")
        #expect(places == expected.1, "places, seed \(seed), \(geometry)")
      }
      problem.accumulate = true
      problem.old = [Float](repeating: 0, count: problem.old.count)
      #expect(
        ConvolutionTests.same(whole, problem.run(table.kernels, .forwards, algorithm)), "seed \(seed), \(geometry)")
    }
  }
}

extension ConvolutionGeometry {
  /// A random small geometry that this one of Winograd's algorithms can compute in this direction.
  static func random(
    _ algorithm: ConvolutionAlgorithm, _ direction: ConvolutionDirection, _ numbers: inout SeededNumbers
  ) -> ConvolutionGeometry {
    switch algorithm {
    case .winograd2x2: randomWinograd2x2(direction, &numbers)
    case .winograd4x1: randomWinograd4x1(direction, &numbers)
    default: randomWinograd(direction, &numbers)
    }
  }

  /// A random small geometry that Winograd's algorithm down the columns only can compute in this direction.
  static func randomWinograd4x1(
    _ direction: ConvolutionDirection, _ numbers: inout SeededNumbers
  ) -> ConvolutionGeometry {
    while true {
      let geometry = randomWinograd2x2(direction, &numbers)
      if geometry.allowsWinograd4x1(direction) { return geometry }
    }
  }

  /// A random small geometry whose tiles can be of 2×2.
  static func randomWinograd2x2(
    _ direction: ConvolutionDirection, _ numbers: inout SeededNumbers
  ) -> ConvolutionGeometry {
    while true {
      var geometry = random(&numbers)
      (geometry.groups, geometry.dilationHeight, geometry.dilationWidth) = (1, 1, 1)
      (geometry.kernelHeight, geometry.kernelWidth, geometry.strideHeight, geometry.strideWidth) = (3, 3, 1, 1)
      (geometry.paddingTop, geometry.paddingLeft) = (numbers.integer(0...2), numbers.integer(0...2))
      if geometry.allowsWinograd2x2(direction), geometry.operations < 6e6 { return geometry }
    }
  }

  /// A random small geometry of more than three taps, or of taps that lie apart, of channels enough for the error's bound.
  static func randomParts(
    _ direction: ConvolutionDirection, isDilated: Bool, _ numbers: inout SeededNumbers
  ) -> ConvolutionGeometry {
    while true {
      var g = random(&numbers)
      g.groups = 1
      if isDilated {
        (g.strideHeight, g.strideWidth) = (1, 1)
        (g.dilationHeight, g.dilationWidth) = (numbers.integer(1...4), numbers.integer(2...4))
      } else {
        (g.dilationHeight, g.dilationWidth) = (1, 1)
        (g.kernelHeight, g.kernelWidth) = (numbers.integer(1...9), numbers.integer(4...9))
      }
      g.paddingTop = numbers.integer(0...(g.kernelHeight - 1) * g.dilationHeight)
      g.paddingLeft = numbers.integer(0...(g.kernelWidth - 1) * g.dilationWidth)
      (g.inputHeight, g.inputWidth) = (numbers.integer(4...30), numbers.integer(8...30))
      (g.outputHeight, g.outputWidth) = (numbers.integer(4...30), numbers.integer(8...30))
      (g.inputChannels, g.outputChannels) = (numbers.integer(16...40), numbers.integer(16...40))
      if g.allowsWinograd(direction), g.operations < 2e7 { return g }
    }
  }

  /// A random small geometry that Winograd's algorithm can compute in this direction.
  static func randomWinograd(
    _ direction: ConvolutionDirection, _ numbers: inout SeededNumbers
  ) -> ConvolutionGeometry {
    while true {
      var geometry = random(&numbers)
      (geometry.groups, geometry.dilationHeight, geometry.dilationWidth) = (1, 1, 1)
      if numbers.integer(0...1) == 0 {
        (geometry.kernelHeight, geometry.kernelWidth, geometry.strideHeight, geometry.strideWidth) = (3, 3, 1, 1)
      }
      geometry.paddingTop = numbers.integer(0...geometry.kernelHeight - 1)
      geometry.paddingLeft = numbers.integer(0...geometry.kernelWidth - 1)
      if geometry.allowsWinograd(direction), geometry.operations < 6e6 { return geometry }
    }
  }
}
