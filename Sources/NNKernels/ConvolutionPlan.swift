/// How one convolution is cut into tasks and packed, for one instruction set: a function of the geometry only.
///
/// Plain data: it is part of the argument structs.
public struct ConvolutionPlan: Sendable, Equatable {
  /// The canonical geometry (see `ConvolutionGeometry.canonical`).
  public let geometry: ConvolutionGeometry
  public let direction: ConvolutionDirection
  public let shape: TileShape
  /// The max pooling window (and stride) fused behind the activation; 1 × 1 without pooling.
  public let poolHeight: Int
  public let poolWidth: Int
  /// Blocks of destination channels in a group.
  public let blocks: Int
  /// Rows (of a phase; of the convolution's output) in a task, and how many such chunks there are.
  public let rowsPerChunk: Int
  public let rowChunks: Int
  /// Columns (of a phase) in a task, and how many such chunks there are.
  public let columnsPerChunk: Int
  public let columnChunks: Int
  /// Floats at the start of the scratch memory that hold a zero-padded patch of the source.
  public let patchCount: Int
  /// Columns of the convolution that are pooled at once (0 without pooling).
  public let poolColumns: Int

  /// Cuts the work. `pool` is `(height, width)` and only for `.direct`.
  public init(
    _ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection, pool: (Int, Int) = (1, 1), shape: TileShape
  ) {
    let pooled = pool.0 * pool.1 > 1
    let g = pooled ? geometry : geometry.canonical
    self.geometry = g
    self.direction = direction
    self.shape = shape
    (poolHeight, poolWidth) = pool
    let groupChannels = direction == .direct ? g.groupOutputs : g.groupInputs
    blocks = ceilingQuotient(groupChannels, shape.blockWidth)
    let vertical = g.verticalPhase(0, direction)
    let horizontal = g.horizontalPhase(0, direction)
    let rows = vertical.destinationCount / pool.0 * pool.0
    let columns = horizontal.destinationCount / pool.1 * pool.1
    let cut = Self.cut(g, rows: rows, columns: columns, pool: pool, shape: shape, blocks: blocks)
    (rowsPerChunk, columnsPerChunk) = cut
    rowChunks = max(1, ceilingQuotient(rows, cut.0))
    columnChunks = max(1, ceilingQuotient(columns, cut.1))
    patchCount = Self.patchCount(g, direction)
    poolColumns = pooled ? min(max(pool.1, 32 / pool.1 * pool.1), max(pool.1, columns)) : 0
  }

  /// Rows and columns of a task: 1 to 24 million operations, and enough tasks for several threads.
  private static func cut(
    _ g: ConvolutionGeometry, rows: Int, columns: Int, pool: (Int, Int), shape: TileShape, blocks: Int
  ) -> (Int, Int) {
    let target = min(24e6, max(1e6, g.operations / 48))
    let elements = max(1, Double(g.batch) * Double(rows) * Double(columns) * Double(g.groups * blocks))
    let perElement = max(1, g.operations / elements)
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

  /// Source and destination of this direction.
  public var sourceHeight: Int { direction == .direct ? geometry.inputHeight : geometry.outputHeight }
  public var sourceWidth: Int { direction == .direct ? geometry.inputWidth : geometry.outputWidth }
  public var sourceChannels: Int { direction == .direct ? geometry.inputChannels : geometry.outputChannels }
  public var destinationHeight: Int { direction == .direct ? geometry.outputHeight : geometry.inputHeight }
  public var destinationWidth: Int { direction == .direct ? geometry.outputWidth : geometry.inputWidth }
  public var destinationChannels: Int { direction == .direct ? geometry.outputChannels : geometry.inputChannels }
  /// Height and width after pooling (the destination's own without pooling).
  public var pooledHeight: Int { destinationHeight / poolHeight }
  public var pooledWidth: Int { destinationWidth / poolWidth }

  /// Floats of the packed weights (allocate 64 bytes more, as for every buffer).
  public var packedCount: Int {
    geometry.groups * geometry.kernelHeight * geometry.kernelWidth * (sourceChannels / geometry.groups)
      * shape.padded(destinationChannels / geometry.groups)
  }
  /// Tasks of the `packWeights` kernel.
  public var packTaskCount: Int { geometry.groups * blocks * geometry.kernelHeight * geometry.kernelWidth }
  /// Tasks of the `convolve` (or `convolvePool`) kernel.
  public var taskCount: Int { geometry.batch * rowChunks * columnChunks * geometry.groups * blocks }
  /// Scratch memory, in floats: one tile's sums, then the patch, then the rows to pool.
  public var patchStart: Int { maximumTileFloats }
  public var windowStart: Int { (maximumTileFloats + patchCount + 15) / 16 * 16 }
  /// Scratch bytes of `convolve` and `convolvePool`; `packWeights` needs none.
  public var scratchBytes: Int { 4 * (windowStart + poolHeight * poolColumns * shape.blockWidth + 16) }
}

/// No tile has more rows than this, whatever its columns.
public let maximumTileRows = 8

/// No tile has more floats than this.
let maximumTileFloats = 384
