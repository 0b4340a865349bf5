import NNTensor

/// An operation whose sums can go through an epilogue before they are written: a convolution or its adjoint.
public protocol Convolving: Operation {
  /// How the kernel moves.
  var window: ConvolutionWindow { get }
  /// What follows before the sums are written.
  var epilogue: Epilogue { get set }
}

/// Convolution: `[N, H, W, Cin]` and weights `[kh, kw, Cin / groups, Cout]` to `[N, H', W', Cout]`. After fusion also
/// a bias `[Cout]`, an activation or an activation's gradient, and a max pool with an optional argmax output or a
/// projection with weights `[1, 1, Cout, channels]` and perhaps a bias.
public struct Convolution: Convolving {
  /// How the kernel moves.
  public var window: ConvolutionWindow
  /// Extent of the output before pooling, which fixes the padding below and right.
  public var outputSize: Size2D
  /// What follows before the sums are written.
  public var epilogue = Epilogue()

  /// A bare convolution.
  public init(window: ConvolutionWindow, outputSize: Size2D) {
    self.window = window
    self.outputSize = outputSize
  }

  public var name: String { "convolution" }
  public var detail: String { window.summary + epilogue.summary }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    let weight = inputs[1].shape
    require(x.rank == 4 && weight.rank == 4, self, "ranks \(x) \(weight)")
    require(weight[2] * window.groups == x[3], self, "channels \(x) \(weight)")
    return epilogue.outputTypes(ofSums: [x[0], outputSize.height, outputSize.width, weight[3]])
  }

  /// The problem that `x` and `weight` pose.
  public func problem(_ x: Shape, _ weight: Shape) -> ConvolutionProblem {
    ConvolutionProblem(
      input: x, output: [x[0], outputSize.height, outputSize.width, weight[3]], window: window)
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
      ? graph.apply(ConvolutionWeightGradient(window: window), to: x, dy, layer: layer) : nil
    let dx =
      request.wanted[0]
      ? graph.apply(TransposedConvolution(window: window, outputSize: size), to: dy, weight, layer: layer) : nil
    return [dx, dw]
  }
}

extension Epilogue {
  /// The results' types where the sums have this shape.
  func outputTypes(ofSums shape: Shape) -> [TensorType] {
    if let projection { return [TensorType([shape[0], shape[1], shape[2], projection.channels])] }
    guard let pool else { return [TensorType(shape)] }
    let pooled: Shape = [shape[0], shape[1] / pool.size.height, shape[2] / pool.size.width, shape[3]]
    return keepsArgmax ? [TensorType(pooled), TensorType(pooled, pool.argmaxElement)] : [TensorType(pooled)]
  }

  /// Additions and multiplications of the projection.
  func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int {
    guard projection != nil else { return 0 }
    let (weight, result) = (inputs[projectionPosition].shape, outputs[0].shape)
    let operand: Shape = [result[0], result[1], result[2], weight[2]]
    return ConvolutionProblem(
      input: operand, output: result, window: ConvolutionWindow(kernel: Size2D(1, 1))
    ).flops
  }

  /// A source, and a destination with the saved output that an activation's gradient reads.
  func storage(_ inputs: [TensorType], _ outputs: [TensorType], groups: Int) -> [StorageGroup] {
    var destination: [StoragePlace] = [.output(0)]
    if gradientOf != .none { destination.append(.input(hasBias ? 3 : 2)) }
    let candidates = [(inputs[0], StorageGroup(.input(0))), (outputs[0], StorageGroup(destination))]
    return candidates.filter { $0.0.hasPairs(groups: groups) }.map(\.1)
  }

  /// What is fused, such as ` + bias + relu + max_pool 2` or ` + bias + relu + convolution 1×1 + bias + sigmoid`.
  var summary: String {
    var parts: [String] = []
    if hasBias { parts.append("bias") }
    if activation != .none { parts.append(activation.description) }
    if gradientOf != .none { parts.append("\(gradientOf) gradient") }
    if let pool { parts.append("max_pool \(pool.size)") }
    if let projection {
      parts.append("convolution 1×1")
      if projection.hasBias { parts.append("bias") }
      if projection.activation != .none { parts.append(projection.activation.description) }
    }
    return parts.map { " + " + $0 }.joined()
  }
}

extension ConvolutionWindow {
  /// The kernel, and what is not its default.
  var summary: String {
    var text = "\(kernel.height)×\(kernel.width)"
    if stride != Size2D(1, 1) { text += " stride \(stride)" }
    if dilation != Size2D(1, 1) { text += " dilation \(dilation)" }
    if groups != 1 { text += " groups \(groups)" }
    return text
  }
}
