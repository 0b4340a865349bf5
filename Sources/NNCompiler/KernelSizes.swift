import NNKernels
import NNTensor

extension ConvolutionProblem {
  /// The kernels' description of the same convolution.
  var geometry: ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch, input: (inputSize.height, inputSize.width), inputChannels: inputChannels,
      output: (outputSize.height, outputSize.width), outputChannels: outputChannels,
      kernel: (window.kernel.height, window.kernel.width), stride: (window.stride.height, window.stride.width),
      padding: (window.padding.height, window.padding.width),
      dilation: (window.dilation.height, window.dilation.width), groups: window.groups)
  }

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
