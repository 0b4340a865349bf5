import NNTensor

/// The same values in the same order under another shape. It costs nothing: the result is the operand's buffer.
public struct Reshape: Operation {
  /// The result's dimensions.
  public var shape: Shape

  /// A view with this shape.
  public init(_ shape: Shape) { self.shape = shape }

  public var name: String { "reshape" }
  public var detail: String { "\(shape)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs[0].shape.elementCount == shape.elementCount, self, "\(inputs[0]) to \(shape)")
    return [TensorType(shape, inputs[0].element)]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 0 }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] { [.all(1)] }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    [graph.apply(Reshape(graph.shape(request.input(0))), to: request.gradient, layer: request.node.layer)]
  }
}

/// Reorders each sample between this project's `[N, H, W, C]` and PyTorch's `[N, C, H, W]`, in which `flatten` and
/// `reshape` count values.
public struct Permute: Operation {
  /// The direction.
  public enum Order: String, Hashable, Sendable {
    /// `[N, H, W, C]` to `[N, C, H, W]`.
    case channelsFirst = "channels first"
    /// `[N, C, H, W]` to `[N, H, W, C]`.
    case channelsLast = "channels last"
  }

  /// The direction.
  public var order: Order

  /// Reorders each sample.
  public init(_ order: Order) { self.order = order }

  public var name: String { "permute" }
  public var detail: String { order.rawValue }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let x = inputs[0].shape
    return [TensorType(order == .channelsFirst ? [x[0], x[3], x[1], x[2]] : [x[0], x[2], x[3], x[1]])]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 0 }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let back = Permute(order == .channelsFirst ? .channelsLast : .channelsFirst)
    return [graph.apply(back, to: request.gradient, layer: request.node.layer)]
  }
}
