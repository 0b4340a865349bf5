import NNTensor

/// How a 3×3 convolution of a few source channels is cut into tasks if Winograd's algorithm, F(4, 3), goes down its columns
/// only: a function of the geometry only.
///
/// Of so few channels, products take less time than transforms both ways would, and half of them are saved. A task takes a
/// part of a row of tiles through some blocks of destination channels: it transforms six rows of sources, multiplies each,
/// as a convolution of 1×3 taps, with its weights, and transforms the products down to four rows.
public struct Winograd4x1Cut: Sendable, Equatable {
  /// Rows of tiles of an image, and tiles of such a row.
  public let tileRows: Int
  public let tilesPerRow: Int
  /// Tiles in a task, and how many such parts of a row there are.
  public let tilesPerTask: Int
  public let rowChunks: Int
  /// Blocks of destination channels in a task, and how many such chunks there are.
  public let blocksPerChunk: Int
  public let blockChunks: Int
  /// Tiles whose products are near at a time.
  public let tilesPerStrip: Int
  /// Floats from one row of transformed sources to the next.
  public let sourceRow: Int
  /// Source channels, floats of the packed weights, and tasks.
  public let sources: Int
  public let packedCount: Int
  public let taskCount: Int

  /// Cuts a convolution that `allowsWinograd4x1`; `isWhole` where a task takes all blocks.
  init(
    _ g: ConvolutionGeometry, _ direction: ConvolutionDirection, blocks: Int, isWhole: Bool, shape: TileShape
  ) {
    let (y, x) = (g.verticalWinograd(0, direction), g.horizontalWinograd(0, direction))
    let destinations = direction == .forward ? g.outputChannels : g.inputChannels
    sources = direction == .forward ? g.inputChannels : g.outputChannels
    (tileRows, tilesPerRow) = (y.tiles, x.tiles)
    rowChunks = max(1, ceilingQuotient(tilesPerRow, Self.mostTiles))
    tilesPerTask = max(1, ceilingQuotient(tilesPerRow, rowChunks))
    tilesPerStrip = min(
      tilesPerTask, max(Self.fewestTiles, Self.nearFloats / (Self.points * x.tile * shape.blockWidth)))
    let others = g.batch * tileRows * rowChunks
    let chunks = isWhole ? 1 : shape.chunks(ofBlocks: blocks, others: max(1, others), tasks: Self.tasks)
    blocksPerChunk = ceilingQuotient(blocks, chunks)
    blockChunks = ceilingQuotient(blocks, blocksPerChunk)
    taskCount = others * blockChunks
    sourceRow = shape.padded((tilesPerTask * x.tile + 2) * sources) + 16
    packedCount = Self.points * (3 * sources * shape.padded(destinations) + 16 * blocks)
  }

  /// Products down a tile.
  @inlinable public static var points: Int { 6 }
  /// Tiles of a task at most.
  private static var mostTiles: Int { 64 }
  /// Floats of products that stay in the nearest cache beside their weights.
  private static var nearFloats: Int { 4608 }
  /// Tiles of a strip at least, so that beginning one takes little of its time.
  private static var fewestTiles: Int { 6 }
  /// Tasks that there are at least, where there is work for them.
  private static var tasks: Int { 12 }

  /// Words from one row's weights to the next, to so many destination channels: not a power of two, for the cache's sake.
  @inlinable public func weightPlane(_ width: Int) -> Int { 3 * sources * width + 16 }
  /// Scratch memory, in floats: a tile's results, the transformed sources, then the products of a strip.
  @inlinable public func sourcesStart(_ blockWidth: Int) -> Int { 16 * blockWidth }
  @inlinable public func productsStart(_ blockWidth: Int) -> Int {
    sourcesStart(blockWidth) + Self.points * sourceRow
  }
  @inlinable public func scratchCount(_ blockWidth: Int) -> Int {
    productsStart(blockWidth) + Self.points * WinogradAxis.largestTile * tilesPerStrip * blockWidth
  }
}

extension ConvolutionGeometry {
  /// Whether it has 3×3 taps at stride 1 and one group, not many channels to read, images no lower than a tile and padding no
  /// larger than the kernel.
  public func allowsWinograd4x1(_ direction: ConvolutionDirection) -> Bool {
    allowsWinograd2x2(direction) && min(inputHeight, outputHeight) >= WinogradAxis.largestTile
      && (direction == .forward ? inputChannels : outputChannels) <= 32
  }
}
