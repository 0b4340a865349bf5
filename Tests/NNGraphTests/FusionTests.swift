import NNGraph
import NNReference
import NNTensor
import Testing

/// The kernels' tests trust the evaluator on fused operations, so these must equal the chains they stand for.
@Suite struct FusedReferenceTests {
  let evaluator = Evaluator()
  let window = ConvolutionWindow(kernel: Size2D(3, 3), padding: Size2D(1, 1))
  let x = SharedHash.symmetric([2, 5, 6, 3], seed: "x")
  let weight = SharedHash.symmetric([3, 3, 3, 4], seed: "weight")
  let bias = SharedHash.symmetric([4], seed: "bias")
  static let elementwise: [Activation] = [.relu, .leakyRelu(slope: 0.2), .elu, .sigmoid, .tanh]

  private func run(_ operation: any Operation, _ operands: ReferenceTensor...) -> [ReferenceTensor] {
    evaluator.results(of: operation, operands)
  }

  private func activated(_ activation: Activation) -> ReferenceTensor {
    let sums = run(Convolution(window: window, outputSize: Size2D(5, 6)), x, weight)[0]
    return run(Activate(activation), run(BiasAdd(), sums, bias)[0])[0]
  }

  @Test(arguments: elementwise + [.gelu, .silu, .softmax])
  func `a convolution with bias, activation and pool equals the chain`(activation: Activation) {
    var fused = Convolution(window: window, outputSize: Size2D(5, 6))
    fused.epilogue.hasBias = true
    fused.epilogue.activation = activation
    #expect(run(fused, x, weight, bias) == [activated(activation)])

    let pool = PoolWindow(size: Size2D(2, 2))
    fused.epilogue.pool = pool
    let pooled = run(MaxPool(window: pool), activated(activation))
    #expect(run(fused, x, weight, bias) == [pooled[0]])
    fused.epilogue.keepsArgmax = true
    #expect(run(fused, x, weight, bias) == pooled)
  }

  @Test(arguments: elementwise)
  func `an adjoint with an activation's gradient equals the chain`(activation: Activation) {
    let saved = run(Activate(activation), SharedHash.symmetric([2, 5, 6, 3], seed: "saved"))[0]
    let dy = SharedHash.symmetric([2, 5, 6, 4], seed: "dy")
    var fused = TransposedConvolution(window: window, outputSize: Size2D(5, 6))
    let bare = run(fused, dy, weight)[0]
    fused.epilogue.gradientOf = activation
    #expect(run(fused, dy, weight, saved) == run(ActivationGradient(activation), bare, saved))
  }

  @Test(arguments: elementwise)
  func `a pool's gradient with an activation's gradient equals the chain`(activation: Activation) {
    let pool = PoolWindow(size: Size2D(2, 2))
    let output = run(Activate(activation), x)[0]
    let pooled = run(MaxPool(window: pool), output)
    let dy = SharedHash.symmetric(pooled[0].shape, seed: "dy")
    var fused = MaxPoolGradient(window: pool, inputSize: Size2D(5, 6))
    let scattered = run(fused, dy, pooled[1])[0]
    fused.gradientOf = activation
    #expect(run(fused, dy, pooled[1], pooled[0]) == run(ActivationGradient(activation), scattered, output))
  }

  @Test func `a bias with activation and a weight gradient with bias gradient equal the chains`() {
    var fused = BiasAdd()
    fused.activation = .tanh
    let small = SharedHash.symmetric([3], seed: "small")
    #expect(run(fused, x, small) == run(Activate(.tanh), run(BiasAdd(), x, small)[0]))

    let dy = SharedHash.symmetric([2, 5, 6, 4], seed: "dy")
    var gradient = ConvolutionWeightGradient(window: window)
    let bare = run(gradient, x, dy)
    gradient.biasGradient = .output
    #expect(run(gradient, x, dy) == bare + run(ChannelSum(), dy))
  }

  @Test func `an argmax is the first maximum of its window, and NaN is the largest`() {
    let values = ReferenceTensor([1, 2, 4, 1], [1, 5, 0, .nan, 5, 2, 9, 3])
    let pooled = run(MaxPool(window: PoolWindow(size: Size2D(2, 2))), values)
    #expect(pooled[0].values[0] == 5)
    #expect(pooled[0].values[1].isNaN)
    #expect(pooled[1].values == [1, 1])
  }

  @Test func `the caller's mask decides what a dropout lets through`() {
    let alternating = Evaluator { _, element in element.isMultiple(of: 2) }
    let result = alternating.results(of: Dropout(rate: 0.5, stream: 0), [ReferenceTensor([4], [1, 2, 3, 4])])
    #expect(result == [ReferenceTensor([4], [2, 0, 6, 0])])
    let many = evaluator.results(of: Dropout(rate: 0.25, stream: 7), [ReferenceTensor([4000], repeating: 1)])[0]
    #expect(abs(many.values.reduce(0, +) / 4000 - 1) < 0.05)
  }
}
