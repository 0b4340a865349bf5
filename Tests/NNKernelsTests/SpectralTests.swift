import NNKernels
import NNRandom
import NNTensor
import Testing

/// A matrix of weights in double precision.
private struct ExactMatrix {
  let matrix: WeightMatrix
  let weights: [Double]

  func row(_ index: Int) -> Int {
    matrix.rows == .outer ? index % matrix.outer : index / matrix.outer % matrix.inner
  }

  func column(_ index: Int) -> Int {
    let line = index / matrix.outer
    return matrix.rows == .outer ? line : line / matrix.inner * matrix.outer + index % matrix.outer
  }

  func product(_ v: [Double]) -> [Double] {
    weights.indices.reduce(into: [Double](repeating: 0, count: matrix.rowCount)) {
      $0[row($1)] += weights[$1] * v[column($1)]
    }
  }

  func adjoint(_ u: [Double]) -> [Double] {
    weights.indices.reduce(into: [Double](repeating: 0, count: matrix.columnCount)) {
      $0[column($1)] += weights[$1] * u[row($1)]
    }
  }
}

private func unit(_ vector: [Double]) -> [Double] {
  let norm = max(vector.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
  return vector.map { $0 / norm }
}

@Suite struct SpectralTests {
  static let matrices: [WeightMatrix] = [
    ([1, 1], .outer), ([1, 1], .inner), ([3, 3, 3, 64], .outer), ([3, 3, 64, 3], .inner), ([4, 4, 17, 33], .outer),
    ([4, 4, 33, 17], .inner), ([2, 3, 5, 1], .inner), ([1, 1, 900, 1], .outer), ([1, 1, 20_000, 3], .outer),
    ([3, 3, 70, 300], .inner), ([3, 2, 300, 70], .outer), ([1, 1, 2, 40_000], .inner), ([1, 1, 40_000, 2], .inner),
  ].compactMap { WeightMatrix(Shape($0), rows: $1) }

  /// One operand of each size, drawn.
  private struct Draw {
    let weights, left, right: [Float]

    init(_ matrix: WeightMatrix, _ random: inout RandomStream) {
      weights = random.floats(matrix.valueCount, -1...1.5)
      left = random.floats(matrix.rowCount, -0.5...1)
      right = random.floats(matrix.columnCount, -0.5...1)
    }
  }

  @Test(arguments: VectorTable.available)
  func `A power iteration turns both vectors as double precision does`(_ table: VectorTable) {
    var random = testStream(51)
    for matrix in Self.matrices {
      let draw = Draw(matrix, &random)
      let (weights, left) = (Floats(draw.weights), Floats(draw.left))
      let right = Floats(unset: matrix.columnCount)
      let workspace = Floats(unset: SpectralArguments.productWorkspace(matrix))
      let call = SpectralArguments(
        weight: weights.source, left: left.pointer, right: right.pointer, workspace: workspace.pointer, matrix: matrix)
      let kernels = table.kernels.spectral
      run(kernels.adjoint, call, tasks: call.adjointTasks, changes: right)
      run(kernels.normalizeRight, call, tasks: 1, changes: right)
      run(kernels.product, call, tasks: call.productTasks, changes: workspace)
      run(kernels.normalizeLeft, call, tasks: 1, changes: left, workspace)
      let exact = ExactMatrix(matrix: matrix, weights: draw.weights.map(Double.init))
      let expectedRight = unit(exact.adjoint(draw.left.map(Double.init)))
      expectClose(right.values, expectedRight, absolute: 1e-6, "v of \(matrix)")
      expectClose(left.values, unit(exact.product(expectedRight)), absolute: 1e-6, "u of \(matrix)")
      #expect(weights.values == draw.weights)
    }
  }

  @Test(arguments: VectorTable.available)
  func `Weights are divided by their singular value, and so is the gradient`(_ table: VectorTable) {
    var random = testStream(52)
    for matrix in Self.matrices {
      let draw = Draw(matrix, &random)
      let exact = ExactMatrix(matrix: matrix, weights: draw.weights.map(Double.init))
      let (u, v) = (draw.left.map(Double.init), draw.right.map(Double.init))
      let sums = exact.product(v)
      let sigma = zip(sums, u).reduce(0) { $0 + $1.0 * $1.1 }
      let magnitude = zip(sums, u).reduce(0) { $0 + abs($1.0 * $1.1) }
      guard abs(sigma) > 0.05 * magnitude else { continue }
      let (weights, left, right) = (Floats(draw.weights), Floats(draw.left), Floats(draw.right))
      let workspace = Floats(unset: SpectralArguments.productWorkspace(matrix))
      let (value, output) = (Floats(unset: 1), Floats(unset: matrix.valueCount))
      var call = SpectralArguments(
        weight: weights.source, left: left.pointer, right: right.pointer, workspace: workspace.pointer, matrix: matrix)
      (call.sigma, call.output) = (value.pointer, output.pointer)
      let kernels = table.kernels.spectral
      run(kernels.product, call, tasks: call.productTasks, changes: workspace)
      run(kernels.value, call, tasks: 1, changes: value, workspace)
      run(kernels.divide, call, tasks: call.elementTasks, changes: output)
      expectClose(value.values, [sigma], relative: 4e-5, "σ of \(matrix)")
      let divided = exact.weights.map { $0 / sigma }
      expectClose(output.values, divided, relative: 4e-5, "weights of \(matrix)")

      let dv = random.floats(matrix.valueCount)
      let product = zip(dv, divided).reduce(0) { $0 + Double($1.0) * $1.1 }
      let expected = dv.indices.map { (Double(dv[$0]) - product * u[exact.row($0)] * v[exact.column($0)]) / sigma }
      let (gradient, saved) = (Floats(dv), Floats(divided.map(Float.init)))
      let parts = Floats(unset: SpectralArguments.gradientWorkspace(matrix))
      (call.weight, call.upstream, call.output) = (saved.source, gradient.source, gradient.pointer)
      let given = Floats([Float(sigma)])
      (call.sigma, call.workspace) = (given.pointer, parts.pointer)
      run(kernels.gradientPartials, call, tasks: call.elementTasks, changes: parts)
      run(kernels.gradientTotal, call, tasks: 1, changes: parts)
      run(kernels.gradientApply, call, tasks: call.lineTasks, changes: gradient)
      let largest = dv.indices.reduce(0) { largest, index in
        max(largest, abs(Double(dv[index])), abs(product * u[exact.row(index)] * v[exact.column(index)]))
      }
      expectClose(gradient.values, expected, absolute: 4e-6 * largest / abs(sigma), "gradient of \(matrix)")
    }
  }

  @Test(arguments: VectorTable.available)
  func `The largest singular value of zero weights divides nothing`(_ table: VectorTable) {
    guard let matrix = WeightMatrix([3, 3, 4, 5], rows: .outer) else { return }
    let (weights, left) = (Floats([Float](repeating: 0, count: matrix.valueCount)), Floats([1, 0, 0, 0, 0]))
    let (right, workspace) = (Floats(unset: 36), Floats(unset: SpectralArguments.productWorkspace(matrix)))
    let call = SpectralArguments(
      weight: weights.source, left: left.pointer, right: right.pointer, workspace: workspace.pointer, matrix: matrix)
    run(table.kernels.spectral.adjoint, call, tasks: call.adjointTasks, changes: right)
    run(table.kernels.spectral.normalizeRight, call, tasks: 1, changes: right)
    #expect(right.values.allSatisfy { $0 == 0 })
  }
}
