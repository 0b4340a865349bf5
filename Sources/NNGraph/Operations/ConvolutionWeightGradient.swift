import NNTensor

/// The gradient of a convolution for its weights: the convolution's input `[N, H, W, Cin]` and output gradient
/// `[N, H', W', Cout]` to `[kh, kw, Cin / groups, Cout]`; after fusion also the bias's gradient `[Cout]`.
public struct ConvolutionWeightGradient: Operation {
  /// The window of the convolution.
  public var window: ConvolutionWindow
  /// A second result: this operand summed over all but its channels.
  public var biasGradient = BiasSide.none

  /// The bare weight gradient.
  public init(window: ConvolutionWindow) { self.window = window }

  public var name: String { "weight_gradient" }
  public var detail: String { window.summary + (biasGradient == .none ? "" : " + bias gradient") }

  public var samples: SampleRule { .sums([0, 1]) }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let (x, dy) = (inputs[0].shape, inputs[1].shape)
    require(x.rank == 4 && dy.rank == 4 && x[0] == dy[0], self, "shapes \(x) \(dy)")
    let weight = TensorType(ConvolutionProblem(input: x, output: dy, window: window).weightShape)
    switch biasGradient {
    case .none: return [weight]
    case .output: return [weight, TensorType([dy[3]])]
    case .input: return [weight, TensorType([x[3]])]
    }
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int {
    ConvolutionProblem(input: inputs[0].shape, output: inputs[1].shape, window: window).flops
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    (0..<2).filter { inputs[$0].hasPairs(groups: window.groups) }.map { StorageGroup(.input($0)) }
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    require(biasGradient == .none, self, "differentiated after fusion")
    let (x, dy, dg) = (request.input(0), request.input(1), request.gradient)
    let layer = request.node.layer
    let (xs, ys) = (graph.shape(x), graph.shape(dy))
    let toInput = TransposedConvolution(window: window, outputSize: Size2D(xs[1], xs[2]))
    let toOutput = Convolution(window: window, outputSize: Size2D(ys[1], ys[2]))
    return [
      request.wanted[0] ? graph.apply(toInput, to: dy, dg, layer: layer) : nil,
      request.wanted[1] ? graph.apply(toOutput, to: x, dg, layer: layer) : nil,
    ]
  }
}
