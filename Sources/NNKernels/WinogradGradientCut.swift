/// How a weight gradient by Winograd's algorithm is cut into tasks: a function of the geometry and the kernels' tiles only, and
/// its splits, by which sums round, not of the cache that these are for.
///
/// The adjoint of the convolution by Winograd's algorithm with respect to its weights: a task owns one part's taps
/// between a chunk of input channels (rows) and a chunk of blocks of output channels (lanes), over one split of the tiles.
/// Strip by strip it transforms inputs and, block by block, output gradients to `[plane][tile][channel]` and adds their
/// products over tiles to the block's panel `[weight plane][row][lane]`, which it transforms to the kernel's taps in the
/// end.
public struct WinogradGradientCut: Sendable, Equatable {
  public let verticalParts: Int
  public let horizontalParts: Int
  public internal(set) var rowsPerChunk: Int
  public internal(set) var rowChunks: Int
  /// Rows of a chunk in whole lanes.
  public internal(set) var rowStride: Int
  /// Blocks of output channels in a task, and how many such chunks there are.
  public let blocksPerChunk: Int
  public let blockChunks: Int
  public let tiles: Int
  public let tilesPerStrip: Int
  public let splits: Int
  /// Planes of the largest part, and the most planes with sums of their own of any part.
  public let planes: Int
  public let weightPlanes: Int

  /// Cuts a weight gradient whose convolution `allowsWinograd` directly.
  init(_ g: ConvolutionGeometry, blocks: Int, shape: TileShape) {
    (verticalParts, horizontalParts) = g.winogradParts(.forward)
    let vertical = (0..<verticalParts).map { g.verticalWinograd($0, .forward) }
    let horizontal = (0..<horizontalParts).map { g.horizontalWinograd($0, .forward) }
    planes = (vertical.map(\.points).max() ?? 0) * (horizontal.map(\.points).max() ?? 0)
    weightPlanes = (vertical.map(\.weightPoints).max() ?? 0) * (horizontal.map(\.weightPoints).max() ?? 0)
    tiles = g.batch * (vertical.first?.tiles ?? 0) * (horizontal.first?.tiles ?? 0)
    let parts = verticalParts * horizontalParts
    var rowChunks = ceilingQuotient(g.inputChannels, parts == 1 ? Self.rows : 2 * Self.rows)
    let mostSplits = max(1, ceilingQuotient(tiles, Self.splitTiles))
    let chunks = shape.chunks(ofBlocks: blocks, others: rowChunks * parts * mostSplits)
    var blocksPerChunk = ceilingQuotient(blocks, chunks)
    var blockChunks = ceilingQuotient(blocks, blocksPerChunk)
    splits = min(mostSplits, ceilingQuotient(Self.tasks, rowChunks * blockChunks * parts))
    if shape.isRoomy, splits * rowChunks * blockChunks * parts >= Self.tasks {
      // Panels twice as large: gradients are transformed for each chunk of rows, inputs for each chunk of blocks.
      if rowChunks > 1, blockChunks == 1 || g.outputChannels * rowChunks >= g.inputChannels * blockChunks {
        rowChunks = ceilingQuotient(rowChunks, 2)
      } else if blockChunks > 1 {
        blocksPerChunk *= 2
        blockChunks = ceilingQuotient(blocks, blocksPerChunk)
      }
    }
    (self.rowChunks, self.blocksPerChunk, self.blockChunks) = (rowChunks, blocksPerChunk, blockChunks)
    rowsPerChunk = ceilingQuotient(ceilingQuotient(g.inputChannels, rowChunks), shape.laneWidth) * shape.laneWidth
    rowStride = rowsPerChunk
    let perSplit = ceilingQuotient(tiles, splits)
    let strip = shape.isNarrow ? Self.longStrip : Self.strip
    tilesPerStrip = ceilingQuotient(perSplit, ceilingQuotient(perSplit, strip))
  }

  /// Rows of a chunk (of several parts, which have fewer planes each, twice as many) and tiles of a strip, at most: so that
  /// a task's transforms and sums stay near. Narrow blocks add to their sums less often, of longer strips.
  private static var rows: Int { 32 }
  private static var strip: Int { 24 }
  private static var longStrip: Int { 48 }
  /// Tiles of a split at least, and tasks that there are at least where there is work for them.
  private static var splitTiles: Int { 48 }
  private static var tasks: Int { 12 }

  /// Tasks of the weight gradient.
  @inlinable public var taskCount: Int { splits * rowChunks * blockChunks * parts }
  /// Parts of the kernel's taps.
  @inlinable public var parts: Int { verticalParts * horizontalParts }
  /// Floats from one plane to the next, of inputs and of gradients.
  @inlinable public var inputPlane: Int { tilesPerStrip * rowStride + 16 }
  @inlinable public func gradientPlane(_ blockWidth: Int) -> Int { tilesPerStrip * blockWidth + 16 }
  /// Floats from one plane of a panel of `rows` rows to the next: not a power of two, for the cache's sake.
  @inlinable public func panelPlane(_ rows: Int, _ width: Int) -> Int { rows * width + 16 }
  /// Scratch memory, in floats: what windows at the border need, the transformed inputs, a block's transformed gradients, the panels,
  /// then channel sums.
  @inlinable public func inputsStart(_ blockWidth: Int) -> Int { WinogradBorder.floats(max(rowStride, blockWidth)) }
  @inlinable public func gradientsStart(_ blockWidth: Int) -> Int { inputsStart(blockWidth) + planes * inputPlane }
  @inlinable public func panelStart(_ blockWidth: Int) -> Int {
    gradientsStart(blockWidth) + planes * gradientPlane(blockWidth)
  }
  @inlinable public func panelCount(_ blockWidth: Int) -> Int { weightPlanes * panelPlane(rowsPerChunk, blockWidth) }
  @inlinable public func biasStart(_ blockWidth: Int) -> Int {
    panelStart(blockWidth) + blocksPerChunk * panelCount(blockWidth)
  }
  @inlinable public func scratchCount(_ blockWidth: Int) -> Int {
    biasStart(blockWidth) + max(rowStride, blocksPerChunk * blockWidth) + 64
  }
}
