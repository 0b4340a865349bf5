import NNKernels
import NNPlan
import NNTensor

extension ConvolutionProblem {
  /// Floats of the weights as the kernels of this direction read them, and bytes that packing works in, of each thread.
  func packingSizes(
    _ direction: ConvolutionDirection, _ algorithm: ConvolutionAlgorithm, _ tiles: TileShape
  ) -> (packedCount: Int, scratchBytes: Int) {
    let plan = ConvolutionPlan(geometry, direction, algorithm: algorithm, shape: tiles)
    return (plan.packedCount, plan.packScratchBytes)
  }

  /// How the convolution of a source that is stored so, to a destination that is, is computed in this direction, in a plan
  /// for `purpose`, by kernels with such tiles.
  func algorithm(
    _ direction: ConvolutionDirection, _ source: ElementType, _ destination: ElementType,
    _ epilogue: Epilogue, _ purpose: Purpose, _ tiles: TileShape, _ choice: AlgorithmChoice
  ) -> ConvolutionAlgorithm {
    let pool = epilogue.pool.map { ($0.size.height, $0.size.width) } ?? (1, 1)
    return geometry.algorithm(
      direction, source: source, destination: destination, pool: pool, projects: epilogue.projection != nil,
      packsOnce: purpose != .train, shape: tiles, choice: choice)
  }

  /// Bytes that the convolution works in, of each thread.
  func scratchBytes(
    _ direction: ConvolutionDirection, _ epilogue: Epilogue, _ algorithm: ConvolutionAlgorithm,
    _ blocking: ConvolutionBlocking?, _ source: ElementType, _ destination: ElementType, _ tiles: TileShape
  ) -> Int {
    let pool = epilogue.pool.map { ($0.size.height, $0.size.width) } ?? (1, 1)
    return ConvolutionPlan(
      geometry, direction, pool: pool, projection: epilogue.projection?.channels ?? 0, algorithm: algorithm,
      source: source, destination: destination, shape: tiles
    ).cut(by: blocking).scratchBytes
  }

  /// Floats of the weight gradient's partial sums, and bytes that it works in, of each thread.
  func weightGradientSizes(
    _ bias: BiasSide, _ algorithm: ConvolutionAlgorithm, _ blocking: ConvolutionBlocking?, _ input: ElementType,
    _ output: ElementType, _ tiles: TileShape
  ) -> (partialCount: Int, scratchBytes: Int) {
    let plan = WeightGradientPlan(
      geometry, biasSide: bias, algorithm: algorithm, input: input, output: output, shape: tiles
    ).cut(by: blocking)
    return (plan.partialCount, plan.scratchBytes)
  }
}
