import NNTensor

/// The maximum of each window: `[N, H, W, C]` to `[N, H', W', C]`, and the index of each maximum within its window (the
/// first in row-major order; NaN counts as the largest), which only the gradient reads.
public struct MaxPool: Operation {
  /// The window.
  public var window: PoolWindow

  /// Pools over `window`.
  public init(window: PoolWindow) { self.window = window }

  public var name: String { "max_pool" }
  public var detail: String { window.summary }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let pooled = window.outputShape(inputs[0].shape)
    return [TensorType(pooled), TensorType(pooled, window.argmaxElement)]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    inputs[0].hasPairs() ? [StorageGroup(.input(0), .output(0))] : []
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int {
    outputs[0].shape.elementCount * window.size.area
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let x = graph.shape(request.input(0))
    let operation = MaxPoolGradient(window: window, inputSize: Size2D(x[1], x[2]))
    return [graph.apply(operation, to: request.gradient, request.output(1), layer: request.node.layer)]
  }
}

/// Adds each pooled value's gradient to the input its maximum came from: gradient and argmax `[N, H', W', C]` to `[N, H,
/// W, C]`. After fusion multiplied by the gradient of the activation that the pool follows, from the saved pooled
/// output.
public struct MaxPoolGradient: Operation {
  /// The window.
  public var window: PoolWindow
  /// Extent of the pool's input.
  public var inputSize: Size2D
  /// An activation whose gradient is fused, or none.
  public var gradientOf = Activation.none

  /// The bare gradient.
  public init(window: PoolWindow, inputSize: Size2D) {
    self.window = window
    self.inputSize = inputSize
  }

  public var name: String { "max_pool gradient" }
  public var detail: String { window.summary + (gradientOf == .none ? "" : " + \(gradientOf) gradient") }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let dy = inputs[0].shape
    return [TensorType([dy[0], inputSize.height, inputSize.width, dy[3]])]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    let saved: [StoragePlace] = gradientOf == .none ? [] : [.input(2)]
    return inputs[0].hasPairs() ? [StorageGroup([.input(0), .output(0)] + saved)] : []
  }
}

extension PoolWindow {
  /// `[N, H, W, C]` pooled.
  func outputShape(_ x: Shape) -> Shape {
    [
      x[0], (x[1] + 2 * padding.height - size.height) / stride.height + 1,
      (x[2] + 2 * padding.width - size.width) / stride.width + 1, x[3],
    ]
  }

  /// The size, and what is not its default.
  var summary: String {
    var text = "\(size.height)×\(size.width)"
    if stride != size { text += " stride \(stride)" }
    if padding != Size2D(0, 0) { text += " padding \(padding)" }
    return text
  }
}
