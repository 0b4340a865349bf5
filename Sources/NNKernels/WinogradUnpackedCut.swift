import NNTensor

/// How a convolution by Winograd's algorithm whose weights were not packed is cut into tasks: a function of the geometry
/// only.
///
/// For few tiles and many weights. A task owns some blocks of destination channels and a strip of tiles: chunk by chunk of
/// source channels it transforms sources and, block by block, weights and adds their products, so that neither goes to
/// memory. The parts of a direct convolution are added up plane by plane, which is why they must have the same taps; each
/// part of an adjoint one is a task of its own.
public struct WinogradUnpackedCut: Sendable, Equatable {
  public let verticalParts: Int
  public let horizontalParts: Int
  /// Whether a task adds up all parts.
  public let addsParts: Bool
  /// Planes of the largest part.
  public let planes: Int
  /// Source channels of a chunk, in whole lanes.
  public let sourcesPerChunk: Int
  /// Tiles of the largest part, in a strip, and strips.
  public let tilesPerStrip: Int
  public let strips: Int
  /// Blocks of destination channels in a task, and how many such chunks there are.
  public let blocksPerChunk: Int
  public let blockChunks: Int

  /// Cuts a convolution that `allowsWinogradUnpacked`; `isWhole` where a task takes all blocks.
  init(_ g: ConvolutionGeometry, _ direction: ConvolutionDirection, blocks: Int, isWhole: Bool, shape: TileShape) {
    (verticalParts, horizontalParts) = g.winogradParts(direction)
    let vertical = (0..<verticalParts).map { g.verticalWinograd($0, direction) }
    let horizontal = (0..<horizontalParts).map { g.horizontalWinograd($0, direction) }
    addsParts = direction == .forward
    planes = (vertical.map(\.points).max() ?? 0) * (horizontal.map(\.points).max() ?? 0)
    let sources = direction == .forward ? g.inputChannels : g.outputChannels
    sourcesPerChunk = min(ceilingQuotient(Self.most, shape.laneWidth) * shape.laneWidth, shape.padded(sources))

    let tiles = max(1, g.batch * (vertical.map(\.tiles).max() ?? 0) * (horizontal.map(\.tiles).max() ?? 0))
    let ownParts = addsParts ? 1 : verticalParts * horizontalParts
    let chunks = isWhole ? 1 : shape.chunks(ofBlocks: blocks, others: ownParts)
    blocksPerChunk = ceilingQuotient(blocks, chunks)
    blockChunks = ceilingQuotient(blocks, blocksPerChunk)
    let weights = planes * sourcesPerChunk * shape.blockWidth
    let perTile = planes * (sourcesPerChunk + blocksPerChunk * shape.blockWidth)
    let fitting = max(shape.rows, (Self.nearFloats - weights) / perTile)
    let owners = blockChunks * ownParts
    let shared = min(
      ceilingQuotient(shape.hasNarrowBlocks ? Self.narrowTasks : Self.tasks, owners), tiles / Self.fewestTiles)
    strips = max(ceilingQuotient(tiles, fitting), shared)
    tilesPerStrip = ceilingQuotient(tiles, strips)
  }

  /// Source channels of a chunk at most.
  private static var most: Int { 32 }
  /// Floats that a task may take, so that they stay in the second-level cache.
  private static var nearFloats: Int { 190 * 1024 }
  /// Tasks that there are at least, where a strip still has so many tiles that transforming its weights is a small part.
  private static var tasks: Int { 6 }
  private static var narrowTasks: Int { 4 }
  private static var fewestTiles: Int { 16 }

  /// Parts of the kernel's taps.
  @inlinable public var parts: Int { verticalParts * horizontalParts }
  /// Tasks of the convolution.
  public var taskCount: Int { strips * blockChunks * (addsParts ? 1 : parts) }
  /// Floats from one plane to the next: not powers of two, for the cache's sake.
  @inlinable public var sourcePlane: Int { tilesPerStrip * sourcesPerChunk + 16 }
  @inlinable public func weightPlane(_ blockWidth: Int) -> Int { sourcesPerChunk * blockWidth + 16 }
  @inlinable public func productPlane(_ blockWidth: Int) -> Int { tilesPerStrip * blockWidth + 16 }
  /// Scratch memory, in floats: a tile's results, what windows at the border need, a chunk's transformed sources and a
  /// block's weights, the blocks' products, then the taps between a lane of sources and a lane of destinations.
  @inlinable public func windowStart(_ blockWidth: Int) -> Int { 16 * blockWidth }
  @inlinable public func sourcesStart(_ blockWidth: Int) -> Int {
    windowStart(blockWidth) + WinogradBorder.floats(sourcesPerChunk)
  }
  @inlinable public func weightsStart(_ blockWidth: Int) -> Int { sourcesStart(blockWidth) + planes * sourcePlane }
  @inlinable public func productsStart(_ blockWidth: Int) -> Int {
    weightsStart(blockWidth) + planes * weightPlane(blockWidth)
  }
  @inlinable public func productsCount(_ blockWidth: Int) -> Int { planes * productPlane(blockWidth) }
  @inlinable public func tapsStart(_ blockWidth: Int) -> Int {
    productsStart(blockWidth) + blocksPerChunk * productsCount(blockWidth)
  }
  @inlinable public func scratchCount(_ shape: TileShape) -> Int {
    tapsStart(shape.blockWidth) + WinogradCut.tapsCount(shape)
  }
}

extension ConvolutionGeometry {
  /// Whether `allowsWinograd`, and parts that are added up have the same taps; those of an adjoint are not added up.
  public func allowsWinogradUnpacked(_ direction: ConvolutionDirection) -> Bool {
    guard allowsWinograd(direction), dilationHeight * dilationWidth == 1 else { return false }
    let parts = winogradParts(direction)
    if direction == .adjoint { return parts == (strideHeight, strideWidth) }
    let (height, width) = (verticalWinograd(0, direction).taps, horizontalWinograd(0, direction).taps)
    return (0..<parts.vertical).allSatisfy { verticalWinograd($0, direction).taps == height }
      && (0..<parts.horizontal).allSatisfy { horizontalWinograd($0, direction).taps == width }
  }
}
