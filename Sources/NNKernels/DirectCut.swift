import NNTensor

/// How a direct convolution is cut into tasks: a function of the geometry only.
public struct DirectCut: Sendable, Equatable {
  /// Rows (of a phase; of the convolution's output) in a task, and how many such chunks there are.
  public internal(set) var rowsPerChunk: Int
  public internal(set) var rowChunks: Int
  /// Columns (of a phase) in a task, and how many such chunks there are.
  public let columnsPerChunk: Int
  public let columnChunks: Int
  /// Floats of the scratch memory, behind one tile's sums, that hold a zero-padded patch of the source.
  public let patchCount: Int
  /// Columns of the convolution that are pooled at once (0 without pooling).
  public let poolColumns: Int
  /// Floats of the zero-padded rows of the source that a row of 2×2 pooling windows needs, if they are few enough to be
  /// copied together for each (0 otherwise).
  public let paddedPoolCount: Int
  /// Floats of the zero-padded rows of the source that four destinations of a 3×3 adjoint of stride 2 need, if their
  /// channels fit a lane, so that they are computed together (0 otherwise).
  public let quadCount: Int
  /// Channels of the destination, at most four, if lanes run over source channels instead of theirs (0 otherwise).
  public let narrowChannels: Int
  /// Whether a task goes through the taps one after the other, with the sums of all its pixels in the scratch memory, so that
  /// weights that no near cache can keep are read once for them all, not once for each tile.
  public let goesByTaps: Bool
  /// Whether it packs the weights itself, piece by piece: then `ConvolutionArguments.packed` are the weights as they are.
  public let packsPieces: Bool
  /// Images in a task, and how many such chunks there are: one unless `goesByTaps`.
  public let imagesPerTask: Int
  public let imageChunks: Int
  /// Floats of the scratch memory: one tile's sums, then the patch, then the rows to pool, padded rows of the source, or all
  /// sums.
  @inlinable public var scratchCount: Int {
    windowStart + max(windowCount, sumsCount + (packsPieces ? Self.pieceCount + blockWidth : 0))
  }
  /// Floats of a piece of weights that a task packs, which may have one source channel more.
  @inlinable public static var pieceCount: Int { 4 * 1024 }
  /// Floats behind the patch, but for sums of all pixels; and of these.
  @usableFromInline let windowCount: Int
  @inlinable public var sumsCount: Int { goesByTaps ? imagesPerTask * rowsPerChunk * columnsPerChunk * blockWidth : 0 }
  @usableFromInline let blockWidth: Int

  /// Cuts a convolution pooled by windows of `pool`; `isWhole` where a task takes all blocks, `isNarrow` where lanes run over
  /// source channels, `isUnpacked` where weights are as they are.
  init(
    _ g: ConvolutionGeometry, _ direction: ConvolutionDirection, pool: (Int, Int), blocks: Int, isWhole: Bool,
    isNarrow: Bool, isUnpacked: Bool, source: ElementType, destination: ElementType, shape: TileShape
  ) {
    let rows = g.verticalPhase(0, direction).destinationCount / pool.0 * pool.0
    let columns = g.horizontalPhase(0, direction).destinationCount / pool.1 * pool.1
    let cut = Self.cut(
      g, rows: rows, columns: columns, pool: pool, shape: shape, blocks: isWhole ? 1 : blocks,
      channels: direction == .forward ? g.groupOutputs : g.groupInputs)
    let readsFloats = source == .float32
    goesByTaps =
      readsFloats && pool == (1, 1) && !isWhole && !isNarrow
      && g.gainsTaps(direction, rows: rows, columns: columns, shape: shape)
    packsPieces = isUnpacked && goesByTaps
    blockWidth = shape.blockWidth
    (imagesPerTask, rowsPerChunk, columnsPerChunk) =
      goesByTaps
      ? Self.cutByTaps(images: g.batch, rows: rows, columns: columns, blocks: g.groups * blocks) : (1, cut.0, cut.1)
    imageChunks = ceilingQuotient(g.batch, imagesPerTask)
    rowChunks = max(1, ceilingQuotient(rows, rowsPerChunk))
    columnChunks = max(1, ceilingQuotient(columns, columnsPerChunk))
    patchCount = goesByTaps ? 0 : Self.patchCount(g, direction) / (source == .bfloat16 ? 2 : 1)
    poolColumns = pool.0 * pool.1 > 1 ? min(max(pool.1, 32 / pool.1 * pool.1), max(pool.1, columns)) : 0
    paddedPoolCount = readsFloats ? Self.paddedPoolCount(g, columns: columnsPerChunk, pool: pool) : 0
    narrowChannels = !isNarrow ? 0 : direction == .forward ? g.outputChannels : g.inputChannels
    quadCount =
      readsFloats && destination == .float32 && direction == .adjoint && blocks == 1 && !isNarrow && !goesByTaps
      ? Self.quadCount(g, columns: columnsPerChunk, shape: shape) : 0
    windowCount = max(pool.0 * poolColumns * shape.blockWidth, paddedPoolCount, quadCount)
  }

  /// Rows that a task may have at most, for the scratch memory's sake.
  var mostRows: Int { goesByTaps ? max(1, 4 * Self.pixelsByTaps / (imagesPerTask * columnsPerChunk)) : .max }

  /// Where in the scratch memory the patch is, and the rows behind it, in floats.
  @inlinable public static var patchStart: Int { maximumTileFloats }
  @inlinable public var windowStart: Int { Self.windowStart(patchCount) }
  @inlinable static func windowStart(_ patchCount: Int) -> Int { (patchStart + patchCount + 15) / 16 * 16 }

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

  /// Images, rows and columns of a task: so many that weights are shared by many pixels, and yet some tasks by several threads.
  private static func cutByTaps(images: Int, rows: Int, columns: Int, blocks: Int) -> (Int, Int, Int) {
    let most = max(1, pixelsByTaps / (rows * columns))
    let wanted = ceilingQuotient(tasksByTaps, blocks)
    let perTask = min(most, max(1, images / wanted))
    let chunks = ceilingQuotient(wanted, images)
    return (perTask, max(1, min(ceilingQuotient(rows, chunks), pixelsByTaps / columns)), columns)
  }

  /// Pixels of such a task at most, and how many tasks there are at least, where there are rows enough.
  fileprivate static var pixelsByTaps: Int { 256 }
  private static var tasksByTaps: Int { 8 }

  /// The largest patch of the source, over all phases, that a tile at the edge needs.
  private static func patchCount(_ g: ConvolutionGeometry, _ direction: ConvolutionDirection) -> Int {
    let channels = direction == .forward ? g.groupInputs : g.groupOutputs
    var rows = 0
    var span = 0
    for phase in 0..<g.verticalPhases(direction) { rows = max(rows, g.verticalPhase(phase, direction).tapCount) }
    for index in 0..<g.horizontalPhases(direction) {
      let phase = g.horizontalPhase(index, direction)
      if phase.interior.count < phase.destinationCount { span = max(span, phase.span(mostTilePixels)) }
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
}

extension ConvolutionGeometry {
  /// Whether `ConvolutionAlgorithm.narrow` is possible and of use, for kernels with such tiles: the destination's channels would
  /// fill half of a lane at most, and the source's fill whole lanes. Of one tap, lanes run over pixels.
  func allowsNarrow(_ direction: ConvolutionDirection, _ shape: TileShape) -> Bool {
    let g = canonical
    let (sources, destinations) =
      direction == .forward ? (g.inputChannels, g.outputChannels) : (g.outputChannels, g.inputChannels)
    return shape.laneWidth >= 8 && g.groups == 1 && g.kernelHeight * g.kernelWidth > 1
      && sources % shape.laneWidth == 0 && destinations <= 4
  }

  /// Whether to go through the taps one after the other: where a block has more weights than a first-level cache, and rows are
  /// so short that tiles of registers have few pixels of each, or where it has half of what a second-level cache keeps.
  fileprivate func gainsTaps(_ direction: ConvolutionDirection, rows: Int, columns: Int, shape: TileShape) -> Bool {
    let (sources, destinations) = direction == .forward ? (groupInputs, groupOutputs) : (groupOutputs, groupInputs)
    let phases = verticalPhases(direction) * horizontalPhases(direction)
    let weights = sources * kernelHeight * kernelWidth * shape.blockWidth / phases
    return destinations >= shape.blockWidth && rows * columns >= 4
      && (columns <= 24 ? weights >= 16 * 1024 : columns <= DirectCut.pixelsByTaps && weights >= 128 * 1024)
  }

  /// Whether a direct convolution goes through the taps one after the other and has so few pixels that packing weights for each run
  /// takes longer than packing what a task needs: at most `pixels` of all images, of a phase.
  func gainsPieces(_ direction: ConvolutionDirection, pixels: Int, shape: TileShape) -> Bool {
    let g = canonical
    let (rows, columns) = (
      g.verticalPhase(0, direction).destinationCount, g.horizontalPhase(0, direction).destinationCount
    )
    return g.batch * rows * columns <= pixels && g.gainsTaps(direction, rows: rows, columns: columns, shape: shape)
  }
}
