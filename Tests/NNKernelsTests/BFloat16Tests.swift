import NNKernels
import enum NNTensor.ConvolutionDirection
import enum NNTensor.ConvolutionAlgorithm
import enum NNTensor.ElementType
import Testing

/// The kernels of this processor that have bf16, if any.
private let tables = NamedConvolutionKernels.all.filter(\.multipliesBFloat16)

/// Winograd's algorithm rounds what it has transformed: its error is at most this, times 6e-7 times the largest sum of
/// the sizes of products (plus one) in the image's channel: 2 % of that sum.
private let winogradBound = 0.02 / 6e-7

@Suite("bf16 kernels agree with naive sums in double precision of operands that are rounded first")
struct BFloat16Tests {
  @Test("convolutions, over random geometries, epilogues and ways to store", arguments: tables)
  func convolutions(table: NamedConvolutionKernels) {
    for seed in 0..<300 {
      var numbers = SeededNumbers(state: UInt64(7000 + seed))
      var geometry = ConvolutionGeometry.random(&numbers).withPairs
      if seed % 10 == 0 {
        geometry = .dense(
          batch: numbers.integer(1...67), inputs: 2 * numbers.integer(1...75), outputs: 2 * numbers.integer(1...75))
      }
      let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
      var problem = RandomConvolution(geometry, direction, &numbers)
      let multiplies = numbers.integer(0...3) > 0
      let destination: ElementType = multiplies && numbers.integer(0...3) == 0 ? .float32 : .bfloat16
      problem.store(
        source: multiplies ? .bfloat16 : .float32, destination: destination, roundsWeights: multiplies)
      let algorithm: ConvolutionAlgorithm = multiplies ? .directBFloat16 : .direct
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, algorithm) }
      let bits = results.map { $0.map(\.bitPattern) }
      #expect(bits[0] == bits[1] && bits[0] == bits[2], "task order, seed \(seed), \(geometry)")
      let worst = problem.error(results[0], algorithm)
      #expect(worst < 1, "seed \(seed), \(direction), \(destination), \(worst) × tolerance, \(geometry)")
    }
  }

  @Test("convolutions with max pooling and its argmax", arguments: tables, [false, true])
  func pooling(table: NamedConvolutionKernels, isWinograd: Bool) {
    for seed in 0..<80 {
      var numbers = SeededNumbers(state: UInt64(8000 + seed))
      let geometry =
        isWinograd ? ConvolutionGeometry.randomWinograd3x3(&numbers) : ConvolutionGeometry.random(&numbers).withPairs
      let pool = isWinograd ? (2, 2) : (numbers.integer(1...3), numbers.integer(2...3))
      var problem = RandomConvolution(geometry, .forward, &numbers)
      (problem.accumulate, problem.gradient) = (false, .identity)
      problem.store(source: .bfloat16, destination: .float32, roundsWeights: true)
      let algorithm: ConvolutionAlgorithm = isWinograd ? .winogradBFloat16 : .directBFloat16
      let expected = ConvolutionTests.pooled(problem.run(table.kernels, .forwards, algorithm), geometry, pool)
      problem.store(source: .bfloat16, destination: .bfloat16, roundsWeights: true)
      for order in TaskOrder.allCases {
        let (values, places) = problem.runPooled(table.kernels, pool, order, algorithm)
        #expect(
          ConvolutionTests.same(values, expected.0.map(\.asBFloat16)), "seed \(seed), pool \(pool), \(geometry)")
        #expect(places == expected.1, "argmax, seed \(seed), pool \(pool), \(geometry)")
      }
    }
  }

  @Test("Winograd's algorithm that stores bf16 and multiplies floats is as exact as of floats", arguments: tables)
  func winogradOfFloats(table: NamedConvolutionKernels) {
    for seed in 0..<100 {
      let (worst, what) = winogradError(table, seed: seed, algorithm: .winograd)
      #expect(worst < 1, "seed \(seed), \(worst) × tolerance, \(what)")
    }
  }

  @Test("Winograd's algorithm that multiplies bf16 keeps its bound", arguments: tables)
  func winograd(table: NamedConvolutionKernels) {
    var largest = 0.0
    for seed in 0..<200 {
      let (worst, what) = winogradError(table, seed: seed, algorithm: .winogradBFloat16)
      largest = max(largest, worst)
      #expect(worst < winogradBound, "seed \(seed), \(worst) × tolerance, \(what)")
    }
    #expect(largest > winogradBound / 20, "the bound is far too wide: \(largest)")
  }

  private func winogradError(
    _ table: NamedConvolutionKernels, seed: Int, algorithm: ConvolutionAlgorithm
  ) -> (Double, String) {
    var numbers = SeededNumbers(state: UInt64(9000 + seed))
    let direction: ConvolutionDirection = seed % 2 == 0 ? .forward : .adjoint
    let geometry = ConvolutionGeometry.randomWinograd3x3(&numbers)
    var problem = RandomConvolution(geometry, direction, &numbers)
    let elements = [ElementType.bfloat16, .float32]
    problem.store(
      source: elements[numbers.integer(0...1)], destination: elements[numbers.integer(0...1)], roundsWeights: false)
    let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, algorithm) }
    let bits = results.map { $0.map(\.bitPattern) }
    #expect(bits[0] == bits[1] && bits[0] == bits[2], "task order, seed \(seed), \(geometry)")
    return (problem.error(results[0], algorithm), "\(direction), \(geometry)")
  }

  @Test("weight gradients, over random geometries, bias sides and ways to store", arguments: tables)
  func weightGradients(table: NamedConvolutionKernels) {
    for seed in 0..<300 {
      var numbers = SeededNumbers(state: UInt64(10_000 + seed))
      let isWinograd = seed % 3 == 0
      var geometry =
        isWinograd ? ConvolutionGeometry.randomWinograd3x3(&numbers) : ConvolutionGeometry.random(&numbers)
      if seed % 10 == 1, !isWinograd {
        geometry = .dense(
          batch: numbers.integer(1...300), inputs: numbers.integer(1...150), outputs: numbers.integer(1...150))
      }
      if seed % 15 == 2 { geometry.inputWidth = 300; geometry.outputWidth = 290 / geometry.strideWidth }
      var problem = WeightGradientProblem(geometry, &numbers)
      func element(_ channels: Int) -> ElementType {
        channels / geometry.groups % 2 == 0 && numbers.integer(0...2) > 0 ? .bfloat16 : .float32
      }
      problem.store(
        input: element(geometry.inputChannels), output: element(geometry.outputChannels), rounds: !isWinograd)
      let algorithm: ConvolutionAlgorithm = isWinograd ? .winograd : .directBFloat16
      let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, algorithm) }
      let bits = results.map { $0.map(\.bitPattern) }
      #expect(bits[0] == bits[1] && bits[0] == bits[2], "task order, seed \(seed), \(geometry)")
      let worst = problem.error(results[0], algorithm)
      let how = "\(problem.side), \(problem.inputElement), \(problem.outputElement)"
      #expect(worst < (isWinograd ? 2 : 1), "seed \(seed), \(how), \(worst) × tolerance, \(geometry)")
    }
  }
}

extension ConvolutionGeometry {
  /// The same with an even number of channels in each group.
  fileprivate var withPairs: ConvolutionGeometry {
    var geometry = self
    geometry.inputChannels = (groupInputs + 1) / 2 * 2 * groups
    geometry.outputChannels = (groupOutputs + 1) / 2 * 2 * groups
    return geometry
  }

  /// A random small geometry of 3×3 taps at stride 1, with an even number of channels.
  fileprivate static func randomWinograd3x3(_ numbers: inout SeededNumbers) -> ConvolutionGeometry {
    while true {
      let geometry = randomWinograd(.forward, &numbers).withPairs
      if geometry.allowsWinogradBFloat16(.forward), geometry.allowsWinogradBFloat16(.adjoint) { return geometry }
    }
  }
}
