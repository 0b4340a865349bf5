import NNKernels

/// `packWeights` by Winograd's algorithm: one chunk of source channels of one block of one part, to
/// `[part][block][weight plane][source channel, or two][block's lanes]`, 16 words of nothing behind each plane.
func packWinogradWeights(_ a: UnsafePointer<ConvolutionPackArguments>, _ cut: WinogradCut, _ task: Int) {
  let plan = a.pointee.plan
  let chunk = task % plan.winogradPackChunks
  let block = task / plan.winogradPackChunks % plan.blocks
  let part = task / plan.winogradPackChunks / plan.blocks
  let (y, x) = winogradPart(plan, cut, part)
  let (sources, blockWidth) = (plan.sourceChannels, Lane.width * Tile.columns)
  let first = block * blockWidth
  let channels = min(blockWidth, plan.destinationChannels - first)
  let width = (channels + Lane.width - 1) / Lane.width * Lane.width
  let plane = winogradWeightPlane(plan.weightWords, width)
  let packed =
    a.pointee.packed + winogradWeights(plan, cut, part)
    + block * y.weightPoints * x.weightPoints * winogradWeightPlane(plan.weightWords, blockWidth)
  if Lane.hasBFloat16, plan.multipliesBFloat16 {
    let pairs = min(sources / 2, chunk * 16)..<min(sources / 2, (chunk + 1) * 16)
    return packPairs(a, y, x, pairs, first..<first + channels, packed, plane)
  }
  let rows = min(sources, chunk * 32)..<min(sources, (chunk + 1) * 32)
  for source in rows {
    var lane = 0
    while lane < width {
      let count = min(Lane.width, channels - lane)
      let target = packed + source * width + lane
      if y.taps == 3, x.taps == 3 {
        packLane(a, y, x, 3, 3, source: source, destination: first + lane, count, target, plane)
      } else {
        packLane(a, y, x, y.taps, x.taps, source: source, destination: first + lane, count, target, plane)
      }
      lane += Lane.width
    }
  }
}

/// The axes of part `part`.
@inline(__always)
func winogradPart(_ plan: ConvolutionPlan, _ cut: WinogradCut, _ part: Int) -> (WinogradAxis, WinogradAxis) {
  (
    plan.geometry.verticalWinograd(part / cut.horizontalParts, plan.direction),
    plan.geometry.horizontalWinograd(part % cut.horizontalParts, plan.direction)
  )
}

/// Where the packed weights of part `part` start.
func winogradWeights(_ plan: ConvolutionPlan, _ cut: WinogradCut, _ part: Int) -> Int {
  let padded = (plan.destinationChannels + Lane.width - 1) / Lane.width * Lane.width
  return (0..<part).reduce(0) { sum, part in
    let (y, x) = winogradPart(plan, cut, part)
    return sum + y.weightPoints * x.weightPoints * (plan.weightWords * padded + 16 * plan.blocks)
  }
}

/// Floats from one plane of a block's weights to the next: not a power of two, for the cache's sake.
@inline(__always)
func winogradWeightPlane(_ sources: Int, _ width: Int) -> Int { sources * width + 16 }

/// Packs pairs of source channels of one block of 3×3 taps, rounded to bf16.
private func packPairs(
  _ a: UnsafePointer<ConvolutionPackArguments>, _ y: WinogradAxis, _ x: WinogradAxis, _ pairs: Range<Int>,
  _ channels: Range<Int>, _ packed: UnsafeMutablePointer<Float>, _ plane: Int
) {
  let width = (channels.count + Lane.width - 1) / Lane.width * Lane.width
  for pair in pairs {
    for lane in stride(from: 0, to: width, by: Lane.width) {
      let (destination, count) = (channels.lowerBound + lane, min(Lane.width, channels.count - lane))
      let low = transformedWeights(a, y, x, 3, 3, source: 2 * pair, destination: destination, count)
      let high = transformedWeights(a, y, x, 3, 3, source: 2 * pair + 1, destination: destination, count)
      for point in 0..<36 { low[point].paired(high[point]).store(packed + point * plane + pair * width + lane) }
    }
  }
}

/// Transforms and stores the weights between one source channel and one lane of destination channels.
@inline(__always)
private func packLane(
  _ a: UnsafePointer<ConvolutionPackArguments>, _ y: WinogradAxis, _ x: WinogradAxis, _ vertical: Int,
  _ horizontal: Int, source: Int, destination: Int, _ count: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int
) {
  let result = transformedWeights(a, y, x, vertical, horizontal, source: source, destination: destination, count)
  let points = (vertical == 1 ? 1 : vertical + 3) * (horizontal == 1 ? 1 : horizontal + 3)
  for point in 0..<points { result[point].store(target + point * plane) }
}

/// `G g Gᵀ` of the weights between one source channel and one lane of destination channels, point by point.
@inline(__always)
private func transformedWeights(
  _ a: UnsafePointer<ConvolutionPackArguments>, _ y: WinogradAxis, _ x: WinogradAxis, _ vertical: Int,
  _ horizontal: Int, source: Int, destination: Int, _ count: Int
) -> InlineArray<36, Lane> {
  let g = a.pointee.plan.geometry
  let isDirect = a.pointee.plan.direction == .direct
  let start = isDirect ? source * g.outputChannels + destination : destination * g.outputChannels + source
  var columns = InlineArray<3, InlineArray<6, Lane>>(repeating: .init(repeating: .zero))
  for kx in 0..<horizontal {
    var taps = InlineArray<3, Lane>(repeating: .zero)
    for ky in 0..<vertical {
      let row = y.kernelStart + ky * y.kernelStep
      let tap = row * g.kernelWidth + x.kernelStart + kx * x.kernelStep
      let weights = a.pointee.weights + tap * g.inputChannels * g.outputChannels + start
      taps[ky] = isDirect ? Lane(weights, count: count) : gather(weights, g.outputChannels, count)
    }
    columns[kx] = transformWeights(taps, taps: vertical)
  }
  let (rows, columnCount) = (vertical == 1 ? 1 : vertical + 3, horizontal == 1 ? 1 : horizontal + 3)
  var points = InlineArray<36, Lane>(repeating: .zero)
  for py in 0..<rows {
    var row = InlineArray<3, Lane>(repeating: .zero)
    for kx in 0..<horizontal { row[kx] = columns[kx][py] }
    let result = transformWeights(row, taps: horizontal)
    for px in 0..<columnCount { points[py * columnCount + px] = result[px] }
  }
  return points
}
