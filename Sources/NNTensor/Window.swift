/// How a convolution's kernel moves over its input. A transposed convolution is described by the convolution it is
/// the adjoint of.
public struct ConvolutionWindow: Hashable, Sendable {
  /// Rows and columns of the kernel.
  public var kernel: Size2D
  /// Input pixels between neighbouring outputs.
  public var stride: Size2D
  /// Input pixels between neighbouring taps.
  public var dilation: Size2D
  /// Zero rows above and columns left of the input; what lies below and right follows from the output's size.
  public var padding: Size2D
  /// Input and output channels are split into this many groups that do not mix.
  public var groups: Int

  /// A window; without arguments besides the kernel it is dense, unpadded and ungrouped.
  public init(
    kernel: Size2D, stride: Size2D = Size2D(1, 1), dilation: Size2D = Size2D(1, 1), padding: Size2D = Size2D(0, 0),
    groups: Int = 1
  ) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
    self.groups = groups
  }
}

/// A convolution with all its sizes: `input` `[N, H, W, Cin]`, `weight` `[kh, kw, Cin / groups, Cout]`, `output`
/// `[N, H', W', Cout]`. The adjoint (the input gradient, a transposed convolution) goes from `output` to `input`.
public struct ConvolutionProblem: Hashable, Sendable {
  /// Samples.
  public var batch: Int
  /// Extent of the input.
  public var inputSize: Size2D
  /// Channels of the input.
  public var inputChannels: Int
  /// Extent of the output.
  public var outputSize: Size2D
  /// Channels of the output.
  public var outputChannels: Int
  /// How the kernel moves.
  public var window: ConvolutionWindow

  /// The problem of convolving `input` `[N, H, W, Cin]` to `output` `[N, H', W', Cout]`.
  public init(input: Shape, output: Shape, window: ConvolutionWindow) {
    batch = input[0]
    inputSize = Size2D(input[1], input[2])
    inputChannels = input[3]
    outputSize = Size2D(output[1], output[2])
    outputChannels = output[3]
    self.window = window
  }

  /// `[kh, kw, Cin / groups, Cout]`.
  public var weightShape: Shape {
    [window.kernel.height, window.kernel.width, inputChannels / window.groups, outputChannels]
  }

  /// Multiplications and additions of useful products; for the adjoint, none with inserted zeros.
  public var flops: Int {
    2 * batch * outputSize.area * outputChannels * window.kernel.area * (inputChannels / window.groups)
  }
}

/// Which way a convolution is computed.
public enum ConvolutionDirection: String, Hashable, Sendable {
  /// From input to output.
  case forward
  /// From output to input: the input gradient, and a transposed convolution's forward pass.
  case adjoint
}

/// Which operand of a convolution's weight gradient is also summed for a bias's gradient.
public enum BiasSide: String, Hashable, Sendable {
  case none
  /// The convolution's output gradient: its own bias.
  case output
  /// The convolution's input: the bias of a transposed convolution, whose output gradient stands there.
  case input
}

/// A pooling window.
public struct PoolWindow: Hashable, Sendable {
  /// Rows and columns of the window.
  public var size: Size2D
  /// Input pixels between neighbouring windows.
  public var stride: Size2D
  /// Rows above and columns left, and as many below and right.
  public var padding: Size2D

  /// A window; the stride is its size unless told.
  public init(size: Size2D, stride: Size2D? = nil, padding: Size2D = Size2D(0, 0)) {
    self.size = size
    self.stride = stride ?? size
    self.padding = padding
  }

  /// How the index of a window's maximum is stored.
  public var argmaxElement: ElementType { size.area <= 256 ? .uint8 : .uint16 }

  /// The largest window whose maximum's index can be stored.
  public static let maximumArea = 65_536

  /// True where windows neither overlap nor reach over the border.
  public var isDisjoint: Bool { stride == size && padding == Size2D(0, 0) }
}

/// How `upsample` fills in values.
public enum Interpolation: String, Hashable, Sendable {
  case nearest
  /// PyTorch's `bilinear` with `align_corners=False`.
  case bilinear
}

/// Enlarging by whole factors.
public struct Upsampling: Hashable, Sendable {
  /// Output pixels for each input pixel.
  public var factor: Size2D
  /// How values are filled in.
  public var method: Interpolation

  /// Enlarging by `factor`.
  public init(factor: Size2D, method: Interpolation) {
    self.factor = factor
    self.method = method
  }
}

/// Rows and columns at the four edges of an image.
public struct Margins: Hashable, Sendable, CustomStringConvertible {
  /// Rows above.
  public var top: Int
  /// Rows below.
  public var bottom: Int
  /// Columns left.
  public var left: Int
  /// Columns right.
  public var right: Int

  /// Margins; all at least 0.
  public init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  /// Rows above and below, columns left and right.
  public var total: Size2D { Size2D(top + bottom, left + right) }

  public var description: String { "\(top), \(bottom), \(left), \(right)" }
}
