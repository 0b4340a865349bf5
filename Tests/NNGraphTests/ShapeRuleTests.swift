import NNGraph
import NNTensor
import Testing

/// Operand shapes and the result shapes that the rule must give.
struct ShapeRow: Sendable, CustomStringConvertible {
  var operation: any Operation
  var operands: [TensorType]
  var results: [TensorType]

  init(_ operation: any Operation, _ operands: [Shape], _ results: [Shape], argmax: Bool = false) {
    self.operation = operation
    self.operands = operands.map { TensorType($0) }
    self.results = results.map { TensorType($0) }
    if argmax { self.results[1].element = .uint8 }
  }

  var description: String { "\(operation.name) \(operation.detail): \(operands) -> \(results)" }
}

@Suite struct ShapeRuleTests {
  static let window = ConvolutionWindow(kernel: Size2D(3, 3), stride: Size2D(2, 2), padding: Size2D(1, 1))
  static let grouped = ConvolutionWindow(kernel: Size2D(3, 2), groups: 2)

  static let convolutions: [ShapeRow] = [
    ShapeRow(Convolution(window: window, outputSize: Size2D(4, 3)), [[2, 8, 6, 5], [3, 3, 5, 7]], [[2, 4, 3, 7]]),
    ShapeRow(Convolution(window: grouped, outputSize: Size2D(6, 5)), [[1, 8, 6, 4], [3, 2, 2, 6]], [[1, 6, 5, 6]]),
    ShapeRow(
      TransposedConvolution(window: window, outputSize: Size2D(8, 6)), [[2, 4, 3, 7], [3, 3, 5, 7]], [[2, 8, 6, 5]]),
    ShapeRow(
      TransposedConvolution(window: grouped, outputSize: Size2D(8, 6)), [[1, 6, 5, 6], [3, 2, 2, 6]], [[1, 8, 6, 4]]),
    ShapeRow(ConvolutionWeightGradient(window: window), [[2, 8, 6, 5], [2, 4, 3, 7]], [[3, 3, 5, 7]]),
    ShapeRow(ConvolutionWeightGradient(window: grouped), [[1, 8, 6, 4], [1, 6, 5, 6]], [[3, 2, 2, 6]]),
    ShapeRow(withBiasGradient(window), [[2, 8, 6, 5], [2, 4, 3, 7]], [[3, 3, 5, 7], [7]]),
    ShapeRow(pooled(keepsArgmax: false), [[2, 8, 7, 5], [3, 3, 5, 4], [4]], [[2, 4, 3, 4]]),
    ShapeRow(
      pooled(keepsArgmax: true), [[2, 8, 7, 5], [3, 3, 5, 4], [4]], [[2, 4, 3, 4], [2, 4, 3, 4]], argmax: true),
  ]

  static let pools: [ShapeRow] = [
    pool(PoolWindow(size: Size2D(2, 2)), [1, 6, 4, 3], [1, 3, 2, 3]),
    pool(PoolWindow(size: Size2D(2, 2)), [1, 7, 5, 3], [1, 3, 2, 3]),
    pool(PoolWindow(size: Size2D(3, 3), stride: Size2D(2, 2), padding: Size2D(1, 1)), [2, 7, 8, 1], [2, 4, 4, 1]),
    pool(PoolWindow(size: Size2D(2, 2), stride: Size2D(3, 3)), [2, 8, 7, 1], [2, 3, 2, 1]),
    pool(PoolWindow(size: Size2D(3, 2), stride: Size2D(1, 2), padding: Size2D(1, 0)), [1, 5, 6, 2], [1, 5, 3, 2]),
  ]

  static let others: [ShapeRow] = [
    ShapeRow(
      MaxPoolGradient(window: PoolWindow(size: Size2D(2, 2)), inputSize: Size2D(7, 5)),
      [[1, 3, 2, 3], [1, 3, 2, 3]], [[1, 7, 5, 3]]),
    ShapeRow(AveragePool(window: PoolWindow(size: Size2D(2, 3))), [[1, 7, 7, 3]], [[1, 3, 2, 3]]),
    ShapeRow(
      AveragePoolGradient(window: PoolWindow(size: Size2D(2, 3)), inputSize: Size2D(7, 7)),
      [[1, 3, 2, 3]], [[1, 7, 7, 3]]),
    ShapeRow(SpatialMean(), [[2, 5, 4, 3]], [[2, 3]]),
    ShapeRow(SpatialMeanGradient(inputSize: Size2D(5, 4)), [[2, 3]], [[2, 5, 4, 3]]),
    ShapeRow(Upsample(Upsampling(factor: Size2D(2, 3), method: .nearest)), [[1, 4, 5, 2]], [[1, 8, 15, 2]]),
    ShapeRow(UpsampleGradient(Upsampling(factor: Size2D(2, 3), method: .bilinear)), [[1, 8, 15, 2]], [[1, 4, 5, 2]]),
    ShapeRow(DepthToSpace(factor: Size2D(2, 3)), [[1, 4, 5, 12]], [[1, 8, 15, 2]]),
    ShapeRow(SpaceToDepth(factor: Size2D(2, 3)), [[1, 8, 15, 2]], [[1, 4, 5, 12]]),
    ShapeRow(Pad(Margins(top: 1, bottom: 2, left: 0, right: 3)), [[2, 4, 5, 3]], [[2, 7, 8, 3]]),
    ShapeRow(Crop(Margins(top: 1, bottom: 2, left: 0, right: 3)), [[2, 7, 8, 3]], [[2, 4, 5, 3]]),
    ShapeRow(Noise(deviation: 0.1, stream: 1), [[2, 5]], [[2, 5]]),
    ShapeRow(Normalize(.batch, epsilon: 1, isAffine: true), [[2, 4, 5, 6], [6], [6]], [[2, 4, 5, 6], [6], [6]]),
    ShapeRow(Normalize(.groups(3), epsilon: 1, isAffine: false), [[2, 4, 5, 6]], [[2, 4, 5, 6], [2, 6], [2, 6]]),
    ShapeRow(Normalize(.channels, epsilon: 1, isAffine: true), [[2, 6], [6], [6]], [[2, 6]]),
    ShapeRow(
      NormalizeGradient(.batch, epsilon: 1, isAffine: true), [[2, 6], [2, 6], [6], [6], [6]], [[2, 6], [6], [6]]),
    ShapeRow(ChannelAffine(hasShift: true), [[2, 4, 5, 6], [6], [6]], [[2, 4, 5, 6]]),
    ShapeRow(ChannelScale(epsilon: 1, isAffine: false), [[6], [6]], [[6], [6]]),
    ShapeRow(ScaleWeights(direction: .adjoint, groups: 2), [[3, 3, 4, 6], [8]], [[3, 3, 4, 6]]),
    ShapeRow(TrackStatistics(momentum: 0.1, count: 8), [[6], [6], [6], [6]], [[6], [6]]),
    ShapeRow(SpectralNormalize(rows: .outer), [[3, 3, 4, 6], [6], [3, 3, 4]], [[3, 3, 4, 6], [1]]),
    ShapeRow(
      SpectralNormalizeGradient(rows: .inner), [[3, 3, 4, 6], [3, 3, 4, 6], [4], [54], [1]], [[3, 3, 4, 6]]),
    ShapeRow(PowerIteration(rows: .inner), [[3, 3, 4, 6], [4], [54]], [[4], [54]]),
    ShapeRow(BiasAdd(), [[2, 3, 4, 5], [5]], [[2, 3, 4, 5]]), ShapeRow(ChannelSum(), [[2, 3, 4, 5]], [[5]]),
    ShapeRow(ChannelSum(), [[2, 5]], [[5]]), ShapeRow(Add(), [[2, 5], [2, 5]], [[2, 5]]),
    ShapeRow(Reshape([2, 60]), [[2, 3, 4, 5]], [[2, 60]]),
    ShapeRow(Permute(.channelsFirst), [[2, 3, 4, 5]], [[2, 5, 3, 4]]),
    ShapeRow(Permute(.channelsLast), [[2, 5, 3, 4]], [[2, 3, 4, 5]]), ShapeRow(Activate(.gelu), [[2, 5]], [[2, 5]]),
    ShapeRow(ActivationGradient(.relu), [[2, 5], [2, 5]], [[2, 5]]),
    ShapeRow(Dropout(rate: 0.5, stream: 1), [[2, 5]], [[2, 5]]),
    ShapeRow(Loss(.mse), [[2, 3, 4, 5], [2, 3, 4, 5]], [[]]),
    ShapeRow(Loss(.crossEntropyWithLogits), [[2, 5], [2]], [[]]),
    ShapeRow(Loss(.crossEntropy), [[2, 3, 4, 5], [2, 3, 4]], [[]]),
    ShapeRow(LossGradient(.crossEntropyWithLogits), [[2, 5], [2], []], [[2, 5]]),
    ShapeRow(Update(.sgd(momentum: false, nesterov: false)), [[3], [3]] + scalars(4), [[3]]),
    ShapeRow(Update(.sgd(momentum: true, nesterov: true)), [[3], [3], [3]] + scalars(4), [[3], [3]]),
    ShapeRow(Update(.adam), [[3], [3], [3], [3]] + scalars(7), [[3], [3], [3]]),
    ShapeRow(Update(.adam, norm: .limited), [[3], [3], [3], [3]] + scalars(8), [[3], [3], [3]]),
    ShapeRow(Update(.rmsprop(momentum: false)), [[3], [3], [3]] + scalars(5), [[3], [3]]),
    ShapeRow(Update(.rmsprop(momentum: true)), [[3], [3], [3], [3]] + scalars(5), [[3], [3], [3]]),
  ]

  @Test("A result's shape follows its rule", arguments: convolutions + pools + others)
  func follows(row: ShapeRow) {
    #expect(row.operation.outputTypes(row.operands) == row.results, "\(row)")
  }

  @Test("An update that measures its gradient gives the sum of squares in double precision, with others' or alone")
  func measures() {
    let (update, sum) = (Update(.adam, norm: .measured), TensorType([], .float64))
    let operands = ([[3], [3], [3], [3]] + Self.scalars(7)).map { TensorType($0) }
    for others in [[], [sum]] {
      #expect(update.outputTypes(operands + others) == [[3], [3], [3]].map { TensorType($0) } + [sum])
      #expect(update.addsUp(operands.count + others.count) == !others.isEmpty)
    }
  }

  @Test("A convolution counts each useful product as two operations")
  func counts() {
    let row = Self.convolutions[0]
    #expect(row.operation.flops(row.operands, row.results) == 2 * 2 * 4 * 3 * 7 * 3 * 3 * 5)
    let adjoint = Self.convolutions[2]
    #expect(adjoint.operation.flops(adjoint.operands, adjoint.results) == 2 * 2 * 4 * 3 * 7 * 3 * 3 * 5)
  }

  private static func pool(_ window: PoolWindow, _ input: Shape, _ output: Shape) -> ShapeRow {
    ShapeRow(MaxPool(window: window), [input], [output, output], argmax: true)
  }

  private static func scalars(_ count: Int) -> [Shape] { [Shape](repeating: [], count: count) }

  private static func withBiasGradient(_ window: ConvolutionWindow) -> ConvolutionWeightGradient {
    var operation = ConvolutionWeightGradient(window: window)
    operation.biasGradient = .output
    return operation
  }

  private static func pooled(keepsArgmax: Bool) -> Convolution {
    let window = ConvolutionWindow(kernel: Size2D(3, 3), padding: Size2D(1, 1))
    var operation = Convolution(window: window, outputSize: Size2D(8, 7))
    operation.epilogue.hasBias = true
    operation.epilogue.pool = PoolWindow(size: Size2D(2, 2))
    operation.epilogue.keepsArgmax = keepsArgmax
    return operation
  }
}
