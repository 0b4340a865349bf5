import NNTensor

/// Power iterations with a weight's matrix, in the order of files: one row for each index of a dimension. Plain loops, for
/// first values.
struct SingularVectors {
  /// As in PyTorch, which iterates so often when a parametrization is made.
  private static let iterations = 15

  private let weight: [Float]
  /// Rows lie `after` apart within blocks of all rows.
  private let rows, after: Int

  init(_ weight: [Float], _ shape: Shape, dimension: Int) {
    self.weight = weight
    rows = shape[dimension]
    after = shape.dimensions[(dimension + 1)...].reduce(1, *)
  }

  /// The left vector after some iterations from a drawn one; the drawn one itself, normalised, where the weights are zero.
  func left(from drawn: [Float]) -> [Float] {
    let start = normalized(drawn.map(Double.init)) ?? drawn.map(Double.init)
    var left = start
    for _ in 0..<Self.iterations {
      guard let right = normalized(adjoint(left)), let next = normalized(product(right)) else { break }
      left = next
    }
    return left.map(Float.init)
  }

  /// The right vector that belongs to a left one.
  func right(of left: [Float]) -> [Float] {
    let sums = adjoint(left.map(Double.init))
    return (normalized(sums) ?? sums).map(Float.init)
  }

  private func normalized(_ vector: [Double]) -> [Double]? {
    let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 && norm.isFinite ? vector.map { $0 / norm } : nil
  }

  /// Wᵀ u.
  private func adjoint(_ left: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: weight.count / rows)
    forEachLine { line, row, columns in
      for k in 0..<after { sums[columns + k] += Double(line[k]) * left[row] }
    }
    return sums
  }

  /// W v.
  private func product(_ right: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: rows)
    forEachLine { line, row, columns in
      for k in 0..<after { sums[row] += Double(line[k]) * right[columns + k] }
    }
    return sums
  }

  /// Calls `body` for each run of weights that are neighbours in a row: where they begin, their row and first column.
  private func forEachLine(_ body: (_ line: UnsafeBufferPointer<Float>, _ row: Int, _ columns: Int) -> Void) {
    weight.withUnsafeBufferPointer { weight in
      for line in 0..<weight.count / after {
        let values = UnsafeBufferPointer(rebasing: weight[line * after..<(line + 1) * after])
        body(values, line % rows, line / rows * after)
      }
    }
  }
}
