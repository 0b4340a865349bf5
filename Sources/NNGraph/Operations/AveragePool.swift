import NNTensor

/// The mean of each window: `[N, H, W, C]` to `[N, H', W', C]`; padding counts as zeros, as in PyTorch.
public struct AveragePool: Operation {
  /// The window.
  public var window: PoolWindow

  /// Pools over `window`.
  public init(window: PoolWindow) { self.window = window }

  public var name: String { "avg_pool" }
  public var detail: String { window.summary }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] { [TensorType(window.outputShape(inputs[0].shape))] }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int {
    outputs[0].shape.elementCount * window.size.area
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let x = graph.shape(request.input(0))
    let operation = AveragePoolGradient(window: window, inputSize: Size2D(x[1], x[2]))
    return [graph.apply(operation, to: request.gradient, layer: request.node.layer)]
  }
}

/// Spreads each mean's gradient `[N, H', W', C]` evenly over its window in `[N, H, W, C]`.
public struct AveragePoolGradient: Operation {
  /// The window.
  public var window: PoolWindow
  /// Extent of the pool's input.
  public var inputSize: Size2D

  /// The gradient of an average pool.
  public init(window: PoolWindow, inputSize: Size2D) {
    self.window = window
    self.inputSize = inputSize
  }

  public var name: String { "avg_pool gradient" }
  public var detail: String { window.summary }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let dy = inputs[0].shape
    return [TensorType([dy[0], inputSize.height, inputSize.width, dy[3]])]
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(AveragePool(window: window), to: request.gradient, layer: request.node.layer)]
  }
}
