import NNTensor

/// How a convolution by Winograd's algorithm is cut into tasks: a function of the geometry only.
///
/// A task takes a strip of tiles through some blocks of destination channels: it transforms their sources to
/// `[plane][tile][source channel]`, multiplies each plane with its weights, and transforms the products back, part by
/// part: the parts of a direct convolution are added up, those of an adjoint one read the same sources.
public struct WinogradCut: Sendable, Equatable {
  /// Rows and columns of destinations of a tile.
  public let tile: Int
  public let verticalParts: Int
  public let horizontalParts: Int
  /// Whether there are several parts that are added up.
  public let addsParts: Bool
  /// Source channels, in whole lanes.
  public let sourceChannels: Int
  /// Words of a tile's transformed sources: floats, or pairs of bf16 numbers.
  public let sourceStride: Int
  /// Tiles of the largest part, in a strip, and strips.
  public let tiles: Int
  public internal(set) var tilesPerStrip: Int
  public internal(set) var strips: Int
  /// Blocks of destination channels in a task, and how many such chunks there are.
  public internal(set) var blocksPerChunk: Int
  public internal(set) var blockChunks: Int
  /// Planes of the largest part.
  public let planes: Int
  /// Floats of the packed weights of all parts.
  public let packedCount: Int
  /// Whether the sources are too many to be near when a strip needs them.
  public let hasFarSources: Bool

  /// Cuts a convolution that `allowsWinograd`, or `allowsWinograd2x2`, with `pairs` of factors in bf16; `isWhole` where a
  /// task takes all blocks.
  init(
    _ g: ConvolutionGeometry, _ direction: ConvolutionDirection, tile: Int, blocks: Int, isWhole: Bool, pairs: Bool,
    shape: TileShape
  ) {
    self.tile = tile
    (verticalParts, horizontalParts) = g.winogradParts(direction)
    let vertical = (0..<verticalParts).map { g.verticalWinograd($0, direction, tile: tile) }
    let horizontal = (0..<horizontalParts).map { g.horizontalWinograd($0, direction, tile: tile) }
    addsParts = g.addsWinogradParts(direction) && verticalParts * horizontalParts > 1
    let (sources, destinations) =
      direction == .forward ? (g.inputChannels, g.outputChannels) : (g.outputChannels, g.inputChannels)
    sourceChannels = shape.padded(sources)
    hasFarSources = (direction == .forward ? g.inputCount : g.outputCount) > Self.nearFloats
    sourceStride = pairs ? sourceChannels / 2 : sourceChannels
    let most = (vertical.map(\.tiles).max() ?? 0, horizontal.map(\.tiles).max() ?? 0)
    tiles = max(1, g.batch * most.0 * most.1)
    planes = (vertical.map(\.points).max() ?? 0) * (horizontal.map(\.points).max() ?? 0)
    let weightPlanes =
      vertical.reduce(0) { $0 + $1.weightPoints } * horizontal.reduce(0) { $0 + $1.weightPoints }
    packedCount = weightPlanes * ((pairs ? sources / 2 : sources) * shape.padded(destinations) + 16 * blocks)

    let sums = addsParts ? blocks : 0
    let floats = planes * (sourceStride + shape.blockWidth) + 16 * sums * shape.blockWidth
    let fitting = Self.nearFloats / floats / shape.rows * shape.rows
    // In a larger cache four register tiles at least share the weights, which come from far away, whatever the strip takes.
    let (least, tasks) = shape.isRoomy ? (4 * shape.rows, Self.tasks / 2) : (2 * shape.rows, Self.tasks)
    let wanted = max(least, min(fitting, Self.most, max(ceilingQuotient(tiles, Self.tasks), 4 * shape.rows)))
    let fewest = ceilingQuotient(tiles, wanted)
    let chunks = isWhole ? 1 : shape.chunks(ofBlocks: blocks, others: fewest, tasks: tasks)
    // An even number of tasks, so that two threads finish together.
    let isOdd = fewest % 2 == 1 && chunks % 2 == 1 && fewest > 1 && tiles >= (fewest + 1) * shape.rows
    strips = isOdd ? fewest + 1 : fewest
    tilesPerStrip = ceilingQuotient(tiles, strips)
    blocksPerChunk = ceilingQuotient(blocks, chunks)
    blockChunks = ceilingQuotient(blocks, blocksPerChunk)
  }

  /// Floats that a strip may take, so that it stays in the second-level cache.
  @usableFromInline static var nearFloats: Int { 150 * 1024 }
  /// Tiles of a strip at most, enough for the weights to be read once for all of them.
  private static var most: Int { 96 }
  /// Tasks that there are at least, where there is work for them.
  private static var tasks: Int { 12 }

  /// Rows of weights that are transformed before pairs of them are rounded, and the floats that they take.
  @inlinable public static var pairRows: Int { 16 }
  @inlinable public static func pairsCount(_ shape: TileShape) -> Int { 36 * (pairRows * shape.blockWidth + 16) }
  /// Floats of the taps between a lane of sources and a lane of destinations, which are exchanged in the scratch memory.
  @inlinable public static func tapsCount(_ shape: TileShape) -> Int { 9 * shape.laneWidth * shape.laneWidth }
  /// Whether weights are far when strip `strip` needs them: they are many, and one or two or four threads may begin there,
  /// or have begun with the strip before, since the third-level cache may not keep what is read once; each time where it is
  /// slow, if it `asksMuch`.
  @inlinable public func hasFarWeights(strip: Int, asksMuch: Bool) -> Bool {
    packedCount > Self.nearFloats && (asksMuch || strip % max(1, ceilingQuotient(strips, 4)) < 2)
  }
  /// Tasks of the convolution.
  @inlinable public var taskCount: Int { strips * blockChunks }
  /// Parts that each task goes through.
  @inlinable public var parts: Int { verticalParts * horizontalParts }
  /// Floats from one plane of sources, or of products of a block, to the next: not a power of two, so that planes do not
  /// compete for the same places in the cache.
  @inlinable public var sourcePlane: Int { tilesPerStrip * sourceStride + 16 }
  @inlinable public func productPlane(_ blockWidth: Int) -> Int { tilesPerStrip * blockWidth + 16 }
  /// Floats of the sums of one block's tiles that several parts add to.
  @inlinable public func sumsCount(_ blockWidth: Int) -> Int { tilesPerStrip * 16 * blockWidth }
  /// Scratch memory, in floats: a tile's results, what windows at the border need, the transformed sources, one
  /// block's products, then the sums over parts.
  @inlinable public func windowStart(_ blockWidth: Int) -> Int { 16 * blockWidth }
  @inlinable public func sourcesStart(_ blockWidth: Int) -> Int {
    windowStart(blockWidth) + WinogradBorder.floats(sourceChannels)
  }
  @inlinable public func productsStart(_ blockWidth: Int) -> Int { sourcesStart(blockWidth) + planes * sourcePlane }
  @inlinable public func sumsStart(_ blockWidth: Int, block: Int) -> Int {
    productsStart(blockWidth) + planes * productPlane(blockWidth) + block * sumsCount(blockWidth)
  }
  @inlinable public func scratchCount(_ blockWidth: Int) -> Int {
    sumsStart(blockWidth, block: addsParts ? blocksPerChunk : 0)
  }
}

/// The scratch memory of windows that reach over an image's border.
public enum WinogradBorder {
  /// Floats that the places of at most 36 pixels take, in whole cache lines.
  @inlinable public static var placesFloats: Int { 80 }
  /// Floats for places and for zeros of `channels` channels.
  @inlinable public static func floats(_ channels: Int) -> Int { placesFloats + channels }
}
