import NNTensor

/// The mean over rows and columns: `[N, H, W, C]` to `[N, C]`.
public struct SpatialMean: Operation {
  /// The operation.
  public init() {}

  public var name: String { "global_avg_pool" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    return [TensorType([x[0], x[3]])]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { inputs[0].shape.elementCount }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let x = graph.shape(request.input(0))
    let operation = SpatialMeanGradient(inputSize: Size2D(x[1], x[2]))
    return [graph.apply(operation, to: request.gradient, layer: request.node.layer)]
  }
}

/// Spreads each mean's gradient `[N, C]` evenly over `[N, H, W, C]`.
public struct SpatialMeanGradient: Operation {
  /// Extent of the mean's input.
  public var inputSize: Size2D

  /// The gradient of a spatial mean.
  public init(inputSize: Size2D) { self.inputSize = inputSize }

  public var name: String { "global_avg_pool gradient" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let dy = inputs[0].shape
    return [TensorType([dy[0], inputSize.height, inputSize.width, dy[1]])]
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(SpatialMean(), to: request.gradient, layer: request.node.layer)]
  }
}
