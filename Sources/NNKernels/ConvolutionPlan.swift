import NNTensor

/// How one convolution is cut into tasks and packed, for one instruction set: a function of the geometry only.
///
/// Plain data: it is part of the argument structs.
public struct ConvolutionPlan: Sendable, Equatable {
  /// The canonical geometry (see `ConvolutionGeometry.canonical`).
  public let geometry: ConvolutionGeometry
  public let direction: ConvolutionDirection
  public let shape: TileShape
  /// How source and destination are stored, `float32` or `bfloat16`. The saved output is stored as the destination.
  public let sourceElement: ElementType
  public let destinationElement: ElementType
  /// Words from a pixel of the source to the next, and of the destination and the saved output: floats, or pairs of bf16
  /// numbers. More than those of its channels where other values lie between them.
  public var sourceWords: Int
  public var destinationWords: Int
  /// Whether the factors of products are pairs of bf16 numbers.
  public let multipliesBFloat16: Bool
  /// The max pooling window (and stride) fused behind the activation; 1 × 1 without pooling.
  public let poolHeight: Int
  public let poolWidth: Int
  /// Channels, at most four, of the 1×1 convolution that follows behind the activation, and alone are stored; 0 without.
  public let projectedChannels: Int
  /// Blocks of destination channels in a group.
  public let blocks: Int
  /// How the work is cut into tasks, by the algorithm.
  public internal(set) var cut: ConvolutionCut

  /// Cuts the work. `pool` is `(height, width)` and only for `.forward`. What is stored as bf16, or multiplied as bf16,
  /// has an even number of channels in each group; `directBFloat16` has a source that is stored so, and `direct` has not;
  /// `narrow` is of floats, without pooling.
  /// Of a single group and without pooling, results may be projected to `projection` channels.
  public init(
    _ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection, pool: (Int, Int) = (1, 1), projection: Int = 0,
    algorithm: ConvolutionAlgorithm = .direct, source: ElementType = .float32, destination: ElementType = .float32,
    shape: TileShape
  ) {
    let pooled = pool.0 * pool.1 > 1
    let g = algorithm.isDirect && !pooled ? geometry.canonical : geometry
    (sourceElement, destinationElement) = (source, destination)
    multipliesBFloat16 = algorithm.multipliesBFloat16
    self.geometry = g
    self.direction = direction
    self.shape = shape
    (poolHeight, poolWidth) = pool
    projectedChannels = projection
    let (inputs, outputs) =
      direction == .forward ? (g.inputChannels, g.outputChannels) : (g.outputChannels, g.inputChannels)
    sourceWords = source == .bfloat16 ? inputs / 2 : inputs
    let stored = projection > 0 ? projection : outputs
    destinationWords = destination == .bfloat16 ? stored / 2 : stored
    let groupChannels = direction == .forward ? g.groupOutputs : g.groupInputs
    blocks = ceilingQuotient(groupChannels, shape.blockWidth)
    let isWhole = projection > 0
    switch algorithm {
    case .unpacked where g.allowsUnpacked: cut = .unpacked(UnpackedCut(g, direction))
    case .direct, .directBFloat16, .narrow, .unpacked:
      cut = .direct(
        DirectCut(
          g, direction, pool: pool, blocks: blocks, isWhole: isWhole, isNarrow: algorithm == .narrow,
          isUnpacked: algorithm == .unpacked,
          source: source,
          destination: destination, shape: shape))
    case .winograd, .winograd2x2, .winogradBFloat16:
      cut = .winograd(
        WinogradCut(
          g, direction, tile: algorithm == .winograd2x2 ? 2 : WinogradAxis.largestTile, blocks: blocks,
          isWhole: isWhole, pairs: algorithm.multipliesBFloat16, shape: shape))
    case .winogradUnpacked:
      cut = .winogradUnpacked(WinogradUnpackedCut(g, direction, blocks: blocks, isWhole: isWhole, shape: shape))
    case .winograd4x1:
      cut = .winograd4x1(Winograd4x1Cut(g, direction, blocks: blocks, isWhole: isWhole, shape: shape))
    case .depthwise, .grouped: cut = .grouped(GroupedCut(g, direction))
    }
  }

  /// Source and destination of this direction.
  @inlinable public var sourceHeight: Int { direction == .forward ? geometry.inputHeight : geometry.outputHeight }
  @inlinable public var sourceWidth: Int { direction == .forward ? geometry.inputWidth : geometry.outputWidth }
  @inlinable public var sourceChannels: Int { direction == .forward ? geometry.inputChannels : geometry.outputChannels }
  @inlinable public var destinationHeight: Int { direction == .forward ? geometry.outputHeight : geometry.inputHeight }
  @inlinable public var destinationWidth: Int { direction == .forward ? geometry.outputWidth : geometry.inputWidth }
  @inlinable public var destinationChannels: Int {
    direction == .forward ? geometry.outputChannels : geometry.inputChannels
  }
  /// Words of the channels of a pixel of the source.
  @inlinable public var sourceChannelWords: Int { sourceElement == .bfloat16 ? sourceChannels / 2 : sourceChannels }
  /// Whether a task has all channels of its pixels, and can add up floats where they are stored, so that they can be
  /// projected.
  @inlinable public var canProject: Bool {
    geometry.groups == 1 && poolHeight * poolWidth == 1 && (blocks == 1 || destinationElement == .float32)
  }
  /// The first word of a channel of the destination, an even one where two share a word.
  @inlinable public func destinationWord(_ channel: Int) -> Int {
    destinationElement == .bfloat16 ? channel / 2 : channel
  }
  /// The first word that a block of channels, from this one on, is stored in.
  @inlinable public func storedWord(_ channel: Int) -> Int { projectedChannels > 0 ? 0 : destinationWord(channel) }
  /// Words of weights for each destination channel and tap.
  @inlinable public var weightWords: Int { multipliesBFloat16 ? sourceChannels / 2 : sourceChannels }
  /// Height and width after pooling (the destination's own without pooling).
  @inlinable public var pooledHeight: Int { destinationHeight / poolHeight }
  @inlinable public var pooledWidth: Int { destinationWidth / poolWidth }

  /// Blocks that a task takes: all where they are projected.
  @inlinable public var blocksPerTask: Int { projectedChannels > 0 ? blocks : 1 }

  /// Words of the packed weights (allocate 64 bytes more, as for every buffer).
  @inlinable public var packedCount: Int {
    switch cut {
    case .direct(let cut) where cut.packsPieces: geometry.weightCount
    case .direct(let cut):
      geometry.groups * geometry.kernelHeight * geometry.kernelWidth * (weightWords / geometry.groups)
        * (cut.narrowChannels > 0 ? cut.narrowChannels : shape.padded(destinationChannels / geometry.groups))
    case .winograd(let cut): cut.packedCount
    case .winogradUnpacked, .grouped, .unpacked: geometry.weightCount
    case .winograd4x1(let cut): cut.packedCount
    }
  }
  /// Tasks of the `packWeights` kernel.
  @inlinable public var packTaskCount: Int {
    switch cut {
    case .direct(let cut):
      cut.packsPieces ? 0 : geometry.groups * blocks * geometry.kernelHeight * geometry.kernelWidth
    case .winograd(let cut): blocks * cut.parts * winogradPackChunks
    case .winogradUnpacked, .unpacked: 0
    case .grouped(let cut): cut.width > 1 ? geometry.kernelHeight * geometry.kernelWidth : 0
    case .winograd4x1: blocks
    }
  }
  /// Chunks of source channels that Winograd's weights are packed in.
  @inlinable public var winogradPackChunks: Int { ceilingQuotient(sourceChannels, 32) }
  /// Tasks of the `convolve` (or `convolvePool`) kernel.
  @inlinable public var taskCount: Int {
    switch cut {
    case .direct(let cut):
      cut.imageChunks * cut.rowChunks * cut.columnChunks * geometry.groups * (blocks / blocksPerTask)
    case .winograd(let cut): cut.taskCount
    case .winogradUnpacked(let cut): cut.taskCount
    case .winograd4x1(let cut): cut.taskCount
    case .grouped(let cut): cut.taskCount
    case .unpacked(let cut): cut.taskCount
    }
  }
  /// Scratch bytes of `packWeights`: for the taps between a lane of sources and a lane of destinations.
  @inlinable public var packScratchBytes: Int {
    switch cut {
    case .direct, .winogradUnpacked, .grouped, .unpacked: 0
    case .winograd, .winograd4x1:
      4 * (WinogradCut.tapsCount(shape) + (multipliesBFloat16 ? WinogradCut.pairsCount(shape) : 0))
    }
  }
  /// Scratch bytes of `convolve` and `convolvePool`.
  @inlinable public var scratchBytes: Int {
    let projected = projectedChannels * blocks * shape.blockWidth
    return 4 * (projectionStart + (projectedChannels > 0 ? 64 + shape.laneWidth + projected : 0))
  }
  /// Where in the scratch memory four results of 16 pixels of the projection, its bias and its weights are, in floats:
  /// behind all else.
  @inlinable public var projectionStart: Int {
    let count =
      switch cut {
      case .direct(let cut): cut.scratchCount
      case .winograd(let cut): cut.scratchCount(shape.blockWidth)
      case .winogradUnpacked(let cut): cut.scratchCount(shape)
      case .winograd4x1(let cut): cut.scratchCount(shape.blockWidth)
      case .grouped: GroupedCut.scratchCount
      case .unpacked(let cut): cut.scratchCount
      }
    return count + 16
  }
}

/// No tile of several lanes has more rows than this, and none of one lane more than `mostTilePixels`.
@inlinable public var maximumTileRows: Int { 8 }
@inlinable public var mostTilePixels: Int { 12 }

/// No tile has more floats than this.
@usableFromInline var maximumTileFloats: Int { 384 }
