import NNTensor

/// A convolution's sizes: input `[batch, inputHeight, inputWidth, inputChannels]`, weights
/// `[kernelHeight, kernelWidth, inputChannels / groups, outputChannels]`, output
/// `[batch, outputHeight, outputWidth, outputChannels]`.
///
///     output[n, y, x, o] = sum of input[n, y·stride − paddingTop + ky·dilation, …, i] · weights[ky, kx, i, o]
///
/// Positions outside the input count as zero. Bottom and right padding follow from the output's size.
/// A transposed convolution is the adjoint of such a convolution: its input is this output, its output this input.
public struct ConvolutionGeometry: Sendable, Equatable {
  public var batch: Int
  public var inputHeight: Int
  public var inputWidth: Int
  public var inputChannels: Int
  public var outputHeight: Int
  public var outputWidth: Int
  public var outputChannels: Int
  public var kernelHeight: Int
  public var kernelWidth: Int
  public var strideHeight: Int
  public var strideWidth: Int
  public var dilationHeight: Int
  public var dilationWidth: Int
  public var paddingTop: Int
  public var paddingLeft: Int
  public var groups: Int

  /// All sizes; pairs are `(height, width)`, padding is `(top, left)`.
  public init(
    batch: Int, input: (Int, Int), inputChannels: Int, output: (Int, Int), outputChannels: Int, kernel: (Int, Int),
    stride: (Int, Int) = (1, 1), padding: (Int, Int) = (0, 0), dilation: (Int, Int) = (1, 1), groups: Int = 1
  ) {
    self.batch = batch
    (inputHeight, inputWidth) = input
    self.inputChannels = inputChannels
    (outputHeight, outputWidth) = output
    self.outputChannels = outputChannels
    (kernelHeight, kernelWidth) = kernel
    (strideHeight, strideWidth) = stride
    (paddingTop, paddingLeft) = padding
    (dilationHeight, dilationWidth) = dilation
    self.groups = groups
  }

  /// A dense layer: `[batch, inputs]` to `[batch, outputs]`, weights `[inputs, outputs]`.
  public static func dense(batch: Int, inputs: Int, outputs: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch, input: (1, 1), inputChannels: inputs, output: (1, 1), outputChannels: outputs, kernel: (1, 1))
  }

  /// Input channels of one group.
  @inlinable public var groupInputs: Int { inputChannels / groups }
  /// Output channels of one group.
  @inlinable public var groupOutputs: Int { outputChannels / groups }
  /// Floats of the input, the output and the weights.
  @inlinable public var inputCount: Int { batch * inputHeight * inputWidth * inputChannels }
  @inlinable public var outputCount: Int { batch * outputHeight * outputWidth * outputChannels }
  @inlinable public var weightCount: Int { kernelHeight * kernelWidth * groupInputs * outputChannels }

  /// Additions and products of a pass, padding counted: `2 · outputs · weights per output`.
  @inlinable public var operations: Double {
    2 * Double(outputCount) * Double(kernelHeight * kernelWidth * groupInputs)
  }

  /// Whether every size is at least one (padding: any), groups divide the channels and no tensor's bytes overflow.
  public var isValid: Bool {
    let sizes = [
      batch, inputHeight, inputWidth, inputChannels, outputHeight, outputWidth, outputChannels, kernelHeight,
      kernelWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, groups,
    ]
    guard sizes.allSatisfy({ $0 >= 1 && $0 <= Int(Int32.max) }), abs(paddingTop) <= Int(Int32.max),
      abs(paddingLeft) <= Int(Int32.max), inputChannels % groups == 0, outputChannels % groups == 0
    else { return false }
    return Self.fits([batch, inputHeight, inputWidth, inputChannels])
      && Self.fits([batch, outputHeight, outputWidth, outputChannels])
      && Self.fits([kernelHeight, kernelWidth, inputChannels, outputChannels])
  }

  private static func fits(_ sizes: [Int]) -> Bool {
    var product = 1
    for size in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow || next > Int.max >> 8 { return false }
      product = next
    }
    return true
  }

  /// The same products as one long row of pixels where that is possible (kernel 1×1 at stride 1, or a kernel that
  /// covers the whole unpadded input): a matrix product. Memory layouts stay the same, but see `keepsChannels`.
  public var canonical: ConvolutionGeometry {
    guard groups == 1 || kernelHeight * kernelWidth == 1, paddingTop == 0, paddingLeft == 0 else { return self }
    if kernelHeight == 1, kernelWidth == 1, strideHeight == 1, strideWidth == 1, inputHeight == outputHeight,
      inputWidth == outputWidth
    {
      return row(pixels: batch * inputHeight * inputWidth, inputs: inputChannels)
    }
    if kernelHeight == inputHeight, kernelWidth == inputWidth, outputHeight == 1, outputWidth == 1, groups == 1,
      dilationHeight == 1 || kernelHeight == 1, dilationWidth == 1 || kernelWidth == 1
    {
      return row(pixels: batch, inputs: inputHeight * inputWidth * inputChannels)
    }
    return self
  }

  /// Whether the kernels' destination in this direction has the geometry's channels, so that it can have a bias or be
  /// projected, or sums of it be a bias's gradient. The adjoint of a kernel that covers the whole input has instead one pixel
  /// with a channel for each of the input's numbers.
  public func keepsChannels(_ direction: ConvolutionDirection) -> Bool {
    direction == .forward || canonical.inputChannels == inputChannels
  }

  private func row(pixels: Int, inputs: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: 1, input: (1, pixels), inputChannels: inputs, output: (1, pixels), outputChannels: outputChannels,
      kernel: (1, 1), groups: groups)
  }
}
