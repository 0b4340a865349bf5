/// How a weight gradient by Winograd's algorithm is cut into tasks: a function of the geometry and the kernels' tiles only, and
/// its splits, by which sums round, not of the cache that these are for.
///
/// The adjoint of the convolution by Winograd's algorithm with respect to its weights: a task owns some of one part's taps,
/// over one split of the tiles. Strip by strip it transforms inputs and, block by block, output gradients to
/// `[plane][tile][channel]` and adds their products over tiles to the block's panel `[weight plane][row][lane]`, which it
/// transforms to the kernel's taps in the end.
public struct WinogradGradientCut: Sendable, Equatable {
  public let verticalParts: Int
  public let horizontalParts: Int
  public let tiles: Int
  public let tilesPerStrip: Int
  public let splits: Int
  /// The chunks of parts with several taps along both axes, and those of parts with one tap along an axis, which have a fifth
  /// of their sums.
  public internal(set) var wide: WinogradGradientChunks
  public internal(set) var slim: WinogradGradientChunks
  /// A bit for each part with one tap along an axis.
  private let slimParts: UInt64

  /// Cuts a weight gradient whose convolution `allowsWinograd` directly.
  init(_ g: ConvolutionGeometry, blocks: Int, shape: TileShape) {
    (verticalParts, horizontalParts) = g.winogradParts(.forward)
    let vertical = (0..<verticalParts).map { g.verticalWinograd($0, .forward) }
    let horizontal = (0..<horizontalParts).map { g.horizontalWinograd($0, .forward) }
    tiles = g.batch * (vertical.first?.tiles ?? 0) * (horizontal.first?.tiles ?? 0)
    let axes = vertical.flatMap { y in horizontal.map { x in (y: y, x: x) } }
    let isSlim = axes.map { min($0.y.taps, $0.x.taps) == 1 }
    slimParts = isSlim.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt64($1.offset) : 0) }

    let parts = axes.count
    let rowChunks = ceilingQuotient(g.inputChannels, parts == 1 ? Self.rows : 2 * Self.rows)
    let mostSplits = max(1, ceilingQuotient(tiles, Self.splitTiles))
    let blockChunks = shape.chunks(ofBlocks: blocks, others: rowChunks * parts * mostSplits)
    let blocksPerChunk = ceilingQuotient(blocks, blockChunks)
    let count = rowChunks * ceilingQuotient(blocks, blocksPerChunk) * parts
    let splits = min(mostSplits, ceilingQuotient(Self.tasks, count))
    let perSplit = ceilingQuotient(tiles, splits)
    let tilesPerStrip = ceilingQuotient(
      perSplit, ceilingQuotient(perSplit, shape.hasNarrowBlocks ? Self.longStrip : Self.strip))
    (self.splits, self.tilesPerStrip) = (splits, tilesPerStrip)

    let allPlanes = axes.reduce(0) { $0 + $1.y.points * $1.x.points }
    /// Chunks of such parts, at most so many.
    func chunks(_ rowChunks: Int, _ blockChunks: Int, isSlim wish: Bool) -> WinogradGradientChunks {
      let own = axes.indices.filter { isSlim[$0] == wish }.map { axes[$0] }
      return WinogradGradientChunks(
        inputs: (g.inputChannels, rowChunks), blocks: (blocks, blockChunks),
        planes: own.reduce(0) { max($0, $1.y.points * $1.x.points) },
        weightPlanes: own.reduce(0) { max($0, $1.y.weightPoints * $1.x.weightPoints) }, tiles: tilesPerStrip,
        laneWidth: shape.laneWidth)
    }
    /// The largest of chunks that need no more than so much memory, and of which none takes too large a part of the time:
    /// inputs are transformed for each chunk of blocks, gradients for each chunk of rows.
    func largest(_ own: WinogradGradientChunks, isSlim: Bool) -> WinogradGradientChunks {
      let floats = shape.isRoomy ? Self.roomyFloats : Self.nearFloats
      let all = halves(own.rowChunks).flatMap { rows in
        halves(own.blockChunks).map { chunks(rows, $0, isSlim: isSlim) }
      }
      let possible = all.filter {
        $0.scratchCount(shape.blockWidth) <= floats && splits * $0.count * allPlanes >= Self.leastTasks * $0.planes
      }
      func transforms(_ chunks: WinogradGradientChunks) -> Int {
        chunks.blockChunks * g.inputChannels + chunks.rowChunks * g.outputChannels
      }
      return possible.reduce(own) { transforms($1) < transforms($0) ? $1 : $0 }
    }
    wide = chunks(rowChunks, blockChunks, isSlim: false)
    slim = chunks(rowChunks, blockChunks, isSlim: true)
    if shape.isRoomy { wide = largest(wide, isSlim: false) }
    slim = largest(slim, isSlim: true)
  }

  /// Rows of a chunk (of several parts, which have fewer planes each, twice as many) and tiles of a strip, at most: so that
  /// a task's transforms and sums stay near. Narrow blocks add to their sums less often, of longer strips.
  private static var rows: Int { 32 }
  private static var strip: Int { 24 }
  private static var longStrip: Int { 48 }
  /// Tiles of a split at least, and tasks that there are at least where there is work for them.
  private static var splitTiles: Int { 48 }
  private static var tasks: Int { 12 }
  /// Such a part of all work at most is a task of larger chunks.
  private static var leastTasks: Int { 6 }
  /// Floats of a task at most, in a second-level cache of a megabyte and one of two.
  private static var nearFloats: Int { 200 * 1024 }
  private static var roomyFloats: Int { 540 * 1024 }

  /// Parts of the kernel's taps.
  @inlinable public var parts: Int { verticalParts * horizontalParts }
  /// How the channels of a part are shared.
  public func chunks(ofPart part: Int) -> WinogradGradientChunks { slimParts >> UInt64(part) & 1 == 1 ? slim : wide }
  /// Tasks of the weight gradient.
  public var taskCount: Int { splits * tasksPerSplit }
  /// Floats of a task's scratch memory.
  public func scratchCount(_ blockWidth: Int) -> Int {
    max(wide.scratchCount(blockWidth), slim.scratchCount(blockWidth))
  }

  /// What task `task` computes: a split's part, and the chunk of it.
  public func place(ofTask task: Int) -> (split: Int, part: Int, chunk: Int) {
    var (part, chunk) = (0, task % max(1, tasksPerSplit))
    while part < parts - 1, chunk >= chunks(ofPart: part).count {
      chunk -= chunks(ofPart: part).count
      part += 1
    }
    return (task / max(1, tasksPerSplit), part, chunk)
  }

  private var tasksPerSplit: Int {
    let slimCount = slimParts.nonzeroBitCount
    return (parts - slimCount) * wide.count + slimCount * slim.count
  }
}

/// `count`, half of it and so on, rounded up, to one.
private func halves(_ count: Int) -> [Int] { Array(sequence(first: count) { $0 > 1 ? ceilingQuotient($0, 2) : nil }) }
