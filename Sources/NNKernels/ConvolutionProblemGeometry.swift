import NNTensor

extension ConvolutionProblem {
  /// The kernels' description of the same convolution.
  public var geometry: ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch, input: (inputSize.height, inputSize.width), inputChannels: inputChannels,
      output: (outputSize.height, outputSize.width), outputChannels: outputChannels,
      kernel: (window.kernel.height, window.kernel.width), stride: (window.stride.height, window.stride.width),
      padding: (window.padding.height, window.padding.width),
      dilation: (window.dilation.height, window.dilation.width), groups: window.groups)
  }
}
