import NNKernels
import enum NNTensor.ConvolutionAlgorithm
import enum NNTensor.ConvolutionDirection
import Testing

@Suite("Kernels of narrow groups agree with naive sums in double precision")
struct GroupedTests {
  @Test("forward and adjoint, over random geometries and epilogues", arguments: NamedConvolutionKernels.all)
  func convolutions(table: NamedConvolutionKernels) {
    for seed in 0..<200 { convolution(table, seed: 21_000 + seed, width: 1) }
  }

  @Test("groups of two, four and eight channels, forward and adjoint", arguments: NamedConvolutionKernels.all)
  func groups(table: NamedConvolutionKernels) {
    for seed in 0..<240 { convolution(table, seed: 23_000 + seed, width: [2, 4, 8][seed % 3]) }
  }

  @Test("weight gradients, over random geometries and bias sides", arguments: NamedConvolutionKernels.all)
  func weightGradients(table: NamedConvolutionKernels) {
    for seed in 0..<200 { weightGradient(table, seed: 22_000 + seed, width: 1) }
  }

  @Test("weight gradients of groups of two, four and eight channels", arguments: NamedConvolutionKernels.all)
  func gradientsOfGroups(table: NamedConvolutionKernels) {
    for seed in 0..<240 { weightGradient(table, seed: 24_000 + seed, width: [2, 4, 8][seed % 3]) }
  }

  private func convolution(_ table: NamedConvolutionKernels, seed: Int, width: Int) {
    if width > table.kernels.shape.laneWidth { return }
    var numbers = SeededNumbers(state: UInt64(seed))
    let geometry = Self.geometry(&numbers, width: width)
    let (direction, algorithm) = (seed % 2 == 0 ? ConvolutionDirection.forward : .adjoint, Self.algorithm(width))
    let problem = RandomConvolution(geometry, direction, &numbers)
    let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, algorithm).map(\.bitPattern) }
    #expect(results[0] == results[1] && results[0] == results[2], "task order, seed \(seed), \(geometry)")
    let gaps = (numbers.integer(1...40), numbers.integer(1...40))
    let apart = problem.run(table.kernels, .shuffled, algorithm, gaps: gaps)
    #expect(results[0] == apart.map(\.bitPattern), "pixels apart, seed \(seed), \(geometry)")
    let worst = problem.error(results[0].map(Float.init(bitPattern:)))
    #expect(worst < 1, "seed \(seed), \(direction), \(worst) × tolerance, \(geometry)")
  }

  private func weightGradient(_ table: NamedConvolutionKernels, seed: Int, width: Int) {
    if width > table.kernels.shape.laneWidth { return }
    var numbers = SeededNumbers(state: UInt64(seed))
    let geometry = Self.geometry(&numbers, width: width)
    let algorithm = Self.algorithm(width)
    let problem = WeightGradientProblem(geometry, &numbers)
    let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, algorithm).map(\.bitPattern) }
    #expect(results[0] == results[1] && results[0] == results[2], "task order, seed \(seed), \(geometry)")
    let gaps = (numbers.integer(1...40), numbers.integer(1...40))
    let apart = problem.run(table.kernels, .shuffled, algorithm, gaps: gaps)
    #expect(results[0] == apart.map(\.bitPattern), "pixels apart, seed \(seed), \(geometry)")
    let worst = problem.error(results[0].map(Float.init(bitPattern:)), algorithm)
    #expect(worst < 1, "seed \(seed), \(problem.side), \(worst) × tolerance, \(geometry)")
  }

  private static func algorithm(_ width: Int) -> ConvolutionAlgorithm { width == 1 ? .depthwise : .grouped }

  @Test("lanes hold several groups, of which the widest kernels take eight channels")
  func choice() {
    for table in NamedConvolutionKernels.all {
      for width in 1...16 {
        let geometry = ConvolutionGeometry(
          batch: 1, input: (8, 8), inputChannels: 6 * width, output: (8, 8), outputChannels: 6 * width, kernel: (3, 3),
          padding: (1, 1), groups: 6)
        let shape = table.kernels.shape
        let fits = [2, 4, 8].contains(width) && width < shape.laneWidth
        let expected: [ConvolutionAlgorithm] = width == 1 ? [.depthwise] : fits ? [.grouped] : [.direct]
        for direction in [ConvolutionDirection.forward, .adjoint] {
          let chosen = geometry.algorithm(direction, packsOnce: true, shape: shape, choice: .fastest)
          #expect(expected.contains(chosen), "\(width) channels, \(chosen)")
        }
        let gradient = geometry.weightGradientAlgorithm(shape: shape, choice: .fastest)
        #expect(expected.contains(gradient), "\(width) channels, \(gradient)")
      }
    }
  }

  @Test("several tasks and splits, and kernels of more taps than there are registers")
  func cuts() {
    func geometry(_ channels: Int, _ size: Int, kernel: Int) -> ConvolutionGeometry {
      ConvolutionGeometry(
        batch: 2, input: (size, size), inputChannels: channels, output: (size, size), outputChannels: channels,
        kernel: (kernel, kernel), padding: (kernel / 2, kernel / 2), groups: channels)
    }
    for table in NamedConvolutionKernels.all {
      for (channels, size, kernel) in [(40, 33, 3), (530, 12, 9), (24, 20, 17)] {
        var numbers = SeededNumbers(state: UInt64(channels))
        let geometry = geometry(channels, size, kernel: kernel)
        let shape = table.kernels.shape
        #expect(ConvolutionPlan(geometry, .forward, algorithm: .depthwise, shape: shape).taskCount > 2)
        let plan = WeightGradientPlan(geometry, algorithm: .depthwise, shape: shape)
        #expect(plan.splits > 1 && (plan.taskCount > plan.splits) == (channels == 530), "\(plan)")
        let convolution = RandomConvolution(geometry, .adjoint, &numbers)
        #expect(convolution.error(convolution.run(table.kernels, .shuffled, .depthwise)) < 1, "\(geometry)")
        let gradient = WeightGradientProblem(geometry, &numbers)
        #expect(gradient.error(gradient.run(table.kernels, .shuffled, .depthwise), .depthwise) < 1, "\(geometry)")
      }
    }
  }

  /// A random small geometry, with odd sizes, strides, dilation and asymmetric padding.
  private static func geometry(_ numbers: inout SeededNumbers, width: Int = 1) -> ConvolutionGeometry {
    var geometry = ConvolutionGeometry.random(&numbers)
    if numbers.integer(0...3) == 0 {
      (geometry.kernelHeight, geometry.kernelWidth) = (numbers.integer(1...9), numbers.integer(1...11))
    }
    let groups = numbers.integer(2...70 / width)
    (geometry.inputChannels, geometry.outputChannels, geometry.groups) = (groups * width, groups * width, groups)
    return geometry
  }
}
