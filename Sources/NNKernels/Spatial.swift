/// Moves channels to places or back: PyTorch's `pixel_shuffle` and `pixel_unshuffle`; not in place.
///
/// Channel `(c · factorHeight + i) · factorWidth + j` of the small image is channel c at row i and column j of a block of
/// the large one.
public struct DepthToSpaceArguments: BitwiseCopyable {
  /// `depthToSpace`: the small image `[batch, height, width, channels · factors]`; `spaceToDepth`: the large one.
  public var input: UnsafePointer<Float>
  /// The other: the large image is `[batch, height · factorHeight, width · factorWidth, channels]`.
  public var output: UnsafeMutablePointer<Float>
  /// N.
  public var batch: Int
  /// H of the small image.
  public var height: Int
  /// W of the small image.
  public var width: Int
  /// C of the large image.
  public var channels: Int
  /// Rows of a block.
  public var factorHeight: Int
  /// Columns of a block.
  public var factorWidth: Int

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
  }

  /// Tasks of both: rows of the small image.
  public var taskCount: Int { batch * height }
}

/// Lays images into larger ones, or cuts parts out of them: output pixel (y, x) is input pixel (y − top, x − left), or
/// `fill` where there is none. Not in place.
public struct PlaceArguments: BitwiseCopyable {
  /// `[batch, inputHeight, inputWidth, channels]`.
  public var input: UnsafePointer<Float>
  /// `[batch, outputHeight, outputWidth, channels]`.
  public var output: UnsafeMutablePointer<Float>
  /// N.
  public var batch: Int
  /// H of the input.
  public var inputHeight: Int
  /// W of the input.
  public var inputWidth: Int
  /// H of the output.
  public var outputHeight: Int
  /// W of the output.
  public var outputWidth: Int
  /// C.
  public var channels: Int
  /// The output's row of the input's first one; negative where rows are cut off.
  public var top: Int
  /// The output's column of the input's first one; negative where columns are cut off.
  public var left: Int
  /// What stands where the input is not.
  public var fill: Float

  /// The arguments, field by field.
  public init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, batch: Int, inputHeight: Int, inputWidth: Int,
    outputHeight: Int, outputWidth: Int, channels: Int, top: Int, left: Int, fill: Float = 0
  ) {
    self.input = input
    self.output = output
    self.batch = batch
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.channels = channels
    self.top = top
    self.left = left
    self.fill = fill
  }

  /// Tasks of the only stage: rows of the output.
  public var taskCount: Int { batch * outputHeight }
}

/// Kernels that move pixels.
public struct SpatialKernels: Sendable {
  /// Takes `DepthToSpaceArguments`.
  public let depthToSpace: KernelFunction
  /// Takes `DepthToSpaceArguments`.
  public let spaceToDepth: KernelFunction
  /// Takes `PlaceArguments`.
  public let place: KernelFunction

  /// The table, entry by entry.
  public init(
    depthToSpace: @escaping KernelFunction, spaceToDepth: @escaping KernelFunction, place: @escaping KernelFunction
  ) {
    self.depthToSpace = depthToSpace
    self.spaceToDepth = spaceToDepth
    self.place = place
  }
}
