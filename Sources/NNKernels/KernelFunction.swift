/// One kernel: runs task `task` of the step whose argument struct is at `arguments`.
///
/// The runtime calls it for every task of a stage, in any order and from any thread, then starts the next stage.
/// `scratch` belongs to the calling worker: 64-byte aligned, at least as long as the plan says, contents arbitrary.
/// Buffers are 64-byte aligned with 64 readable bytes behind them.
public typealias KernelFunction =
  @Sendable (_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) -> Void

/// The register tile of an instruction set, which decides how weights are packed and work is cut.
public struct TileShape: Sendable, Equatable {
  /// Floats in one vector.
  public var laneWidth: Int
  /// Vectors in a full block of output channels.
  public var columns: Int
  /// The most pixels in one tile of a full block.
  public var rows: Int
  /// Whether a core's second-level cache has two megabytes or more, so that tasks may be larger.
  public var isRoomy: Bool

  /// A tile of `rows` pixels by `columns` vectors of `laneWidth` floats.
  public init(laneWidth: Int, columns: Int, rows: Int, isRoomy: Bool = false) {
    self.laneWidth = laneWidth
    self.columns = columns
    self.rows = rows
    self.isRoomy = isRoomy
  }

  /// Channels in a full block.
  @inlinable public var blockWidth: Int { laneWidth * columns }

  /// Blocks that share the transforms of their sources, if these are to take little of the time that the products take.
  private var sharingBlocks: Int { max(1, 64 / blockWidth) }
  /// Whether blocks are so narrow that several do.
  public var hasNarrowBlocks: Bool { sharingBlocks > 1 }

  /// Into how many chunks blocks are cut that share transforms, one task of each in each of `others` other parts of the
  /// work: at most as many as make so many tasks. Narrow blocks stay together, but for a few tasks, without which two threads
  /// took longer than before.
  func chunks(ofBlocks blocks: Int, others: Int, tasks: Int = .max) -> Int {
    let few = min(blocks, ceilingQuotient(4, others))
    return max(few, min(ceilingQuotient(blocks, sharingBlocks), ceilingQuotient(tasks, others)))
  }

  /// `count` rounded up to whole lanes.
  @inlinable public func padded(_ count: Int) -> Int { (count + laneWidth - 1) / laneWidth * laneWidth }
}

/// `numerator / denominator` rounded up, for a numerator of either sign.
@inlinable public func ceilingQuotient(_ numerator: Int, _ denominator: Int) -> Int {
  numerator > 0 ? (numerator - 1) / denominator + 1 : -(-numerator / denominator)
}

/// `numerator / denominator` rounded down, for a numerator of either sign.
@inlinable public func floorQuotient(_ numerator: Int, _ denominator: Int) -> Int {
  numerator >= 0 ? numerator / denominator : -((-numerator - 1) / denominator + 1)
}
