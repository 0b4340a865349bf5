import NNTensor

/// How a depthwise convolution (see `isDepthwise`) is cut into tasks: a function of the geometry only.
///
/// Lanes run over channels, which all have the same taps, and weights are read as they are: `[tap][channel]`. A task takes
/// some rows of an image.
public struct DepthwiseCut: Sendable, Equatable {
  /// Rows (of a phase) in a task, and how many such chunks an image has.
  public let rowsPerTask: Int
  public let rowChunks: Int
  public let taskCount: Int

  init(_ g: ConvolutionGeometry, _ direction: ConvolutionDirection) {
    let rows = max(1, g.verticalPhase(0, direction).destinationCount)
    let perRow = max(1, g.operations / Double(g.batch * rows))
    let wanted = min(Self.mostOperations, max(Self.fewestOperations, g.operations / Self.tasks))
    rowsPerTask = min(rows, max(1, Int(wanted / perRow)))
    rowChunks = ceilingQuotient(rows, rowsPerTask)
    taskCount = g.batch * rowChunks
  }

  /// Operations of a task at least and at most, and how many tasks there are between.
  private static var fewestOperations: Double { 2e5 }
  private static var mostOperations: Double { 4e6 }
  private static var tasks: Double { 24 }

  /// Floats of the scratch memory: a tile's sums.
  @inlinable public static var scratchCount: Int { maximumTileFloats }
}

/// How the weight gradient of a depthwise convolution is cut into tasks: a function of the geometry only.
///
/// A task sums the products of some channels over one split of the output's lines.
public struct DepthwiseGradientCut: Sendable, Equatable {
  /// Channels of a task, whole cache lines of them, and how many such chunks there are.
  public let channelsPerTask: Int
  public let channelChunks: Int
  /// Parts of the lines that are summed apart.
  public let splits: Int
  /// Floats of the scratch memory: the sums `[tap][channel of the task]`, then channel sums.
  public let biasStart: Int
  public let scratchCount: Int

  init(_ g: ConvolutionGeometry) {
    let taps = g.kernelHeight * g.kernelWidth
    let channels = ceilingQuotient(g.inputChannels, Self.unit) * Self.unit
    channelsPerTask = min(channels, max(Self.unit, Self.nearFloats / taps / Self.unit * Self.unit))
    channelChunks = ceilingQuotient(g.inputChannels, channelsPerTask)
    let wanted = Int(max(1, min(Self.tasks, g.operations / Self.fewestOperations)))
    splits = max(1, min(g.batch * g.outputHeight, ceilingQuotient(wanted, channelChunks)))
    biasStart = taps * channelsPerTask
    scratchCount = biasStart + channelsPerTask + 64
  }

  /// Floats of a cache line.
  private static var unit: Int { 16 }
  /// Sums of a task at most, so that they stay in the second-level cache.
  private static var nearFloats: Int { 32 * 1024 }
  /// Tasks that there are where each has so many operations.
  private static var tasks: Double { 12 }
  private static var fewestOperations: Double { 5e5 }

  /// Tasks of the weight gradient.
  @inlinable public var taskCount: Int { splits * channelChunks }
}

extension ConvolutionGeometry {
  /// Whether each of several channels is a group of its own.
  public var isDepthwise: Bool { groups > 1 && groups == inputChannels && groups == outputChannels }
}
