import NNKernels
import NNPlan
import NNTensor

extension StepBinder {
  mutating func bindPowerIteration(_ matrix: WeightMatrix) {
    let arguments = SpectralArguments(
      weight: input(0, count: matrix.valueCount), left: output(0, count: matrix.rowCount),
      right: output(1, count: matrix.columnCount), workspace: floats(SpectralArguments.productWorkspace(matrix)),
      matrix: matrix)
    let kernel = kernels.vector.spectral
    add(kernel.adjoint, arguments, tasks: arguments.adjointTasks)
    add(kernel.normalizeRight, arguments, tasks: 1)
    add(kernel.product, arguments, tasks: arguments.productTasks)
    add(kernel.normalizeLeft, arguments, tasks: 1)
  }

  mutating func bindSpectralNormalize(_ matrix: WeightMatrix) {
    var arguments = reading(
      matrix, weight: 0, vectors: 1, workspace: SpectralArguments.productWorkspace(matrix))
    arguments.output = output(0, count: matrix.valueCount)
    arguments.sigma = output(1, count: 1)
    let kernel = kernels.vector.spectral
    add(kernel.product, arguments, tasks: arguments.productTasks)
    add(kernel.value, arguments, tasks: 1)
    add(kernel.divide, arguments, tasks: arguments.elementTasks)
  }

  mutating func bindSpectralNormalizeGradient(_ matrix: WeightMatrix) {
    var arguments = reading(
      matrix, weight: 1, vectors: 2, workspace: SpectralArguments.gradientWorkspace(matrix))
    arguments.upstream = input(0, count: matrix.valueCount)
    // The kernels of a gradient only read σ.
    arguments.sigma = UnsafeMutablePointer(mutating: input(4, count: 1))
    arguments.output = output(0, count: matrix.valueCount)
    let kernel = kernels.vector.spectral
    add(kernel.gradientPartials, arguments, tasks: arguments.elementTasks)
    add(kernel.gradientTotal, arguments, tasks: 1)
    add(kernel.gradientApply, arguments, tasks: arguments.lineTasks)
  }

  /// Arguments of kernels that only read the singular vectors.
  private func reading(_ matrix: WeightMatrix, weight: Int, vectors: Int, workspace: Int) -> SpectralArguments {
    SpectralArguments(
      weight: input(weight, count: matrix.valueCount),
      left: UnsafeMutablePointer(mutating: input(vectors, count: matrix.rowCount)),
      right: UnsafeMutablePointer(mutating: input(vectors + 1, count: matrix.columnCount)),
      workspace: floats(workspace), matrix: matrix)
  }
}
