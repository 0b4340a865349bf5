import NNKernels
import NNPlan
import NNTensor

extension ConvolutionProblem {
  /// Floats of the weights as the kernels of this direction read them, and bytes that packing works in, of each thread.
  func packingSizes(
    _ direction: NNTensor.ConvolutionDirection, _ algorithm: ConvolutionAlgorithm, _ tiles: TileShape
  ) -> (packedCount: Int, scratchBytes: Int) {
    let plan = ConvolutionPlan(geometry, direction.kernels, algorithm: algorithm, shape: tiles)
    return (plan.packedCount, plan.packScratchBytes)
  }

  /// How the convolution of a source that is stored so, to a destination that is, is computed in this direction, in a plan
  /// for `purpose`, by kernels with such tiles.
  func algorithm(
    _ direction: NNTensor.ConvolutionDirection, _ source: ElementType, _ destination: ElementType,
    _ epilogue: Epilogue, _ purpose: Purpose, _ tiles: TileShape, _ choice: AlgorithmChoice
  ) -> ConvolutionAlgorithm {
    let pool = epilogue.pool.map { ($0.size.height, $0.size.width) } ?? (1, 1)
    return geometry.algorithm(
      direction.kernels, source: source, destination: destination, pool: pool, packsOnce: purpose != .train,
      shape: tiles, choice: choice)
  }

  /// Bytes that the convolution works in, of each thread.
  func scratchBytes(
    _ direction: NNTensor.ConvolutionDirection, _ epilogue: Epilogue, _ algorithm: ConvolutionAlgorithm,
    _ blocking: ConvolutionBlocking?, _ source: ElementType, _ destination: ElementType, _ tiles: TileShape
  ) -> Int {
    let pool = epilogue.pool.map { ($0.size.height, $0.size.width) } ?? (1, 1)
    return ConvolutionPlan(
      geometry, direction.kernels, pool: pool, projection: epilogue.projection?.channels ?? 0, algorithm: algorithm,
      source: source, destination: destination, shape: tiles
    ).cut(by: blocking).scratchBytes
  }

  /// Floats of the weight gradient's partial sums, and bytes that it works in, of each thread.
  func weightGradientSizes(
    _ bias: BiasSide, _ algorithm: ConvolutionAlgorithm, _ blocking: ConvolutionBlocking?, _ input: ElementType,
    _ output: ElementType, _ tiles: TileShape
  ) -> (partialCount: Int, scratchBytes: Int) {
    let side: BiasGradientSide =
      switch bias {
      case .none: .none
      case .output: .output
      case .input: .input
      }
    let plan = WeightGradientPlan(
      geometry, biasSide: side, algorithm: algorithm, input: input, output: output, shape: tiles
    ).cut(by: blocking)
    return (plan.partialCount, plan.scratchBytes)
  }
}

extension NNTensor.ConvolutionDirection {
  fileprivate var kernels: NNKernels.ConvolutionDirection { self == .forward ? .direct : .adjoint }
}
