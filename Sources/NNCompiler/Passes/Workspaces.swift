import NNGraph
import NNKernels
import NNTensor

/// Floats of the partial sums of squares, which are doubles.
func squarePartials(_ x: Shape) -> Int { 2 * SquaresArguments.partialsCount(count: x.elementCount) }

/// Floats of the partial sums of a loss, which are doubles.
func lossPartials(_ kind: NNTensor.LossKind, _ prediction: Shape) -> Int {
  switch kind {
  case .crossEntropy, .crossEntropyWithLogits:
    2 * CrossEntropyArguments.partialsCount(rows: prediction.rows, channels: prediction.channels)
  case .ssim(let window, _): 2 * prediction[0] * (prediction[1] - window + 1)
  case .totalVariation: 2 * prediction[0] * prediction[1]
  default: 2 * LossArguments.partialsCount(count: prediction.elementCount)
  }
}

/// Floats that a loss's gradient works with: for the structural similarity three for each value of its rows of places.
func lossGradientWorkspace(_ kind: NNTensor.LossKind, _ x: Shape) -> Int {
  guard case .ssim(let window, _) = kind else { return 0 }
  return 3 * x[0] * (x[1] - window + 1) * x[2] * x[3]
}

/// Bytes that a loss or its gradient works in, of each thread.
func lossScratch(_ kind: NNTensor.LossKind, _ x: Shape) -> Int {
  guard case .ssim(let window, _) = kind else { return 0 }
  return SimilarityArguments.scratchBytes(width: x[2], channels: x[3], window: window)
}

extension NormalizationExtent {
  /// Floats that the forward kernels need for operands of this shape.
  func workspace(_ x: Shape) -> Int {
    switch self {
    case .batch: NormalizationShape(segments: 1, rows: x.rows, channels: x.channels).workspaceCount
    case .groups(let count):
      NormalizationShape(segments: x[0], rows: x.rows / x[0], channels: x.channels, groupSize: x.channels / count)
        .workspaceCount
    case .channels: 0
    }
  }

  /// Floats that the gradient's kernels need.
  func gradientWorkspace(_ x: Shape, isAffine: Bool) -> Int {
    guard self == .channels else { return workspace(x) }
    return isAffine ? NormalizeRowsArguments.partialsCount(rows: x.rows, channels: x.channels) : 0
  }
}
