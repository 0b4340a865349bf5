import NNKernels
import NNTensor

extension ConvolutionProblem {
  /// Floats of the weights as the kernels of this direction read them.
  func packedCount(_ direction: NNTensor.ConvolutionDirection, _ tiles: TileShape) -> Int {
    ConvolutionPlan(geometry, direction == .forward ? .direct : .adjoint, shape: tiles).packedCount
  }

  /// Floats of the weight gradient's partial sums.
  func partialCount(_ bias: BiasSide, _ tiles: TileShape) -> Int {
    let side: BiasGradientSide =
      switch bias {
      case .none: .none
      case .output: .output
      case .input: .input
      }
    return WeightGradientPlan(geometry, biasSide: side, shape: tiles).partialCount
  }
}
