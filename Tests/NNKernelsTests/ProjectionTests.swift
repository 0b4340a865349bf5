import NNKernels
import enum NNTensor.ConvolutionDirection
import enum NNTensor.ConvolutionAlgorithm
import enum NNTensor.ElementType
import Testing

/// A random 1×1 convolution of another one's results.
struct RandomProjection {
  var channels: Int
  var weights: [Float]
  var bias: [Float]?
  var activation: ActivationKind
  let slope: Float = 0.25

  init(of operandChannels: Int, channels: Int, activation: ActivationKind, _ numbers: inout SeededNumbers) {
    self.channels = channels
    self.activation = activation
    weights = numbers.floats(operandChannels * channels)
    bias = numbers.integer(0...1) == 0 ? nil : numbers.floats(channels)
  }

  /// The values of these operands, with the sizes of what is summed up.
  func expected(_ operands: [ReferenceSum]) -> [ReferenceSum] {
    let operandChannels = weights.count / channels
    return (0..<operands.count / operandChannels * channels).map { index in
      let (pixel, channel) = (index / channels, index % channels)
      var sum = ReferenceSum(value: Double(bias?[channel] ?? 0), size: 0)
      for from in 0..<operandChannels {
        let (operand, weight) = (operands[pixel * operandChannels + from], Double(weights[from * channels + channel]))
        sum.value += operand.value * weight
        sum.size += operand.size * abs(weight)
      }
      sum.value = exactActivation(activation, sum.value, slope: Double(slope)).value
      return sum
    }
  }
}

@Suite("Convolutions that are projected to a few channels agree with naive ones in double precision")
struct ProjectionTests {
  /// What a convolution is computed by, and in which geometries.
  enum Way: CaseIterable {
    case direct, winograd, winogradUnpacked, winograd2x2, winograd4x1, quads, dense

    var algorithm: ConvolutionAlgorithm {
      switch self {
      case .winograd: .winograd
      case .winogradUnpacked: .winogradUnpacked
      case .winograd2x2: .winograd2x2
      case .winograd4x1: .winograd4x1
      default: .direct
      }
    }

    func geometry(_ direction: ConvolutionDirection, _ numbers: inout SeededNumbers) -> ConvolutionGeometry {
      switch self {
      case .direct: return .random(&numbers)
      case .winograd: return .randomWinograd(direction, &numbers)
      case .winograd2x2: return .randomWinograd2x2(direction, &numbers)
      case .winograd4x1: return .randomWinograd4x1(direction, &numbers)
      case .winogradUnpacked:
        while true {
          let geometry = ConvolutionGeometry.randomWinograd(direction, &numbers)
          if geometry.allowsWinogradUnpacked(direction) { return geometry }
        }
      case .quads:
        let size = (numbers.integer(1...12), numbers.integer(1...40))
        return ConvolutionGeometry(
          batch: numbers.integer(1...2), input: (2 * size.0, 2 * size.1), inputChannels: numbers.integer(1...16),
          output: size, outputChannels: numbers.integer(1...40), kernel: (3, 3), stride: (2, 2), padding: (1, 1))
      case .dense:
        return .dense(
          batch: numbers.integer(1...67), inputs: numbers.integer(1...150), outputs: numbers.integer(1...150))
      }
    }
  }

  @Test(
    "over random geometries, channels, biases and activations", arguments: NamedConvolutionKernels.all, Way.allCases)
  func projections(table: NamedConvolutionKernels, way: Way) {
    for seed in 0..<128 {
      var numbers = SeededNumbers(state: UInt64(20_000 + seed))
      let direction: ConvolutionDirection = way == .quads || seed % 2 == 1 ? .adjoint : .forward
      let problem = problem(way.geometry(direction, &numbers), direction, seed, mostChannels: 160, &numbers)
      check(problem, table, way.algorithm, "\(way), seed \(seed)")
    }
  }

  @Test("bf16 is rounded to only where it is stored", arguments: bfloat16Tables, [false, true])
  func bfloat16(table: NamedConvolutionKernels, isWinograd: Bool) {
    for seed in 0..<128 {
      var numbers = SeededNumbers(state: UInt64(30_000 + seed))
      let direction: ConvolutionDirection = seed % 2 == 1 ? .adjoint : .forward
      var geometry: ConvolutionGeometry
      repeat {
        geometry = isWinograd ? .randomWinograd(direction, &numbers) : .random(&numbers)
        geometry.inputChannels = (geometry.groupInputs + 1) / 2 * 2 * geometry.groups
        geometry.outputChannels = (geometry.groupOutputs + 1) / 2 * 2 * geometry.groups
      } while isWinograd && !geometry.allowsWinogradBFloat16(direction)
      let block = table.kernels.shape.blockWidth
      var problem = problem(geometry, direction, seed, mostChannels: block, &numbers)
      let isStored = problem.projection?.channels != 1 && problem.projection?.channels != 3
      problem.store(
        source: .bfloat16, destination: isStored ? .bfloat16 : .float32, roundsWeights: !isWinograd)
      check(problem, table, isWinograd ? .winograd : .directBFloat16, "seed \(seed)")
    }
  }

  @Test("what is behind the channels, and infinite, does not matter", arguments: NamedConvolutionKernels.all)
  func infinities(table: NamedConvolutionKernels) {
    var numbers = SeededNumbers(state: 5)
    let size = (9, 11)
    let geometry = ConvolutionGeometry(
      batch: 1, input: size, inputChannels: 3, output: size, outputChannels: 3, kernel: (3, 3), padding: (1, 1))
    var problem = RandomConvolution(geometry, .forward, &numbers)
    (problem.accumulate, problem.gradient, problem.activation) = (false, .identity, .relu)
    problem.bias = [0, -.infinity, 0]
    problem.projection = RandomProjection(of: 3, channels: 2, activation: .identity, &numbers)
    for algorithm in [ConvolutionAlgorithm.direct, .winograd] {
      let values = problem.run(table.kernels, .forwards, algorithm)
      #expect(!values.contains { !$0.isFinite }, "\(algorithm)")
    }
    problem.source[40] = .nan
    let values = problem.run(table.kernels, .forwards)
    #expect(values.contains { $0.isNaN } && values.contains { !$0.isNaN })
  }

  /// A convolution of one or several blocks, then all numbers of channels and all activations in turn.
  private func problem(
    _ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection, _ seed: Int, mostChannels: Int,
    _ numbers: inout SeededNumbers
  ) -> RandomConvolution {
    var geometry = geometry
    if geometry.groups > 1 {
      geometry.inputChannels = geometry.groupInputs
      geometry.outputChannels = geometry.groupOutputs
      geometry.groups = 1
    }
    if direction == .forward {
      geometry.outputChannels = min(geometry.outputChannels, mostChannels)
    } else {
      geometry.inputChannels = min(geometry.inputChannels, mostChannels)
    }
    var problem = RandomConvolution(geometry, direction, &numbers)
    (problem.accumulate, problem.gradient) = (false, .identity)
    let kinds = ActivationKind.allCases
    problem.projection = RandomProjection(
      of: problem.channels, channels: seed % 4 + 1, activation: kinds[seed / 4 % kinds.count], &numbers)
    return problem
  }

  private func check(
    _ problem: RandomConvolution, _ table: NamedConvolutionKernels, _ algorithm: ConvolutionAlgorithm, _ what: String
  ) {
    let results = TaskOrder.allCases.map { problem.run(table.kernels, $0, algorithm) }
    let bits = results.map { $0.map(\.bitPattern) }
    #expect(bits[0] == bits[1] && bits[0] == bits[2], "task order, \(what), \(problem.geometry)")
    let worst = problem.error(results[0], algorithm)
    #expect(worst < 1, "\(what), \(problem.direction), \(worst) × tolerance, \(problem.geometry)")
  }
}

/// The kernels of this processor that have bf16, if any.
private let bfloat16Tables = NamedConvolutionKernels.all.filter(\.multipliesBFloat16)
