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
  /// The channels whose sums this task also computes, of the side that the plan names.
  var biasChannels = 0..<0
  private var mayOwnBias: Bool

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
    mayOwnBias = kernelChunk + rowChunk == 0 && plan.biasSide != .none
  }

  /// Turns to block `block`.
  mutating func select(_ block: Int, _ plan: WeightGradientPlan) {
    let blockWidth = Lane.width * Tile.columns
    firstLane = block * blockWidth
    let channels = min(blockWidth, plan.lanes - firstLane)
    lanes = (channels + Lane.width - 1) / Lane.width
    tail = channels - (lanes - 1) * Lane.width
    if !mayOwnBias {
      biasChannels = 0..<0
    } else if plan.biasSide == .output, !plan.swapped {
      biasChannels = group * plan.lanes + firstLane..<group * plan.lanes + firstLane + channels
    } else {
      biasChannels = block == 0 && group == 0 ? 0..<plan.biasCount : 0..<0
    }
  }
}

/// Scratch memory of a task.
struct WeightGradientScratch {
  var panel: UnsafeMutablePointer<Float>
  var lanes: UnsafeMutablePointer<Float>
  var bias: UnsafeMutablePointer<Float>
  var lines: UnsafeMutablePointer<Float>

  init(_ plan: WeightGradientPlan, _ scratch: UnsafeMutableRawPointer) {
    panel = scratch.assumingMemoryBound(to: Float.self)
    lanes = panel + plan.lanesStart
    bias = panel + plan.biasStart
    lines = panel + plan.linesStart
  }

  /// Moves on to the next block's sums.
  mutating func advance(_ plan: WeightGradientPlan) {
    panel += plan.panelRows * Lane.width * Tile.columns
    bias += Lane.width * Tile.columns
  }
}

/// The kernel `ConvolutionKernels.weightGradient`.
func weightGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.assumingMemoryBound(to: WeightGradientArguments.self)
  let plan = a.pointee.plan
  let work = WeightGradientTask(plan, task)
  let room = WeightGradientScratch(plan, scratch)
  clear(room.panel, plan.lanesStart)
  clear(room.bias, plan.linesStart - plan.biasStart)
  let g = plan.geometry
  let canonicalRow = plan.lineCount != g.batch * g.outputHeight
  var line = work.lines.lowerBound
  while line < work.lines.upperBound {
    if canonicalRow {
      let x = line * plan.lineLength
      accumulate(a, work, 0, 0..<1, x..<min(g.outputWidth, x + plan.lineLength), room)
      line += 1
      continue
    }
    let y = line % g.outputHeight
    let end = min(g.outputHeight, y + plan.linesPerChunk, y + work.lines.upperBound - line)
    var x = 0
    while x < plan.lineLength {
      let right = min(plan.lineLength, x + WeightGradientPlan.chunkPixels)
      accumulate(a, work, line / g.outputHeight, y..<end, x..<right, room)
      x = right
    }
    line += end - y
  }
  write(a, work, room)
}

/// Asks for the lines of both operands that the next chunk will need, a few with every tile.
struct WeightGradientPrefetch {
  private var input: Prefetcher
  private var output: Prefetcher
  private var perTile: Int

  /// While output rows `ys` and columns `xs` of an image are summed.
  init(_ a: WeightGradientArguments, _ work: WeightGradientTask, _ image: Int, _ ys: Range<Int>, _ xs: Range<Int>) {
    let g = a.plan.geometry
    let line = (image * g.outputHeight + ys.upperBound) * g.outputWidth + xs.lowerBound
    output = Prefetcher(
      a.output + line * g.outputChannels, floats: xs.count * g.outputChannels, rows: ys.count,
      stride: g.outputWidth * g.outputChannels)
    let y = ys.upperBound * g.strideHeight + (work.kernelRows.upperBound - 1) * g.dilationHeight - g.paddingTop
    let pixel = (image * g.inputHeight + y) * g.inputWidth + xs.lowerBound * g.strideWidth
    input = Prefetcher(
      a.input + pixel * g.inputChannels, floats: xs.count * g.strideWidth * g.inputChannels,
      rows: ys.count * g.strideHeight, stride: g.inputWidth * g.inputChannels)
    if a.plan.rowChunks > 1, !a.plan.swapped, xs.count == g.outputWidth {
      let channel = work.group * g.groupInputs + work.rows.lowerBound
      input = Prefetcher(
        a.input + (image * g.inputHeight + y) * g.inputWidth * g.inputChannels + channel, floats: work.rows.count,
        rows: ys.count * g.strideHeight * g.inputWidth, stride: g.inputChannels)
    }
    let most = Tile.rows(work.blocks.count > 1 ? Tile.columns : work.lanes)
    let rowTiles = (work.rows.count + most - 1) / most
    let tiles = max(1, work.kernelRows.count * a.plan.rowTaps * rowTiles * work.blocks.count)
    let useful = ys.upperBound < g.outputHeight
    perTile = useful ? (max(input.lines, output.lines) + tiles - 1) / tiles : 0
  }

  @inline(__always) mutating func advance() {
    input.advance(perTile)
    output.advance(perTile)
  }
}

/// Adds the products of some output rows and columns of one image to the panels of all the task's blocks.
private func accumulate(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ task: WeightGradientTask, _ image: Int, _ ys: Range<Int>,
  _ xs: Range<Int>, _ scratch: WeightGradientScratch
) {
  var (work, room) = (task, scratch)
  if let first = task.blocks.first { work.select(first, arguments.pointee.plan) }
  var prefetch = WeightGradientPrefetch(arguments.pointee, work, image, ys, xs)
  for block in task.blocks {
    work.select(block, arguments.pointee.plan)
    accumulateBlock(arguments, work, image, ys, xs, room, &prefetch)
    room.advance(arguments.pointee.plan)
  }
}

/// Stores all the task's sums.
private func write(
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

/// Adds the products of some output rows and columns of one image to one block's panel.
private func accumulateBlock(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ image: Int, _ ys: Range<Int>,
  _ xs: Range<Int>, _ room: WeightGradientScratch, _ prefetch: UnsafeMutablePointer<WeightGradientPrefetch>
) {
  let a = arguments.pointee
  let plan = a.plan
  let g = plan.geometry
  let inputLine = g.inputWidth * g.inputChannels
  let outputLine = g.outputWidth * g.outputChannels
  let inputChannel =
    plan.merged ? 0 : work.group * g.groupInputs + (plan.swapped ? work.firstLane : work.rows.lowerBound)
  let outputChannel = work.group * g.groupOutputs + (plan.swapped ? work.rows.lowerBound : work.firstLane)
  let output = a.output + ((image * g.outputHeight + ys.lowerBound) * g.outputWidth + xs.lowerBound) * g.outputChannels
  var outputs = UnsafePointer(output + outputChannel)
  var outputStrides = (outputLine, g.outputChannels)
  if plan.packsLanes {
    outputStrides = packLanes(outputs, outputStrides, ys.count, xs.count, work.lanes, room.lanes)
    outputs = UnsafePointer(room.lanes)
  }
  for ky in work.kernelRows {
    let shiftY = ky * g.dilationHeight - g.paddingTop
    let lines = valid(ys, shiftY, g.strideHeight, g.inputHeight)
    if lines.isEmpty { continue }
    let y = lines.lowerBound * g.strideHeight + shiftY
    let input = a.input + (image * g.inputHeight + y) * inputLine
    let outputRow = outputs + (lines.lowerBound - ys.lowerBound) * outputStrides.0
    let tap = (ky - work.kernelRows.lowerBound) * plan.rowTaps
    let row = room.panel + tap * plan.rowsPerChunk * work.lanes * Lane.width
    if plan.merged {
      let line = padLines(input, room.lines, g, lines.count, xs)
      let product = OuterProduct(
        lines: lines.count, pixels: xs.count, rowLine: line, rowPixel: g.strideWidth * g.inputChannels,
        laneLine: outputStrides.0, lanePixel: outputStrides.1, lanes: work.lanes)
      product.run(room.lines + work.rows.lowerBound, outputRow, work.rows.count, row, prefetch)
      continue
    }
    for kx in 0..<g.kernelWidth {
      let shiftX = kx * g.dilationWidth - g.paddingLeft
      let columns = valid(xs, shiftX, g.strideWidth, g.inputWidth)
      if columns.isEmpty { continue }
      let x = columns.lowerBound * g.strideWidth + shiftX
      let inputs = input + x * g.inputChannels + inputChannel
      let outputPixels = outputRow + (columns.lowerBound - xs.lowerBound) * outputStrides.1
      let target = row + kx * plan.rowsPerChunk * work.lanes * Lane.width
      let inputStrides = (g.strideHeight * inputLine, g.strideWidth * g.inputChannels)
      let (rowStrides, laneStrides) = plan.swapped ? (outputStrides, inputStrides) : (inputStrides, outputStrides)
      let product = OuterProduct(
        lines: lines.count, pixels: columns.count, rowLine: rowStrides.0, rowPixel: rowStrides.1,
        laneLine: laneStrides.0, lanePixel: laneStrides.1, lanes: work.lanes)
      product.run(
        plan.swapped ? outputPixels : inputs, plan.swapped ? inputs : outputPixels, work.rows.count, target, prefetch)
    }
  }
  if !work.biasChannels.isEmpty { addChannelSums(a, work, image, ys, xs, outputs, outputStrides, room.bias) }
}

/// Copies the block's lanes of some lines together; returns the copy's strides from line to line and pixel to pixel.
private func packLanes(
  _ values: UnsafePointer<Float>, _ strides: (Int, Int), _ lines: Int, _ pixels: Int, _ lanes: Int,
  _ target: UnsafeMutablePointer<Float>
) -> (Int, Int) {
  let width = lanes * Lane.width
  for line in 0..<lines {
    for pixel in 0..<pixels {
      let source = values + line * strides.0 + pixel * strides.1
      let copy = target + (line * pixels + pixel) * width
      for lane in 0..<lanes { Lane(source + lane * Lane.width).store(copy + lane * Lane.width) }
    }
  }
  return (pixels * width, width)
}

/// The output positions whose source `position · stride + shift` lies in `0..<size`.
@inline(__always)
private func valid(_ positions: Range<Int>, _ shift: Int, _ stride: Int, _ size: Int) -> Range<Int> {
  let first = max(positions.lowerBound, shift < 0 ? (-shift + stride - 1) / stride : 0)
  let last = size - 1 - shift
  return first..<max(first, min(positions.upperBound, last < 0 ? 0 : last / stride + 1))
}

/// Copies the input lines under output columns `xs` to `room`, with zeros where they leave the image, and returns the
/// floats in such a line.
private func padLines(
  _ input: UnsafePointer<Float>, _ room: UnsafeMutablePointer<Float>, _ g: ConvolutionGeometry, _ lines: Int,
  _ xs: Range<Int>
) -> Int {
  let span = (xs.count - 1) * g.strideWidth + g.kernelWidth
  let first = xs.lowerBound * g.strideWidth - g.paddingLeft
  let from = min(span, max(0, -first))
  let to = max(from, min(span, g.inputWidth - first))
  let channels = g.inputChannels
  for line in 0..<lines {
    let source = input + line * g.strideHeight * g.inputWidth * channels
    let target = room + line * span * channels
    clear(target, from * channels)
    copy(source + (first + from) * channels, target + from * channels, (to - from) * channels)
    clear(target + to * channels, (span - to) * channels)
  }
  return span * channels
}

/// Stores a finished panel in the gradient, or in the split's partial sums.
private func writePanel(
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

@inline(__always)
private func writeRow(_ sums: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ add: Bool) {
  var lane = 0
  while lane < count {
    let value = add ? Lane(target + lane) + Lane(sums + lane) : Lane(sums + lane)
    value.store(target + lane, count: min(Lane.width, count - lane))
    lane += Lane.width
  }
}

/// Adds the channel sums of these output lines, or of the input lines that belong to them.
private func addChannelSums(
  _ a: WeightGradientArguments, _ work: WeightGradientTask, _ image: Int, _ ys: Range<Int>, _ xs: Range<Int>,
  _ outputs: UnsafePointer<Float>, _ strides: (Int, Int), _ sums: UnsafeMutablePointer<Float>
) {
  let g = a.plan.geometry
  if a.plan.biasSide == .output {
    let first = a.plan.swapped ? outputs - work.group * g.groupOutputs - work.rows.lowerBound : outputs
    for line in 0..<ys.count { sumPixels(first + line * strides.0, strides.1, xs.count, work.biasChannels.count, sums) }
    return
  }
  let rows = share(ys, of: g.outputHeight, in: g.inputHeight)
  let columns = share(xs, of: g.outputWidth, in: g.inputWidth)
  for y in rows {
    let line = a.input + ((image * g.inputHeight + y) * g.inputWidth + columns.lowerBound) * g.inputChannels
    sumPixels(line, g.inputChannels, columns.count, work.biasChannels.count, sums)
  }
}

/// The part of `0..<size` that falls to `range` if `0..<count` is spread over it.
private func share(_ range: Range<Int>, of count: Int, in size: Int) -> Range<Int> {
  range.lowerBound * size / count..<range.upperBound * size / count
}

/// Adds each channel's sum over `count` pixels to `sums`.
private func sumPixels(
  _ values: UnsafePointer<Float>, _ stride: Int, _ count: Int, _ channels: Int, _ sums: UnsafeMutablePointer<Float>
) {
  var channel = 0
  while channel < channels {
    var value = values + channel
    var (even, odd) = (Lane.zero, Lane.zero)
    for _ in 0..<count / 2 {
      even += Lane(value)
      odd += Lane(value + stride)
      value += 2 * stride
    }
    if count % 2 == 1 { even += Lane(value) }
    (Lane(sums + channel) + (even + odd)).store(sums + channel)
    channel += Lane.width
  }
}

/// Stores the finished channel sums in the bias gradient, or in the split's partial sums.
private func writeChannelSums(
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
