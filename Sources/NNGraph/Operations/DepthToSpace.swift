import NNTensor

/// PyTorch's `pixel_shuffle`: `[N, H, W, C · fh · fw]` to `[N, H · fh, W · fw, C]`; channel `(c · fh + i) · fw + j` of a
/// pixel becomes channel `c` of the pixel at row `i` and column `j` of its block.
public struct DepthToSpace: Operation {
  /// Rows and columns of a block.
  public var factor: Size2D

  /// Enlarges by `factor`.
  public init(factor: Size2D) { self.factor = factor }

  public var name: String { "depth_to_space" }
  public var detail: String { "\(factor)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    require(x.rank == 4 && x[3] % factor.area == 0, self, "\(inputs)")
    return [TensorType([x[0], x[1] * factor.height, x[2] * factor.width, x[3] / factor.area])]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 0 }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(SpaceToDepth(factor: factor), to: request.gradient, layer: request.node.layer)]
  }
}

/// The inverse of `DepthToSpace`, PyTorch's `pixel_unshuffle`: `[N, H · fh, W · fw, C]` to `[N, H, W, C · fh · fw]`.
public struct SpaceToDepth: Operation {
  /// Rows and columns of a block.
  public var factor: Size2D

  /// Shrinks by `factor`.
  public init(factor: Size2D) { self.factor = factor }

  public var name: String { "space_to_depth" }
  public var detail: String { "\(factor)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    require(x.rank == 4 && x[1] % factor.height == 0 && x[2] % factor.width == 0, self, "\(inputs)")
    return [TensorType([x[0], x[1] / factor.height, x[2] / factor.width, x[3] * factor.area])]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 0 }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(DepthToSpace(factor: factor), to: request.gradient, layer: request.node.layer)]
  }
}
