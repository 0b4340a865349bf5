import NNKernels

/// `packWeights` by Winograd's algorithm: one chunk of source channels of one block of one part, to
/// `[part][block][weight plane][source channel][block's lanes]`, 16 floats of nothing behind each plane.
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
    + index * planes * winogradWeightPlane(plan.sourceChannels, Lane.width * Tile.columns)
  let width = block.lanes * Lane.width
  let weights = WinogradWeights(
    plan, a.pointee.weights, y, x, block, plane: winogradWeightPlane(plan.sourceChannels, width),
    room: scratch.assumingMemoryBound(to: Float.self))
  let rows = chunk * 32..<min(plan.sourceChannels, (chunk + 1) * 32)
  weights.transform(rows, packed + rows.lowerBound * width)
}

/// The axes of part `part`.
@inline(__always)
func winogradPart(_ plan: ConvolutionPlan, _ horizontalParts: Int, _ part: Int) -> (WinogradAxis, WinogradAxis) {
  (
    plan.geometry.verticalWinograd(part / horizontalParts, plan.direction),
    plan.geometry.horizontalWinograd(part % horizontalParts, plan.direction)
  )
}

/// Where the packed weights of part `part` start.
func winogradWeights(_ plan: ConvolutionPlan, _ cut: WinogradCut, _ part: Int) -> Int {
  let padded = (plan.destinationChannels + Lane.width - 1) / Lane.width * Lane.width
  return (0..<part).reduce(0) { sum, part in
    let (y, x) = winogradPart(plan, cut.horizontalParts, part)
    return sum + y.weightPoints * x.weightPoints * (plan.sourceChannels * padded + 16 * plan.blocks)
  }
}

/// Floats from one plane of a block's weights to the next: not a power of two, for the cache's sake.
@inline(__always)
func winogradWeightPlane(_ sources: Int, _ width: Int) -> Int { sources * width + 16 }
