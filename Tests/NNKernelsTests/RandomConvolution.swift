import NNKernels
import enum NNTensor.ConvolutionAlgorithm
import enum NNTensor.ConvolutionBlocking
import enum NNTensor.ConvolutionDirection
import enum NNTensor.ElementType
import Testing

/// Random operands and epilogue of one convolution, with its reference.
struct RandomConvolution {
  var geometry: ConvolutionGeometry
  var direction: ConvolutionDirection
  var source: [Float]
  var weights: [Float]
  var old: [Float]
  var saved: [Float]
  var bias: [Float]?
  var activation: ActivationKind
  var gradient: ActivationKind
  var accumulate: Bool
  let slope: Float = 0.125
  /// A 1×1 convolution of the results, which alone is stored.
  var projection: RandomProjection?
  /// How source and destination are stored; see `store`.
  private(set) var sourceElement = ElementType.float32
  private(set) var destinationElement = ElementType.float32

  init(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection, _ numbers: inout SeededNumbers) {
    self.geometry = geometry
    self.direction = direction
    let direct = direction == .forward
    source = numbers.floats(direct ? geometry.inputCount : geometry.outputCount)
    weights = numbers.floats(geometry.weightCount)
    old = numbers.floats(direct ? geometry.outputCount : geometry.inputCount)
    saved = numbers.floats(old.count)
    bias = numbers.integer(0...1) == 0 ? nil : numbers.floats(direct ? geometry.outputChannels : geometry.inputChannels)
    let kinds = ActivationKind.allCases
    activation = numbers.integer(0...1) == 0 ? .relu : kinds[numbers.integer(0...kinds.count - 1)]
    let derivatives = kinds.filter { !$0.gradientReadsInput }
    gradient = numbers.integer(0...1) == 0 ? .identity : derivatives[numbers.integer(0...derivatives.count - 1)]
    accumulate = numbers.integer(0...3) == 0
  }

  /// Stores source and destination so, and rounds what is stored, or multiplied, as bf16.
  mutating func store(source element: ElementType, destination: ElementType, roundsWeights: Bool) {
    (sourceElement, destinationElement) = (element, destination)
    if element == .bfloat16 { source = source.map(\.asBFloat16) }
    if destination == .bfloat16 { (old, saved) = (old.map(\.asBFloat16), saved.map(\.asBFloat16)) }
    if roundsWeights { weights = weights.map(\.asBFloat16) }
  }

  private func packed(_ plan: ConvolutionPlan, _ kernels: ConvolutionKernels, _ order: TaskOrder) -> GuardedBuffer {
    let plain = GuardedBuffer(weights)
    if plan.packTaskCount == 0 { return plain }
    let packed = GuardedBuffer([Float](repeating: .nan, count: plan.packedCount))
    let arguments = ConvolutionPackArguments(plan: plan, weights: plain.floats, packed: packed.floats)
    let scratch = plan.packScratchBytes
    let intact = runStage(
      kernels.packWeights, arguments, tasks: plan.packTaskCount, scratchBytes: scratch, order: order)
    #expect(intact && packed.guardsIntact)
    return packed
  }

  func run(
    _ kernels: ConvolutionKernels, _ order: TaskOrder, _ algorithm: ConvolutionAlgorithm = .direct,
    gaps: (source: Int, destination: Int) = (0, 0), blocking: ConvolutionBlocking? = nil
  ) -> [Float] {
    var plan = ConvolutionPlan(
      geometry, direction, projection: projection?.channels ?? 0, algorithm: algorithm, source: sourceElement,
      destination: destinationElement, shape: kernels.shape
    ).cut(by: blocking)
    let source = PixelGaps(GuardedBuffer(source, sourceElement).values, width: plan.sourceWords, gap: gaps.source)
    let packed = packed(plan, kernels, order)
    let before = projection.map { [Float](repeating: .nan, count: old.count / channels * $0.channels) } ?? old
    let (width, gap) = (plan.destinationWords, gaps.destination)
    let result = PixelGaps(GuardedBuffer(before, destinationElement).values, width: width, gap: gap)
    let bias = GuardedBuffer(bias ?? [])
    let projectionWeights = GuardedBuffer(projection?.weights ?? [])
    let projectionBias = GuardedBuffer(projection?.bias ?? [])
    let saved = PixelGaps(GuardedBuffer(saved, destinationElement).values, width: width, gap: gap)
    plan.sourceWords += gaps.source
    plan.destinationWords += gap
    var arguments = ConvolutionArguments(
      plan: plan, source: source.start, packed: packed.floats, destination: result.start)
    arguments.bias = self.bias == nil ? nil : UnsafePointer(bias.floats)
    (arguments.activation, arguments.gradient, arguments.slope) = (activation, gradient, slope)
    arguments.saved = UnsafePointer(saved.start)
    arguments.accumulate = accumulate
    if let projection {
      #expect(plan.canProject)
      arguments.saved = nil
      var values = ProjectionArguments(weights: projectionWeights.floats)
      values.bias = projection.bias == nil ? nil : UnsafePointer(projectionBias.floats)
      (values.activation, values.slope) = (projection.activation, projection.slope)
      arguments.projection = values
    }
    let scratch = plan.scratchBytes
    let intact = runStage(kernels.convolve, arguments, tasks: plan.taskCount, scratchBytes: scratch, order: order)
    #expect(intact && result.isIntact, "wrote outside its buffers: \(geometry)")
    return withExtendedLifetime((source.buffer, packed, saved.buffer, bias, projectionWeights, projectionBias)) {
      GuardedBuffer(result.words).values(destinationElement)
    }
  }

  func runPooled(
    _ kernels: ConvolutionKernels, _ pool: (Int, Int), _ order: TaskOrder, _ algorithm: ConvolutionAlgorithm = .direct,
    keepsPlaces: Bool = true
  ) -> ([Float], [UInt8]) {
    let plan = ConvolutionPlan(
      geometry, .forward, pool: pool, algorithm: algorithm, source: sourceElement, destination: destinationElement,
      shape: kernels.shape)
    let (source, packed) = (GuardedBuffer(source, sourceElement), packed(plan, kernels, order))
    let count = geometry.batch * plan.pooledHeight * plan.pooledWidth * geometry.outputChannels
    let result = GuardedBuffer([Float](repeating: .nan, count: count), destinationElement)
    let bias = GuardedBuffer(bias ?? [])
    var places = [UInt8](repeating: 255, count: count + 1)
    let intact = places.withUnsafeMutableBufferPointer { pointer in
      var arguments = ConvolutionArguments(
        plan: plan, source: source.floats, packed: packed.floats, destination: result.floats)
      arguments.bias = self.bias == nil ? nil : UnsafePointer(bias.floats)
      (arguments.activation, arguments.slope) = (activation, slope)
      if keepsPlaces { arguments.argmax = pointer.baseAddress }
      let scratch = plan.scratchBytes
      return runStage(kernels.convolvePool, arguments, tasks: plan.taskCount, scratchBytes: scratch, order: order)
    }
    #expect(intact && result.guardsIntact && places.last == 255, "wrote outside its buffers: \(geometry)")
    return withExtendedLifetime((source, packed, bias)) {
      (result.values(destinationElement), Array(places.dropLast()))
    }
  }

  /// The largest error, rounding of results to bf16 aside, in units of 6e-7 times the sum of the products' sizes; by Winograd's algorithm, which mixes
  /// neighbours, times the largest such sum of the image's channel.
  func error(_ result: [Float], _ algorithm: ConvolutionAlgorithm = .direct) -> Double {
    var sums = [ReferenceSum](repeating: ReferenceSum(), count: old.count)
    geometry.forEachProduct { input, weight, output in
      let (from, to) = direction == .forward ? (input, output) : (output, input)
      sums[to].add(Double(source[from]) * Double(weights[weight]))
    }
    if let bias { for index in sums.indices { sums[index].add(Double(bias[index % channels])) } }
    if algorithm.isWinograd { sums.spreadSizes(count: sums.count, images: geometry.batch, channels: channels) }
    var worst = 0.0
    if let projection {
      let values = sums.indices.map { ReferenceSum(value: finish(sums[$0].value, $0), size: sums[$0].size + 1) }
      let expected = projection.expected(values)
      for (index, sum) in expected.enumerated() {
        let rounding = destinationElement == .bfloat16 ? abs(sum.value) * 0x1p-8 : 0
        let error = max(0, abs(Double(result[index]) - sum.value) - rounding) / (6e-7 * (sum.size + 1))
        worst = error.isNaN ? .infinity : max(worst, error)
      }
      return worst
    }
    for index in sums.indices {
      let expected = finish(sums[index].value, index)
      let rounding = destinationElement == .bfloat16 ? abs(expected) * 0x1p-8 : 0
      let error = max(0, abs(Double(result[index]) - expected) - rounding) / (6e-7 * (sums[index].size + 1))
      worst = error.isNaN ? .infinity : max(worst, error)
    }
    return worst
  }

  /// Channels of the convolution's results.
  var channels: Int { direction == .forward ? geometry.outputChannels : geometry.inputChannels }

  private func finish(_ sum: Double, _ index: Int) -> Double {
    var value = exactActivation(activation, sum, slope: Double(slope)).value
    let y = Double(saved[index])
    switch gradient {
    case .identity, .gelu, .silu: break
    case .relu: value = y > 0 ? value : 0
    case .leakyRelu: value *= y > 0 ? 1 : Double(slope)
    case .elu: value *= y < 0 ? y + 1 : 1
    case .sigmoid: value *= y * (1 - y)
    case .tanh: value *= 1 - y * y
    }
    return value + (accumulate ? Double(old[index]) : 0)
  }
}
