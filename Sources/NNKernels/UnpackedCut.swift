import NNTensor

/// How a matrix product of few pixels, whose weights are read as they are (`[input][output]`), is cut into tasks: a function of
/// the geometry only. A task has some channels of the destination, of all pixels.
public struct UnpackedCut: Sendable, Equatable {
  public let pixels: Int
  public let channelsPerTask: Int
  public let taskCount: Int

  init(_ g: ConvolutionGeometry, _ direction: ConvolutionDirection) {
    pixels = g.batch * g.outputHeight * g.outputWidth
    let channels = direction == .forward ? g.outputChannels : g.inputChannels
    let wanted = ceilingQuotient(ceilingQuotient(channels, Self.tasks), Self.unit)
    channelsPerTask = max(Self.fewest, min(Self.nearFloats / pixels / Self.unit, wanted) * Self.unit)
    taskCount = ceilingQuotient(channels, channelsPerTask)
  }

  /// Channels of a task: whole cache lines, and at least a run that is worth asking for; tasks that there are between, and sums
  /// that stay in the nearest cache.
  private static var unit: Int { 16 }
  private static var fewest: Int { 256 }
  private static var tasks: Int { 4 }
  private static var nearFloats: Int { 8 * 1024 }

  /// Floats of the scratch memory: the sums, `[lane of channels][pixel]`.
  @inlinable public var scratchCount: Int { pixels * channelsPerTask }
}

extension ConvolutionGeometry {
  /// Whether `ConvolutionAlgorithm.unpacked` is possible: of a matrix product of few rows.
  public var allowsUnpacked: Bool {
    let g = canonical
    return g.groups == 1 && g.kernelHeight * g.kernelWidth == 1 && g.strideHeight * g.strideWidth == 1
      && g.paddingTop == 0 && g.paddingLeft == 0 && g.inputHeight * g.inputWidth == g.outputHeight * g.outputWidth
      && g.batch * g.outputHeight * g.outputWidth <= 16
  }

  /// Whether it is of use, where weights would be packed for each run: they take longer to pack than to multiply.
  var gainsUnpacked: Bool { allowsUnpacked && weightCount >= 16 * 1024 }
}
