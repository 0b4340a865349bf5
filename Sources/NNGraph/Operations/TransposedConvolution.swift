import NNTensor

/// The adjoint of a convolution: `[N, H', W', Cout]` and that convolution's weights `[kh, kw, Cin / groups, Cout]` to
/// `[N, H, W, Cin]`. A transposed convolution's forward pass and a convolution's input gradient are both this.
public struct TransposedConvolution: Convolving {
  /// The window of the convolution that this is the adjoint of.
  public var window: ConvolutionWindow
  /// Extent of this operation's output, that convolution's input.
  public var outputSize: Size2D
  /// What follows before the sums are written; never a pool.
  public var epilogue = Epilogue()

  /// The bare adjoint.
  public init(window: ConvolutionWindow, outputSize: Size2D) {
    self.window = window
    self.outputSize = outputSize
  }

  public var name: String { "transposed_convolution" }
  public var detail: String { window.summary + epilogue.summary }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    let weight = inputs[1].shape
    require(x.rank == 4 && weight.rank == 4 && weight[3] == x[3], self, "shapes \(x) \(weight)")
    return epilogue.outputTypes(ofSums: [x[0], outputSize.height, outputSize.width, weight[2] * window.groups])
  }

  /// The convolution that this is the adjoint of.
  public func problem(_ x: Shape, _ weight: Shape) -> ConvolutionProblem {
    ConvolutionProblem(
      input: [x[0], outputSize.height, outputSize.width, weight[2] * window.groups], output: x, window: window)
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int {
    problem(inputs[0].shape, inputs[1].shape).flops + epilogue.flops(inputs, outputs)
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    epilogue.storage(inputs, outputs, groups: window.groups)
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    require(epilogue == Epilogue(), self, "differentiated after fusion")
    let (x, weight, dy) = (request.input(0), request.input(1), request.gradient)
    let layer = request.node.layer
    let size = Size2D(graph.shape(x)[1], graph.shape(x)[2])
    let dw =
      request.wanted[1]
      ? graph.apply(ConvolutionWeightGradient(window: window), to: dy, x, layer: layer) : nil
    let dx =
      request.wanted[0]
      ? graph.apply(Convolution(window: window, outputSize: size), to: dy, weight, layer: layer) : nil
    return [dx, dw]
  }
}
