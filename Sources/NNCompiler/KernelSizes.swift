import NNKernels
import NNPlan
import NNTensor

extension ConvolutionProblem {
  /// Floats of the weights as the kernels of this direction read them.
  func packedCount(
    _ direction: NNTensor.ConvolutionDirection, _ algorithm: ConvolutionAlgorithm, _ tiles: TileShape
  ) -> Int {
    ConvolutionPlan(geometry, direction.kernels, algorithm: algorithm, shape: tiles).packedCount
  }

  /// How the convolution of a source that is stored so is computed in this direction, in a plan for `purpose`.
  func algorithm(
    _ direction: NNTensor.ConvolutionDirection, _ source: ElementType, _ epilogue: Epilogue, _ purpose: Purpose,
    _ choice: AlgorithmChoice
  ) -> ConvolutionAlgorithm {
    let pool = epilogue.pool.map { ($0.size.height, $0.size.width) } ?? (1, 1)
    return geometry.algorithm(
      direction.kernels, source: source, pool: pool, packsOnce: purpose != .train, choice: choice)
  }

  /// Floats of the weight gradient's partial sums.
  func partialCount(_ bias: BiasSide, _ algorithm: ConvolutionAlgorithm, _ tiles: TileShape) -> Int {
    let side: BiasGradientSide =
      switch bias {
      case .none: .none
      case .output: .output
      case .input: .input
      }
    return WeightGradientPlan(geometry, biasSide: side, algorithm: algorithm, shape: tiles).partialCount
  }
}

extension NNTensor.ConvolutionDirection {
  fileprivate var kernels: NNKernels.ConvolutionDirection { self == .forward ? .direct : .adjoint }
}
