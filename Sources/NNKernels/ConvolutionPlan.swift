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
  /// Blocks that a task takes one after the other where Winograd's algorithm does not cut them: all that are projected.
  public let blocksPerTask: Int
  /// Rows (of a phase; of the convolution's output) in a task, and how many such chunks there are.
  public internal(set) var rowsPerChunk: Int
  public internal(set) var rowChunks: Int
  /// Columns (of a phase) in a task, and how many such chunks there are.
  public let columnsPerChunk: Int
  public let columnChunks: Int
  /// Floats at the start of the scratch memory that hold a zero-padded patch of the source.
  public let patchCount: Int
  /// Columns of the convolution that are pooled at once (0 without pooling).
  public let poolColumns: Int
  /// Floats of the zero-padded rows of the source that a row of 2×2 pooling windows needs, if they are few enough to be
  /// copied together for each (0 otherwise).
  public let paddedPoolCount: Int
  /// Floats of the zero-padded rows of the source that four destinations of a 3×3 adjoint of stride 2 need, if their
  /// channels fit a lane, so that they are computed together (0 otherwise).
  public let quadCount: Int
  /// How the work is cut if Winograd's algorithm does it (see `allowsWinograd`); then nothing is made canonical, and
  /// only windows of 2×2 are pooled.
  public internal(set) var winograd: WinogradCut?
  /// The same where weights are not packed before: `ConvolutionArguments.packed` are then the weights as they are.
  public let winogradUnpacked: WinogradUnpackedCut?
  /// The same where only columns are transformed (see `allowsWinograd4x1`).
  public let winograd4x1: Winograd4x1Cut?

  /// Cuts the work. `pool` is `(height, width)` and only for `.direct`. What is stored as bf16, or multiplied as bf16, has
  /// an even number of channels in each group; `directBFloat16` has a source that is stored so, and `direct` has not. Of a
  /// single group and without pooling, results may be projected to `projection` channels.
  public init(
    _ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection, pool: (Int, Int) = (1, 1), projection: Int = 0,
    algorithm: ConvolutionAlgorithm = .direct, source: ElementType = .float32, destination: ElementType = .float32,
    shape: TileShape
  ) {
    let pooled = pool.0 * pool.1 > 1
    let g = pooled || algorithm.isWinograd ? geometry : geometry.canonical
    (sourceElement, destinationElement) = (source, destination)
    multipliesBFloat16 = algorithm.multipliesBFloat16
    self.geometry = g
    self.direction = direction
    self.shape = shape
    (poolHeight, poolWidth) = pool
    projectedChannels = projection
    let (inputs, outputs) =
      direction == .direct ? (g.inputChannels, g.outputChannels) : (g.outputChannels, g.inputChannels)
    sourceWords = source == .bfloat16 ? inputs / 2 : inputs
    let stored = projection > 0 ? projection : outputs
    destinationWords = destination == .bfloat16 ? stored / 2 : stored
    let groupChannels = direction == .direct ? g.groupOutputs : g.groupInputs
    blocks = ceilingQuotient(groupChannels, shape.blockWidth)
    let vertical = g.verticalPhase(0, direction)
    let horizontal = g.horizontalPhase(0, direction)
    let rows = vertical.destinationCount / pool.0 * pool.0
    let columns = horizontal.destinationCount / pool.1 * pool.1
    blocksPerTask = projection > 0 ? blocks : 1
    let cut = Self.cut(
      g, rows: rows, columns: columns, pool: pool, shape: shape, blocks: blocks / blocksPerTask, channels: groupChannels
    )
    (rowsPerChunk, columnsPerChunk) = cut
    rowChunks = max(1, ceilingQuotient(rows, cut.0))
    columnChunks = max(1, ceilingQuotient(columns, cut.1))
    patchCount = Self.patchCount(g, direction) / (source == .bfloat16 ? 2 : 1)
    poolColumns = pooled ? min(max(pool.1, 32 / pool.1 * pool.1), max(pool.1, columns)) : 0
    let readsFloats = source == .float32
    paddedPoolCount = readsFloats ? Self.paddedPoolCount(g, columns: columnsPerChunk, pool: pool) : 0
    quadCount =
      readsFloats && destination == .float32 && direction == .adjoint && blocks == 1
      ? Self.quadCount(g, columns: columnsPerChunk, shape: shape) : 0
    let isPacked = algorithm.isCutInStrips
    winograd =
      isPacked
      ? WinogradCut(
        g, direction, tile: algorithm == .winograd2x2 ? 2 : WinogradAxis.largestTile, blocks: blocks,
        isWhole: projection > 0, pairs: algorithm.multipliesBFloat16, shape: shape) : nil
    winogradUnpacked =
      algorithm == .winogradUnpacked
      ? WinogradUnpackedCut(g, direction, blocks: blocks, isWhole: projection > 0, shape: shape) : nil
    winograd4x1 =
      algorithm == .winograd4x1
      ? Winograd4x1Cut(g, direction, blocks: blocks, isWhole: projection > 0, shape: shape) : nil
  }

  /// Rows and columns of a task: half a million to 24 million operations, those in the empty part of a lane counted in, and
  /// enough tasks for several threads.
  private static func cut(
    _ g: ConvolutionGeometry, rows: Int, columns: Int, pool: (Int, Int), shape: TileShape, blocks: Int, channels: Int
  ) -> (Int, Int) {
    let operations = g.operations * Double(shape.padded(channels)) / Double(channels)
    let target = min(24e6, max(0.5e6, operations / 48))
    let elements = max(1, Double(g.batch) * Double(rows) * Double(columns) * Double(g.groups * blocks))
    let perElement = max(1, operations / elements)
    let wanted = max(1, Int(min(target / perElement, 1e9)))
    if wanted >= columns {
      let chunk = max(1, wanted / max(1, columns) / pool.0) * pool.0
      return (min(chunk, max(pool.0, rows)), max(pool.1, columns))
    }
    let unit = shape.rows * 8 * pool.1
    let chunk = max(1, wanted / unit) * unit
    return (pool.0, max(pool.1, min(chunk, columns)))
  }

  /// The largest patch of the source, over all phases, that a tile at the edge needs.
  private static func patchCount(_ g: ConvolutionGeometry, _ direction: ConvolutionDirection) -> Int {
    let channels = direction == .direct ? g.groupInputs : g.groupOutputs
    var rows = 0
    var span = 0
    for phase in 0..<g.verticalPhases(direction) { rows = max(rows, g.verticalPhase(phase, direction).tapCount) }
    for index in 0..<g.horizontalPhases(direction) {
      let phase = g.horizontalPhase(index, direction)
      if phase.interior.count < phase.destinationCount { span = max(span, phase.span(maximumTileRows)) }
    }
    return rows * span * channels
  }

  /// As many floats as stay in the nearest cache.
  private static var nearFloats: Int { 8192 }

  private static func paddedPoolCount(_ g: ConvolutionGeometry, columns: Int, pool: (Int, Int)) -> Int {
    guard pool == (2, 2), g.groups == 1 else { return 0 }
    let rows = g.strideHeight + (g.kernelHeight - 1) * g.dilationHeight + 1
    let count = rows * ((columns - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth + 1) * g.inputChannels
    return count <= nearFloats ? count : 0
  }

  private static func quadCount(_ g: ConvolutionGeometry, columns: Int, shape: TileShape) -> Int {
    let pairs = [g.kernelHeight, g.kernelWidth, g.strideHeight, g.strideWidth, g.paddingTop, g.paddingLeft]
    guard pairs == [3, 3, 2, 2, 1, 1], g.dilationHeight == 1, g.dilationWidth == 1, g.groups == 1,
      g.inputHeight == 2 * g.outputHeight, g.inputWidth == 2 * g.outputWidth, g.inputChannels <= shape.laneWidth
    else { return 0 }
    let count = 2 * (columns + 1) * g.outputChannels
    return count <= nearFloats ? count : 0
  }

  /// Source and destination of this direction.
  @inlinable public var sourceHeight: Int { direction == .direct ? geometry.inputHeight : geometry.outputHeight }
  @inlinable public var sourceWidth: Int { direction == .direct ? geometry.inputWidth : geometry.outputWidth }
  @inlinable public var sourceChannels: Int { direction == .direct ? geometry.inputChannels : geometry.outputChannels }
  @inlinable public var destinationHeight: Int { direction == .direct ? geometry.outputHeight : geometry.inputHeight }
  @inlinable public var destinationWidth: Int { direction == .direct ? geometry.outputWidth : geometry.inputWidth }
  @inlinable public var destinationChannels: Int {
    direction == .direct ? geometry.outputChannels : geometry.inputChannels
  }
  /// Words of the channels of a pixel of the source.
  @inlinable public var sourceChannelWords: Int { sourceElement == .bfloat16 ? sourceChannels / 2 : sourceChannels }
  /// Channels of a pixel of the destination.
  @inlinable public var storedChannels: Int { projectedChannels > 0 ? projectedChannels : destinationChannels }
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

  /// Words of the packed weights (allocate 64 bytes more, as for every buffer).
  @inlinable public var packedCount: Int {
    if let winograd { return winograd.packedCount }
    if winogradUnpacked != nil { return geometry.weightCount }
    if let winograd4x1 { return winograd4x1.packedCount }
    return geometry.groups * geometry.kernelHeight * geometry.kernelWidth * (weightWords / geometry.groups)
      * shape.padded(destinationChannels / geometry.groups)
  }
  /// Tasks of the `packWeights` kernel.
  @inlinable public var packTaskCount: Int {
    if let winograd { return blocks * winograd.verticalParts * winograd.horizontalParts * winogradPackChunks }
    if winogradUnpacked != nil { return 0 }
    if winograd4x1 != nil { return blocks }
    return geometry.groups * blocks * geometry.kernelHeight * geometry.kernelWidth
  }
  /// Chunks of source channels that Winograd's weights are packed in.
  @inlinable public var winogradPackChunks: Int { ceilingQuotient(sourceChannels, 32) }
  /// Tasks of the `convolve` (or `convolvePool`) kernel.
  @inlinable public var taskCount: Int {
    if let winograd { return winograd.taskCount }
    if let winogradUnpacked { return winogradUnpacked.taskCount }
    if let winograd4x1 { return winograd4x1.taskCount }
    return geometry.batch * rowChunks * columnChunks * geometry.groups * (blocks / blocksPerTask)
  }
  /// Scratch memory, in floats: one tile's sums, then the patch, then the rows to pool, or padded rows of the source.
  @inlinable public var patchStart: Int { maximumTileFloats }
  @inlinable public var windowStart: Int { (maximumTileFloats + patchCount + 15) / 16 * 16 }
  /// Scratch bytes of `packWeights`: for the taps between a lane of sources and a lane of destinations.
  @inlinable public var packScratchBytes: Int {
    if winograd == nil && winograd4x1 == nil { return 0 }
    return 4 * (WinogradCut.tapsCount(shape) + (multipliesBFloat16 ? WinogradCut.pairsCount(shape) : 0))
  }
  /// Scratch bytes of `convolve` and `convolvePool`.
  @inlinable public var scratchBytes: Int {
    let projected = projectedChannels * blocks * shape.blockWidth
    return 4 * (projectionStart + (projectedChannels > 0 ? 64 + shape.laneWidth + projected : 0))
  }
  /// Where in the scratch memory four results of 16 pixels of the projection, its bias and its weights are, in floats: behind all
  /// else.
  @inlinable public var projectionStart: Int {
    if let winograd { return winograd.scratchCount(shape.blockWidth) + 16 }
    if let winogradUnpacked { return winogradUnpacked.scratchCount(shape) + 16 }
    if let winograd4x1 { return winograd4x1.scratchCount(shape.blockWidth) + 16 }
    let rows = max(poolHeight * poolColumns * shape.blockWidth, paddedPoolCount, quadCount)
    return windowStart + rows + 16
  }
}

/// No tile has more rows than this, whatever its columns.
@inlinable public var maximumTileRows: Int { 8 }

/// No tile has more floats than this.
@usableFromInline var maximumTileFloats: Int { 384 }
