import NNGraph
import NNTensor

/// Weights as a matrix, element by element.
private struct Matrix {
  let weights: ReferenceTensor
  let rows: WeightMatrix.Rows

  /// Calls `body` with each weight's index, row and column.
  func forEach(_ body: (_ index: Int, _ row: Int, _ column: Int) -> Void) {
    let rank = weights.shape.rank
    let (inner, outer) = (weights.shape[rank - 2], weights.shape[rank - 1])
    for index in weights.values.indices {
      let (line, last) = (index / outer, index % outer)
      rows == .outer ? body(index, last, line) : body(index, line % inner, line / inner * outer + last)
    }
  }

  /// W v.
  func product(_ v: ReferenceTensor, _ rowCount: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: rowCount)
    forEach { sums[$1] += weights.values[$0] * v.values[$2] }
    return sums
  }

  /// Wᵀ u.
  func adjoint(_ u: ReferenceTensor, _ columnCount: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: columnCount)
    forEach { sums[$2] += weights.values[$0] * u.values[$1] }
    return sums
  }
}

private func unit(_ values: [Double], _ shape: Shape) -> ReferenceTensor {
  let norm = max(values.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
  return ReferenceTensor(shape, values.map { $0 / norm })
}

extension SpectralNormalize {
  /// The divided weights and the largest singular value.
  func reference(_ x: [ReferenceTensor]) -> [ReferenceTensor] {
    let sums = Matrix(weights: x[0], rows: rows).product(x[2], x[1].values.count)
    let sigma = zip(sums, x[1].values).reduce(0) { $0 + $1.0 * $1.1 }
    return [ReferenceTensor(x[0].shape, x[0].values.map { $0 / sigma }), ReferenceTensor([1], [sigma])]
  }
}

extension SpectralNormalizeGradient {
  /// The gradient for the weights.
  func reference(_ x: [ReferenceTensor]) -> ReferenceTensor {
    var gradient = x[0]
    let product = x[0].dot(x[1])
    Matrix(weights: x[1], rows: rows).forEach { index, row, column in
      gradient.values[index] -= product * x[2].values[row] * x[3].values[column]
      gradient.values[index] /= x[4].values[0]
    }
    return gradient
  }
}

extension PowerIteration {
  /// The new u and v.
  func reference(_ x: [ReferenceTensor]) -> [ReferenceTensor] {
    let matrix = Matrix(weights: x[0], rows: rows)
    let right = unit(matrix.adjoint(x[1], x[2].values.count), x[2].shape)
    return [unit(matrix.product(right, x[1].values.count), x[1].shape), right]
  }
}
