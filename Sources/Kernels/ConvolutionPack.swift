import NNKernels

/// The kernel `ConvolutionKernels.packWeights`: one tap of one block of destination channels.
func packConvolutionWeights(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.assumingMemoryBound(to: ConvolutionPackArguments.self)
  let plan = a.pointee.plan
  switch plan.cut {
  case .winograd(let cut): return packWinogradWeights(a, cut, task, scratch)
  case .winograd4x1(let cut): return packWinograd4x1Weights(a, cut, task, scratch)
  case .grouped(let cut): return packGroupedWeights(a, cut, task)
  case .direct, .winogradUnpacked, .unpacked: break
  }
  let g = plan.geometry
  let taps = g.kernelHeight * g.kernelWidth
  let tap = task % taps
  let block = task / taps % plan.blocks
  let group = task / taps / plan.blocks
  let (ky, kx) = kernelPosition(plan, tap)
  let sources = plan.sourceChannels / g.groups
  let words = plan.weightWords / g.groups
  let groupChannels = plan.destinationChannels / g.groups
  let blockWidth = Lane.width * Tile.columns
  let padded = (groupChannels + Lane.width - 1) / Lane.width * Lane.width
  let first = block * blockWidth
  let channels = min(blockWidth, groupChannels - first)
  let width = min(blockWidth, padded - first)
  let packed = a.pointee.packed + ((group * padded + first) * taps + tap * width) * words
  let weights =
    a.pointee.weights + (ky * g.kernelWidth + kx) * g.groupInputs * g.outputChannels + group * g.groupOutputs
  let isDirect = plan.direction == .forward
  if case .direct(let cut) = plan.cut, cut.narrowChannels > 0 {
    let packed = a.pointee.packed + tap * sources * cut.narrowChannels
    packNarrow(
      weights, packed, sources: sources, outputs: cut.narrowChannels, stride: g.outputChannels, isDirect: isDirect)
  } else if Lane.hasBFloat16, plan.multipliesBFloat16 {
    let start = weights + (isDirect ? first : first * g.outputChannels)
    packPairs(start, packed, words, g.outputChannels, channels, width, isDirect: isDirect)
  } else if isDirect {
    packRows(weights + first, packed, sources, g.outputChannels, channels, width)
  } else {
    packTransposed(weights + first * g.outputChannels, packed, sources, g.outputChannels, channels, width)
  }
}

/// The kernel row and column of a packed tap: taps are stored phase by phase, in the order the phase reads them.
private func kernelPosition(_ plan: ConvolutionPlan, _ tap: Int) -> (Int, Int) {
  let g = plan.geometry
  var rest = tap
  for py in 0..<g.verticalPhases(plan.direction) {
    let v = g.verticalPhase(py, plan.direction)
    for px in 0..<g.horizontalPhases(plan.direction) {
      let h = g.horizontalPhase(px, plan.direction)
      let count = v.tapCount * h.tapCount
      if rest < count {
        return (v.kernelStart + rest / h.tapCount * v.kernelStep, h.kernelStart + rest % h.tapCount * h.kernelStep)
      }
      rest -= count
    }
  }
  return (0, 0)
}

/// `packed[source][channel]` from rows of `stride` floats, zeros from `channels` to `width`.
func packRows(
  _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>, _ sources: Int, _ stride: Int,
  _ channels: Int, _ width: Int
) {
  for source in 0..<sources {
    let row = weights + source * stride
    let target = packed + source * width
    var channel = 0
    while channel < width {
      Lane(row + channel, count: channels - channel).store(target + channel)
      channel += Lane.width
    }
  }
}

/// `packed[source][channel]` from `weights[channel][source]`, zeros from `channels` to `width`.
func packTransposed(
  _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>, _ sources: Int, _ rowStride: Int,
  _ channels: Int, _ width: Int
) {
  for source in stride(from: 0, to: sources, by: Lane.width) {
    for channel in stride(from: 0, to: width, by: Lane.width) {
      transpose(
        weights + channel * rowStride + source, rowStride, rows: min(Lane.width, channels - channel),
        packed + source * width + channel, width, columns: min(Lane.width, sources - source))
    }
  }
}

/// `packed[pair of sources][channel]` in bf16, from `weights[source][channel]`, or `[channel][source]` where not
/// `isDirect`; zeros from `channels` to `width`.
private func packPairs(
  _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>, _ pairs: Int, _ stride: Int, _ channels: Int,
  _ width: Int, isDirect: Bool
) {
  for pair in 0..<pairs {
    for channel in Swift.stride(from: 0, to: width, by: Lane.width) {
      let count = channels - channel
      let start = weights + (isDirect ? 2 * pair * stride + channel : channel * stride + 2 * pair)
      let low = isDirect ? Lane(start, count: count) : gather(start, stride, count)
      let high = isDirect ? Lane(start + stride, count: count) : gather(start + 1, stride, count)
      low.paired(high).store(packed + pair * width + channel)
    }
  }
}

/// The first `count` (up to a lane) of floats that are `stride` apart, and zeros behind them.
@inline(__always)
func gather(_ values: UnsafePointer<Float>, _ stride: Int, _ count: Int) -> Lane {
  var lane = Lane.zero
  for index in 0..<min(count, Lane.width) { lane[index] = values[index * stride] }
  return lane
}
