import NNKernels

/// `packWeights` by Winograd's algorithm: one chunk of source channels of one block of one part, to
/// `[part][block][weight plane][source channel, or two][block's lanes]`, 16 words of nothing behind each plane.
func packWinogradWeights(
  _ a: UnsafePointer<ConvolutionPackArguments>, _ cut: WinogradCut, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let plan = a.pointee.plan
  let chunk = task % plan.winogradPackChunks
  let index = task / plan.winogradPackChunks % plan.blocks
  let part = task / plan.winogradPackChunks / plan.blocks
  let (y, x) = winogradPart(plan, cut.horizontalParts, part)
  let block = WinogradBlock(index, channels: plan.destinationChannels)
  let planes = y.weightPoints * x.weightPoints
  let packed =
    a.pointee.packed + winogradWeights(plan, cut, part)
    + index * planes * winogradWeightPlane(plan.weightWords, Lane.width * Tile.columns)
  let width = block.lanes * Lane.width
  let plane = winogradWeightPlane(plan.weightWords, width)
  let rows = chunk * 32..<min(plan.sourceChannels, (chunk + 1) * 32)
  let room = scratch.assumingMemoryBound(to: Float.self)
  if Lane.hasBFloat16, plan.multipliesBFloat16 {
    return packWinogradPairs(a, y, x, block, rows, packed + rows.lowerBound / 2 * width, plane, room)
  }
  let weights = WinogradWeights(plan, a.pointee.weights, y, x, block, plane: plane, room: room)
  weights.transform(rows, packed + rows.lowerBound * width)
}

/// Transforms the weights of some source channels, an even number of them, and rounds pairs of them to bf16.
private func packWinogradPairs(
  _ a: UnsafePointer<ConvolutionPackArguments>, _ y: WinogradAxis, _ x: WinogradAxis, _ block: WinogradBlock,
  _ rows: Range<Int>, _ packed: UnsafeMutablePointer<Float>, _ plane: Int, _ room: UnsafeMutablePointer<Float>
) {
  let shape = a.pointee.plan.shape
  let width = block.lanes * Lane.width
  let floats = room + WinogradCut.tapsCount(shape)
  let floatPlane = WinogradCut.pairRows * width + 16
  let weights = WinogradWeights(a.pointee.plan, a.pointee.weights, y, x, block, plane: floatPlane, room: room)
  for first in stride(from: rows.lowerBound, to: rows.upperBound, by: WinogradCut.pairRows) {
    let count = min(WinogradCut.pairRows, rows.upperBound - first)
    weights.transform(first..<first + count, floats)
    for point in 0..<y.weightPoints * x.weightPoints {
      let (from, to) = (floats + point * floatPlane, packed + point * plane + (first - rows.lowerBound) / 2 * width)
      for pair in 0..<count / 2 {
        for lane in stride(from: 0, to: width, by: Lane.width) {
          let low = from + 2 * pair * width + lane
          Lane(low).paired(Lane(low + width)).store(to + pair * width + lane)
        }
      }
    }
  }
}

/// The axes of part `part`.
@inline(__always)
func winogradPart(_ plan: ConvolutionPlan, _ horizontalParts: Int, _ part: Int) -> (WinogradAxis, WinogradAxis) {
  var tile = WinogradAxis.largestTile
  if case .winograd(let cut) = plan.cut { tile = cut.tile }
  return (
    plan.geometry.verticalWinograd(part / horizontalParts, plan.direction, tile: tile),
    plan.geometry.horizontalWinograd(part % horizontalParts, plan.direction, tile: tile)
  )
}

/// Where the packed weights of part `part` start.
func winogradWeights(_ plan: ConvolutionPlan, _ cut: WinogradCut, _ part: Int) -> Int {
  let padded = (plan.destinationChannels + Lane.width - 1) / Lane.width * Lane.width
  return (0..<part).reduce(0) { sum, part in
    let (y, x) = winogradPart(plan, cut.horizontalParts, part)
    return sum + y.weightPoints * x.weightPoints * (plan.weightWords * padded + 16 * plan.blocks)
  }
}

/// Words from one plane of a block's weights to the next: not a power of two, for the cache's sake.
@inline(__always)
func winogradWeightPlane(_ sources: Int, _ width: Int) -> Int { sources * width + 16 }
