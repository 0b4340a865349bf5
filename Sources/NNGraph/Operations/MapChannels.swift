import NNTensor

/// `y = scale[c] · x + shift[c]` with constants for each channel of `[…, C]`: from one scale of pictures' values to another.
public struct MapChannels: Operation {
  /// One for each channel.
  public var scale: [Float]
  /// One for each channel.
  public var shift: [Float]

  /// A map by constants; as many shifts as scales.
  public init(scale: [Float], shift: [Float]) {
    self.scale = scale
    self.shift = shift
  }

  public var name: String { "map_channels" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    let channels = inputs[0].shape.last ?? 1
    require(scale.count == channels && shift.count == channels, self, "\(inputs) by \(scale.count) and \(shift.count)")
    return [inputs[0]]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 2 * inputs[0].shape.elementCount }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let map = MapChannels(scale: scale, shift: scale.map { _ in 0 })
    return [graph.apply(map, to: request.gradient, layer: request.node.layer)]
  }
}
