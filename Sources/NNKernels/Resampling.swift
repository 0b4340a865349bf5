/// Enlarges `[batch, height, width, channels]` by whole factors, or takes the gradient back.
/// Bilinear does not align corners: output position p reads the input at (p + ½) / factor − ½, clamped.
public struct UpsampleArguments: BitwiseCopyable {
  /// Forward: x; gradient: dy, of the enlarged size.
  public var input: UnsafePointer<Float>
  /// Forward: y; gradient: dx, of the small size, every value is written.
  public var output: UnsafeMutablePointer<Float>
  /// N.
  public var batch: Int
  /// H of the small size.
  public var height: Int
  /// W of the small size.
  public var width: Int
  /// C.
  public var channels: Int
  /// Enlargement downwards.
  public var factorHeight: Int
  /// Enlargement across.
  public var factorWidth: Int
  /// Floats from a pixel to the next of the input, and of the output.
  public var inputPitch: Int
  public var outputPitch: Int

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, batch: Int, height: Int, width: Int,
    channels: Int, factorHeight: Int, factorWidth: Int
  ) {
    self.input = input
    self.output = output
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.factorHeight = factorHeight
    self.factorWidth = factorWidth
    (inputPitch, outputPitch) = (channels, channels)
  }

  /// Tasks of `nearest` and `bilinear`: rows of the output.
  public var taskCount: Int { batch * height * factorHeight }

  /// Tasks of the gradients: rows of dx.
  public var gradientTaskCount: Int { batch * height }
}

/// Upsampling, all on `UpsampleArguments`.
public struct ResamplingKernels: Sendable {
  /// Repeats values; `taskCount` tasks.
  public let nearest: KernelFunction
  /// Runs `gradientTaskCount` tasks.
  public let nearestGradient: KernelFunction
  /// Interpolates; `taskCount` tasks.
  public let bilinear: KernelFunction
  /// Runs `gradientTaskCount` tasks.
  public let bilinearGradient: KernelFunction

  /// The table, entry by entry.
  public init(
    nearest: @escaping KernelFunction, nearestGradient: @escaping KernelFunction, bilinear: @escaping KernelFunction,
    bilinearGradient: @escaping KernelFunction
  ) {
    self.nearest = nearest
    self.nearestGradient = nearestGradient
    self.bilinear = bilinear
    self.bilinearGradient = bilinearGradient
  }
}
