import NNTensor

/// Weights divided by their largest singular value σ = uᵀ W v, W their matrix (Miyato and others, 2018, equation 8, as
/// PyTorch's `spectral_norm`): weights, u and v to the divided weights and σ `[1]`. u and v are constants to the gradient.
public struct SpectralNormalize: Operation {
  /// The axis of the weights that u runs along.
  public var rows: WeightMatrix.Rows

  /// A division of weights.
  public init(rows: WeightMatrix.Rows) { self.rows = rows }

  public var name: String { "spectral_normalize" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == 3, self, "\(inputs)")
    requireVectors(inputs, of: rows, self)
    return [inputs[0], TensorType([1])]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 3 * inputs[0].shape.elementCount }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let operands = [
      request.gradient, request.output(0), request.input(1), request.input(2), request.output(1),
    ]
    return [graph.apply(SpectralNormalizeGradient(rows: rows), operands, layer: request.node.layer)[0], nil, nil]
  }
}

/// The gradient for weights that were divided by their largest singular value: the gradient dV for the divided weights V,
/// V itself, u, v and σ to `(dV - ⟨dV, V⟩ u vᵀ) / σ`.
public struct SpectralNormalizeGradient: Operation {
  /// The axis of the weights that u runs along.
  public var rows: WeightMatrix.Rows

  /// The gradient of a division of weights.
  public init(rows: WeightMatrix.Rows) { self.rows = rows }

  public var name: String { "spectral_normalize gradient" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == 5 && inputs[0] == inputs[1] && inputs[4].shape == [1], self, "\(inputs)")
    requireVectors(Array(inputs.dropFirst()), of: rows, self)
    return [inputs[0]]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 5 * inputs[0].shape.elementCount }
}

/// One power iteration towards the first singular vectors of the weights' matrix W: weights, u and v to v' = Wᵀu and
/// u' = Wv', both normalised, in the order u', v'. The results take the operands' place.
public struct PowerIteration: Operation {
  /// The axis of the weights that u runs along.
  public var rows: WeightMatrix.Rows

  /// An iteration.
  public init(rows: WeightMatrix.Rows) { self.rows = rows }

  public var name: String { "power_iteration" }
  public var overwrites: [Int] { [1, 2] }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == 3, self, "\(inputs)")
    requireVectors(inputs, of: rows, self)
    return [inputs[1], inputs[2]]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 4 * inputs[0].shape.elementCount }
}

/// Weights must be followed by vectors of as many values as their matrix has rows and columns.
private func requireVectors(_ inputs: [TensorType], of rows: WeightMatrix.Rows, _ operation: any Operation) {
  let matrix = WeightMatrix(inputs[0].shape, rows: rows)
  require(
    inputs[1].shape.elementCount == matrix?.rowCount && inputs[2].shape.elementCount == matrix?.columnCount, operation,
    "\(inputs)")
}
