/// How the channels of a weight gradient's parts by Winograd's algorithm are shared among tasks, and where a task's scratch
/// memory has what.
///
/// A task owns the taps between a chunk of input channels (rows) and a chunk of blocks of output channels (lanes).
public struct WinogradGradientChunks: Sendable, Equatable {
  /// Rows of a chunk, in whole lanes, and chunks.
  public let rowsPerChunk: Int
  public let rowChunks: Int
  /// Blocks of output channels in a chunk, and chunks.
  public let blocksPerChunk: Int
  public let blockChunks: Int
  /// Planes of the largest part, and the most planes with sums of their own of any part.
  public let planes: Int
  public let weightPlanes: Int
  /// Tiles of a strip.
  public let tiles: Int

  /// Cuts so many channels into so many chunks at most.
  init(
    inputs: (channels: Int, chunks: Int), blocks: (count: Int, chunks: Int), planes: Int, weightPlanes: Int, tiles: Int,
    laneWidth: Int
  ) {
    rowsPerChunk = ceilingQuotient(ceilingQuotient(inputs.channels, inputs.chunks), laneWidth) * laneWidth
    rowChunks = ceilingQuotient(inputs.channels, rowsPerChunk)
    blocksPerChunk = ceilingQuotient(blocks.count, blocks.chunks)
    blockChunks = ceilingQuotient(blocks.count, blocksPerChunk)
    (self.planes, self.weightPlanes, self.tiles) = (planes, weightPlanes, tiles)
  }

  /// Tasks of each split of each such part.
  @inlinable public var count: Int { rowChunks * blockChunks }
  /// Floats from one plane to the next, of inputs and of gradients.
  @inlinable public var inputPlane: Int { tiles * rowsPerChunk + 16 }
  @inlinable public func gradientPlane(_ blockWidth: Int) -> Int { tiles * blockWidth + 16 }
  /// Floats from one plane of a panel of `rows` rows to the next: not a power of two, for the cache's sake.
  @inlinable public func panelPlane(_ rows: Int, _ width: Int) -> Int { rows * width + 16 }
  /// Scratch memory, in floats: what windows at the border need, the transformed inputs, a block's transformed gradients, the
  /// panels, then channel sums.
  @inlinable public func inputsStart(_ blockWidth: Int) -> Int { WinogradBorder.floats(max(rowsPerChunk, blockWidth)) }
  @inlinable public func gradientsStart(_ blockWidth: Int) -> Int { inputsStart(blockWidth) + planes * inputPlane }
  @inlinable public func panelStart(_ blockWidth: Int) -> Int {
    gradientsStart(blockWidth) + planes * gradientPlane(blockWidth)
  }
  @inlinable public func panelCount(_ blockWidth: Int) -> Int { weightPlanes * panelPlane(rowsPerChunk, blockWidth) }
  @inlinable public func biasStart(_ blockWidth: Int) -> Int {
    panelStart(blockWidth) + blocksPerChunk * panelCount(blockWidth)
  }
  @inlinable public func scratchCount(_ blockWidth: Int) -> Int {
    biasStart(blockWidth) + max(rowsPerChunk, blocksPerChunk * blockWidth) + 64
  }
}
