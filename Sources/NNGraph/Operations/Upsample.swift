import NNTensor

/// Enlarges `[N, H, W, C]` by whole factors.
public struct Upsample: Operation {
  /// Factor and method.
  public var upsampling: Upsampling

  /// Enlarges by `upsampling`.
  public init(_ upsampling: Upsampling) { self.upsampling = upsampling }

  public var name: String { "upsample" }
  public var detail: String { "\(upsampling.factor) \(upsampling.method.rawValue)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    return [TensorType([x[0], x[1] * upsampling.factor.height, x[2] * upsampling.factor.width, x[3]])]
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(UpsampleGradient(upsampling), to: request.gradient, layer: request.node.layer)]
  }
}

/// Gathers the gradients of the pixels that each input pixel filled in.
public struct UpsampleGradient: Operation {
  /// Factor and method of the upsampling.
  public var upsampling: Upsampling

  /// The gradient of enlarging by `upsampling`.
  public init(_ upsampling: Upsampling) { self.upsampling = upsampling }

  public var name: String { "upsample gradient" }
  public var detail: String { "\(upsampling.factor) \(upsampling.method.rawValue)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let dy = inputs[0].shape
    return [TensorType([dy[0], dy[1] / upsampling.factor.height, dy[2] / upsampling.factor.width, dy[3]])]
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(Upsample(upsampling), to: request.gradient, layer: request.node.layer)]
  }
}
