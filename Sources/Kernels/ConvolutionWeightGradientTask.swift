import NNKernels

/// The part of a weight gradient that one task computes: a panel of sums for some kernel rows, `rows` matrix rows and
/// one block of lanes, over the lines of one split.
struct WeightGradientTask {
  var split: Int
  var lines: Range<Int>
  var kernelRows: Range<Int>
  var group: Int
  /// Matrix rows of a tap, within the group.
  var rows: Range<Int>
  var blocks: Range<Int>
  /// The selected block's first lane channel within the group, its lanes and the channels in the last one.
  var firstLane = 0
  var lanes = 0
  var tail = 0
  /// The channels whose sums this task also computes with the selected block, of the side that the plan names.
  var biasChannels = 0..<0
  private let ownsLaneSums: Bool
  private let ownsRowSums: Bool

  init(_ plan: WeightGradientPlan, _ task: Int) {
    let g = plan.geometry
    var rest = task
    let block = rest % plan.blockChunks * plan.blocksPerChunk
    rest /= plan.blockChunks
    blocks = min(block, plan.blocks)..<min(plan.blocks, block + plan.blocksPerChunk)
    let kernelChunk = rest % plan.kernelRowChunks
    rest /= plan.kernelRowChunks
    let rowChunk = rest % plan.rowChunks
    rest /= plan.rowChunks
    group = rest % g.groups
    split = rest / g.groups
    lines = split * plan.lineCount / plan.splits..<(split + 1) * plan.lineCount / plan.splits
    let kernelRow = kernelChunk * plan.kernelRowsPerChunk
    kernelRows = kernelRow..<min(g.kernelHeight, kernelRow + plan.kernelRowsPerChunk)
    let row = min(plan.rows, rowChunk * plan.rowsPerChunk)
    rows = row..<min(plan.rows, row + plan.rowsPerChunk)
    ownsLaneSums = plan.biasSide != .none && plan.sumsLanes && kernelChunk + rowChunk == 0
    ownsRowSums = plan.biasSide != .none && !plan.sumsLanes && kernelChunk == 0
  }

  /// Turns to block `block`.
  mutating func select(_ block: Int, _ plan: WeightGradientPlan) {
    let blockWidth = Lane.width * Tile.columns
    firstLane = block * blockWidth
    let channels = min(blockWidth, plan.lanes - firstLane)
    lanes = (channels + Lane.width - 1) / Lane.width
    tail = channels - (lanes - 1) * Lane.width
    biasChannels = 0..<0
    if ownsLaneSums {
      let first = group * plan.lanes + firstLane
      biasChannels = first..<first + channels
    } else if ownsRowSums, block == 0, plan.merged {
      biasChannels = rows.lowerBound == 0 ? 0..<plan.biasCount : 0..<0
    } else if ownsRowSums, block == 0 {
      biasChannels = group * plan.rows + rows.lowerBound..<group * plan.rows + rows.upperBound
    }
  }
}

/// Scratch memory of a task.
struct WeightGradientScratch {
  var panel: UnsafeMutablePointer<Float>
  var lanes: UnsafeMutablePointer<Float>
  var bias: UnsafeMutablePointer<Float>
  var lines: UnsafeMutablePointer<Float>
  /// Pairs of the output's pixels.
  var outputs: UnsafeMutablePointer<Float>

  init(_ plan: WeightGradientPlan, _ scratch: UnsafeMutableRawPointer) {
    panel = scratch.assumingMemoryBound(to: Float.self)
    lanes = panel + plan.lanesStart
    bias = panel + plan.biasStart
    lines = panel + plan.linesStart
    outputs = panel + plan.pairedOutputStart
  }

  /// Moves on to the next block's sums.
  mutating func advance(_ plan: WeightGradientPlan) {
    panel += plan.panelRows * Lane.width * Tile.columns
    bias += Lane.width * Tile.columns
  }
}
