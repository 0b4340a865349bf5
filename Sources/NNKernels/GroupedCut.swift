import NNTensor

/// How a convolution of narrow groups (see `groupWidth`) is cut into tasks: a function of the geometry only.
///
/// Lanes run over the channels of several groups, which all have the same taps; weights are `[tap][source channel of the
/// group][channel]`, of a depthwise convolution as they are. A task takes some rows of an image.
public struct GroupedCut: Sendable, Equatable {
  /// Channels of a group: 1, 2, 4 or 8.
  public let width: Int
  /// Rows (of a phase) in a task, and how many such chunks an image has.
  public let rowsPerTask: Int
  public let rowChunks: Int
  public let taskCount: Int

  init(_ g: ConvolutionGeometry, _ direction: ConvolutionDirection) {
    width = g.groupInputs
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

/// How the weight gradient of a convolution of narrow groups is cut into tasks: a function of the geometry only.
///
/// A task sums the products of some channels over one split of the output's lines.
public struct GroupedGradientCut: Sendable, Equatable {
  /// Channels of a group: 1, 2, 4 or 8.
  public let width: Int
  /// Channels of a task, whole cache lines of them, and how many such chunks there are.
  public let channelsPerTask: Int
  public let channelChunks: Int
  /// Parts of the lines that are summed apart.
  public let splits: Int
  /// Floats of the scratch memory: the sums `[tap][output channel of the group][channel of the task]`, then channel sums.
  public let biasStart: Int
  public let scratchCount: Int

  init(_ g: ConvolutionGeometry) {
    width = g.groupInputs
    let sums = g.kernelHeight * g.kernelWidth * width
    let channels = ceilingQuotient(g.inputChannels, Self.unit) * Self.unit
    channelsPerTask = min(channels, max(Self.unit, Self.nearFloats / sums / Self.unit * Self.unit))
    channelChunks = ceilingQuotient(g.inputChannels, channelsPerTask)
    let wanted = Int(max(1, min(Self.tasks, g.operations / Self.fewestOperations)))
    splits = max(1, min(g.batch * g.outputHeight, ceilingQuotient(wanted, channelChunks)))
    biasStart = sums * channelsPerTask
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
  public var isDepthwise: Bool { groupWidth == 1 }

  /// Channels of each of several groups, as many read as written, where they are so few that several groups fill a lane of
  /// the widest kernels: 1, 2, 4 or 8. Nil otherwise.
  public var groupWidth: Int? {
    groups > 1 && groupInputs == groupOutputs && [1, 2, 4, 8].contains(groupInputs) ? groupInputs : nil
  }

  /// The algorithm whose lanes run over the channels of several groups, if lanes of so many numbers are wide enough.
  func groupedAlgorithm(_ shape: TileShape) -> ConvolutionAlgorithm? {
    guard let width = groupWidth, width == 1 || width < shape.laneWidth else { return nil }
    return width == 1 ? .depthwise : .grouped
  }
}
