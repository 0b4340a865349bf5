import NNKernels

/// Stores all the task's sums.
func writeSums(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ task: WeightGradientTask, _ scratch: WeightGradientScratch
) {
  var (work, room) = (task, scratch)
  for block in task.blocks {
    work.select(block, arguments.pointee.plan)
    if !work.rows.isEmpty { writePanel(arguments, work, room.panel) }
    writeChannelSums(arguments, work, room.bias)
    room.advance(arguments.pointee.plan)
  }
}

/// Stores a finished panel in the gradient, or in the split's partial sums.
func writePanel(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ panel: UnsafePointer<Float>
) {
  let a = arguments.pointee
  let plan = a.plan
  let g = plan.geometry
  let whole = plan.splits == 1
  let target = whole ? a.weightGradient : a.partials + work.split * plan.partialStride
  let add = whole && a.accumulate
  let width = work.lanes * Lane.width
  let channels = width - Lane.width + work.tail
  let tapRows = plan.merged ? plan.rows : g.groupInputs
  for ky in work.kernelRows {
    for kx in 0..<plan.rowTaps {
      let tap = (ky - work.kernelRows.lowerBound) * plan.rowTaps + kx
      let base = target + (ky * plan.rowTaps + kx) * tapRows * g.outputChannels + work.group * g.groupOutputs
      for row in 0..<work.rows.count {
        let sums = panel + (tap * plan.rowsPerChunk + row) * width
        let matrixRow = work.rows.lowerBound + row
        if plan.swapped {
          let first = base + work.firstLane * g.outputChannels + matrixRow
          for lane in 0..<channels {
            let at = first + lane * g.outputChannels
            at.pointee = add ? at.pointee + sums[lane] : sums[lane]
          }
        } else {
          writeRow(sums, base + matrixRow * g.outputChannels + work.firstLane, channels, add)
        }
      }
    }
  }
}

/// Stores `count` sums, or adds them.
@inline(__always)
func writeRow(_ sums: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ add: Bool) {
  var lane = 0
  while lane < count {
    let value = add ? Lane(target + lane) + Lane(sums + lane) : Lane(sums + lane)
    value.store(target + lane, count: min(Lane.width, count - lane))
    lane += Lane.width
  }
}

/// Stores the finished channel sums in the bias gradient, or in the split's partial sums.
func writeChannelSums(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ sums: UnsafePointer<Float>
) {
  let a = arguments.pointee
  let plan = a.plan
  let first = work.biasChannels.lowerBound
  if plan.splits > 1 {
    let target = a.partials + work.split * plan.partialStride + plan.geometry.weightCount
    writeRow(sums, target + first, work.biasChannels.count, false)
  } else if let target = a.biasGradient {
    writeRow(sums, target + first, work.biasChannels.count, a.accumulate)
  }
}

/// Sums some channels over a split's share of the pixels, in `sums`, and stores them in the bias gradient, or in the split's
/// partial sums.
func writeChannelSums(
  _ a: WeightGradientArguments, _ channels: Range<Int>, split: Int, _ sums: UnsafeMutablePointer<Float>
) {
  let g = a.plan.geometry
  let isOutput = a.plan.biasSide == .output
  let all = isOutput ? g.outputCount / g.outputChannels : g.inputCount / g.inputChannels
  let pixels = split * all / a.plan.splits..<(split + 1) * all / a.plan.splits
  clear(sums, channels.count + Lane.width)
  let isBFloat16 = (isOutput ? a.plan.outputElement : a.plan.inputElement) == .bfloat16
  let words = isOutput ? a.plan.outputWords : a.plan.inputWords
  let first = isBFloat16 ? channels.lowerBound / 2 : channels.lowerBound
  let values = (isOutput ? a.output : a.input) + first
  for pixel in stride(from: pixels.lowerBound, to: pixels.upperBound, by: WeightGradientPlan.chunkPixels) {
    let count = min(WeightGradientPlan.chunkPixels, pixels.upperBound - pixel)
    sumPixels(values + pixel * words, words, count, channels.count, sums, isBFloat16: isBFloat16)
  }
  let whole = a.plan.splits == 1
  guard let bias = whole ? a.biasGradient : a.partials + split * a.plan.partialStride + g.weightCount else { return }
  writeRow(sums, bias + channels.lowerBound, channels.count, whole && a.accumulate)
}

/// The kernel `ConvolutionKernels.reduceWeightGradient`: adds the splits' sums, always in the same order.
func reduceWeightGradient(_ arguments: UnsafeRawPointer, _ task: Int, _: UnsafeMutableRawPointer) {
  let a = arguments.assumingMemoryBound(to: WeightGradientArguments.self).pointee
  let weights = a.plan.geometry.weightCount
  let all = task * WeightGradientPlan.reduceChunk..<(task + 1) * WeightGradientPlan.reduceChunk
  reduce(a, all.clamped(to: 0..<weights), a.weightGradient)
  if let bias = a.biasGradient {
    reduce(a, all.clamped(to: weights..<weights + a.plan.biasCount), bias - weights)
  }
}

private func reduce(_ a: WeightGradientArguments, _ range: Range<Int>, _ target: UnsafeMutablePointer<Float>) {
  var index = range.lowerBound
  while index < range.upperBound {
    var sum = a.accumulate ? Lane(target + index) : Lane.zero
    for split in 0..<a.plan.splits { sum += Lane(a.partials + split * a.plan.partialStride + index) }
    sum.store(target + index, count: min(Lane.width, range.upperBound - index))
    index += Lane.width
  }
}
