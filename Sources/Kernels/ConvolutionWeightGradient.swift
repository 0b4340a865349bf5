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
  /// The block's first lane channel within the group, its lanes and the channels in the last one.
  var firstLane: Int
  var lanes: Int
  var tail: Int
  /// Whether this task also computes its split's channel sums.
  var ownsBias: Bool

  init(_ plan: WeightGradientPlan, _ task: Int) {
    let g = plan.geometry
    var rest = task
    let block = rest % plan.blocks
    rest /= plan.blocks
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
    let blockWidth = Lane.width * Tile.columns
    firstLane = block * blockWidth
    let channels = min(blockWidth, plan.lanes - firstLane)
    lanes = (channels + Lane.width - 1) / Lane.width
    tail = channels - (lanes - 1) * Lane.width
    ownsBias = block == 0 && kernelChunk == 0 && rowChunk == 0 && group == 0 && plan.biasSide != .none
  }
}

/// The kernel `ConvolutionKernels.weightGradient`.
func weightGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.assumingMemoryBound(to: WeightGradientArguments.self)
  let plan = a.pointee.plan
  let work = WeightGradientTask(plan, task)
  let panel = scratch.assumingMemoryBound(to: Float.self)
  let room = panel + plan.panelRows * Lane.width * Tile.columns
  clear(panel, plan.panelRows * work.lanes * Lane.width)
  let height = plan.geometry.outputHeight
  let canonicalRow = plan.lineCount != plan.geometry.batch * height
  var line = work.lines.lowerBound
  while line < work.lines.upperBound {
    if canonicalRow {
      let x = line * plan.lineLength
      accumulate(a, work, 0, 0..<1, x..<min(plan.geometry.outputWidth, x + plan.lineLength), panel, room)
      line += 1
      continue
    }
    let y = line % height
    let end = min(height, y + plan.linesPerChunk, y + work.lines.upperBound - line)
    var x = 0
    while x < plan.lineLength {
      let right = min(plan.lineLength, x + 128)
      accumulate(a, work, line / height, y..<end, x..<right, panel, room)
      x = right
    }
    line += end - y
  }
  if work.rows.lowerBound < work.rows.upperBound { writePanel(a, work, panel) }
  if work.ownsBias { sumChannels(a, work, room) }
}

/// Adds the products of some output rows and columns of one image to the panel.
private func accumulate(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ image: Int, _ ys: Range<Int>,
  _ xs: Range<Int>, _ panel: UnsafeMutablePointer<Float>, _ room: UnsafeMutablePointer<Float>
) {
  let a = arguments.pointee
  let plan = a.plan
  let g = plan.geometry
  let inputLine = g.inputWidth * g.inputChannels
  let outputLine = g.outputWidth * g.outputChannels
  let inputChannel =
    plan.merged ? 0 : work.group * g.groupInputs + (plan.swapped ? work.firstLane : work.rows.lowerBound)
  let outputChannel = work.group * g.groupOutputs + (plan.swapped ? work.rows.lowerBound : work.firstLane)
  for ky in work.kernelRows {
    let shiftY = ky * g.dilationHeight - g.paddingTop
    let lines = valid(ys, shiftY, g.strideHeight, g.inputHeight)
    if lines.isEmpty { continue }
    let y = lines.lowerBound * g.strideHeight + shiftY
    let input = a.input + (image * g.inputHeight + y) * inputLine
    let output = a.output + (image * g.outputHeight + lines.lowerBound) * outputLine + outputChannel
    let row = panel + (ky - work.kernelRows.lowerBound) * plan.rowTaps * plan.rowsPerChunk * work.lanes * Lane.width
    if plan.merged {
      let line = padLines(input, room, g, lines.count, xs)
      let product = OuterProduct(
        lines: lines.count, pixels: xs.count, rowLine: line, rowPixel: g.strideWidth * g.inputChannels,
        laneLine: outputLine, lanePixel: g.outputChannels, lanes: work.lanes)
      product.run(room + work.rows.lowerBound, output + xs.lowerBound * g.outputChannels, work.rows.count, row)
      continue
    }
    for kx in 0..<g.kernelWidth {
      let shiftX = kx * g.dilationWidth - g.paddingLeft
      let columns = valid(xs, shiftX, g.strideWidth, g.inputWidth)
      if columns.isEmpty { continue }
      let x = columns.lowerBound * g.strideWidth + shiftX
      let inputs = input + x * g.inputChannels + inputChannel
      let outputs = output + columns.lowerBound * g.outputChannels
      let target = row + kx * plan.rowsPerChunk * work.lanes * Lane.width
      let inputStrides = (g.strideHeight * inputLine, g.strideWidth * g.inputChannels)
      let outputStrides = (outputLine, g.outputChannels)
      let (rowStrides, laneStrides) = plan.swapped ? (outputStrides, inputStrides) : (inputStrides, outputStrides)
      let product = OuterProduct(
        lines: lines.count, pixels: columns.count, rowLine: rowStrides.0, rowPixel: rowStrides.1,
        laneLine: laneStrides.0, lanePixel: laneStrides.1, lanes: work.lanes)
      product.run(plan.swapped ? outputs : inputs, plan.swapped ? inputs : outputs, work.rows.count, target)
    }
  }
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

/// Channel sums of the split's lines, line by line.
private func sumChannels(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ room: UnsafeMutablePointer<Float>
) {
  let a = arguments.pointee
  let plan = a.plan
  let g = plan.geometry
  let outputSide = plan.biasSide == .output
  let channels = plan.biasCount
  let pixels = outputSide ? g.batch * g.outputHeight * g.outputWidth : g.batch * g.inputHeight * g.inputWidth
  let tensor = outputSide ? a.output : a.input
  let first = work.split * pixels / plan.splits
  let last = (work.split + 1) * pixels / plan.splits
  clear(room, (channels + Lane.width - 1) / Lane.width * Lane.width)
  var pixel = first
  while pixel < last {
    let count = min(128, last - pixel)
    var channel = 0
    while channel < channels {
      var value = tensor + pixel * channels + channel
      var sum = Lane.zero
      for _ in 0..<count {
        sum += Lane(value)
        value += channels
      }
      (Lane(room + channel) + sum).store(room + channel)
      channel += Lane.width
    }
    pixel += count
  }
  if plan.splits > 1 {
    writeRow(room, a.partials + work.split * plan.partialStride + g.weightCount, channels, false)
  } else if let target = a.biasGradient {
    writeRow(room, target, channels, a.accumulate)
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
