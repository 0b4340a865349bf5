import NNTensor

/// The product of two tensors of one shape, value by value.
public struct Multiply: Operation {
  /// The operation.
  public init() {}

  public var name: String { "multiply" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs[0] == inputs[1], self, "\(inputs)")
    return [inputs[0]]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    inputs[0].hasPairs() ? [.all(2)] : []
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let layer = request.node.layer
    return [1, 0].map { graph.apply(self, to: request.gradient, request.input($0), layer: layer) }
  }
}

/// Tensors that agree in all but their last dimension, joined along it: `[…, A]` and `[…, B]` to `[…, A + B]`.
public struct Concatenate: Operation {
  /// The operation.
  public init() {}

  public var name: String { "concat" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let leading = inputs[0].shape.dimensions.dropLast()
    require(inputs.allSatisfy { $0.shape.dimensions.dropLast() == leading }, self, "\(inputs)")
    let channels = inputs.reduce(0) { $0 + ($1.shape.last ?? 0) }
    return [TensorType(Shape(leading + [channels]))]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 0 }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    inputs.allSatisfy { $0.hasPairs() } ? [.all(inputs.count)] : []
  }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    var start = 0
    return request.node.inputs.indices.map { index in
      let count = graph.shape(request.input(index)).last ?? 0
      defer { start += count }
      guard request.wanted[index] else { return nil }
      let slice = SliceChannels(start: start, count: count)
      return graph.apply(slice, to: request.gradient, layer: request.node.layer)
    }
  }
}

/// Some of the last dimension: `[…, C]` to `[…, count]`, from `start` on.
public struct SliceChannels: Operation {
  /// The first channel that is kept.
  public var start: Int
  /// How many are kept.
  public var count: Int

  /// Channels `start ..< start + count`.
  public init(start: Int, count: Int) {
    self.start = start
    self.count = count
  }

  public var name: String { "slice" }
  public var detail: String { "\(start)..<\(start + count)" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let shape = inputs[0].shape.dimensions
    require(start + count <= (shape.last ?? 0), self, "\(inputs)")
    return [TensorType(Shape(shape.dropLast() + [count]))]
  }

  public func storage(_ inputs: [TensorType], _ outputs: [TensorType]) -> [StorageGroup] {
    start % 2 == 0 && count % 2 == 0 && inputs[0].hasPairs() ? [.all(1)] : []
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 0 }
}
