import NNTensor

/// Rows and columns of one value around an image: `[N, H, W, C]` to `[N, top + H + bottom, left + W + right, C]`.
public struct Pad: Operation {
  /// How many.
  public var margins: Margins
  /// What they hold.
  public var value: Float

  /// Surrounds with `value`.
  public init(_ margins: Margins, value: Float = 0) {
    self.margins = margins
    self.value = value
  }

  public var name: String { "pad" }
  public var detail: String { value == 0 ? "\(margins)" : "\(margins) with \(value)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    return [TensorType([x[0], x[1] + margins.total.height, x[2] + margins.total.width, x[3]])]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    value == 0 && inputs[0].hasPairs() ? [.all(1)] : []
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 0 }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(Crop(margins), to: request.gradient, layer: request.node.layer)]
  }
}

/// An image without its outermost rows and columns: `[N, H, W, C]` to `[N, H - top - bottom, W - left - right, C]`.
public struct Crop: Operation {
  /// What is left out.
  public var margins: Margins

  /// Leaves out `margins`.
  public init(_ margins: Margins) { self.margins = margins }

  public var name: String { "crop" }
  public var detail: String { "\(margins)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    require(x[1] > margins.total.height && x[2] > margins.total.width, self, "\(inputs)")
    return [TensorType([x[0], x[1] - margins.total.height, x[2] - margins.total.width, x[3]])]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    inputs[0].hasPairs() ? [.all(1)] : []
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 0 }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(Pad(margins), to: request.gradient, layer: request.node.layer)]
  }
}
