import NNKernels

/// The kernel `ConvolutionKernels.weightGradient`.
func weightGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.assumingMemoryBound(to: WeightGradientArguments.self)
  let plan = a.pointee.plan
  switch plan.cut {
  case .panels: break
  case .winograd(let cut): return winogradWeightGradient(a, cut, task, scratch)
  case .grouped(let cut): return groupedWeightGradient(a, cut, task, scratch)
  }
  let work = WeightGradientTask(plan, task)
  let room = WeightGradientScratch(plan, scratch)
  if plan.gathers { return gatheredWeightGradient(a, work, room) }
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
  writeSums(a, work, room)
}

/// Adds the products of some output rows and columns of one image to the panels of all the task's blocks.
private func accumulate(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ task: WeightGradientTask, _ image: Int, _ ys: Range<Int>,
  _ xs: Range<Int>, _ scratch: WeightGradientScratch
) {
  let plan = arguments.pointee.plan
  if Lane.hasBFloat16, plan.multipliesBFloat16 { return accumulatePairs(arguments, task, image, ys, xs, scratch) }
  var (work, room) = (task, scratch)
  if let first = task.blocks.first { work.select(first, plan) }
  var ahead = WeightGradientAhead(arguments.pointee, work, image, ys, xs)
  let padded = plan.merged ? PaddedRows(arguments, work, image, ys, xs, room.lines) : nil
  for block in task.blocks {
    work.select(block, plan)
    accumulateBlock(arguments, work, image, ys, xs, padded, room, &ahead)
    room.advance(plan)
  }
}

/// Adds the products of some output rows and columns of one image to one block's panel.
private func accumulateBlock(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ image: Int, _ ys: Range<Int>,
  _ xs: Range<Int>, _ padded: PaddedRows?, _ room: WeightGradientScratch,
  _ ahead: UnsafeMutablePointer<WeightGradientAhead>
) {
  let plan = arguments.pointee.plan
  let g = plan.geometry
  let outputs = outputOperand(arguments, work, image, ys, xs, room)
  for ky in work.kernelRows {
    let shiftY = ky * g.dilationHeight - g.paddingTop
    let lines = valid(ys, shiftY, g.strideHeight, g.inputHeight)
    if lines.isEmpty { continue }
    let kernelRow = ky - work.kernelRows.lowerBound
    for kx in 0..<plan.rowTaps {
      let shiftX = kx * g.dilationWidth - g.paddingLeft
      let columns = plan.merged ? xs : valid(xs, shiftX, g.strideWidth, g.inputWidth)
      if columns.isEmpty { continue }
      let y = lines.lowerBound - ys.lowerBound
      let output = outputs.moved(lines: y, pixels: columns.lowerBound - xs.lowerBound)
      let input =
        padded?.operand(y, kernelRow)
        ?? inputOperand(
          arguments, work, image, lines.lowerBound * g.strideHeight + shiftY,
          columns.lowerBound * g.strideWidth + shiftX)
      let panel = room.panel + (kernelRow * plan.rowTaps + kx) * plan.rowsPerChunk * work.lanes * Lane.width
      var product = OuterProduct(
        lines: lines.count, pixels: columns.count, rows: plan.swapped ? output : input,
        lanes: plan.swapped ? input : output, laneCount: work.lanes)
      product.run(work.rows.count, PanelSums(place: panel), ahead)
    }
  }
  if !work.biasChannels.isEmpty { addChannelSums(arguments.pointee, work, image, ys, xs, outputs, room.bias) }
}

/// The task's part of the output at some rows and columns, copied together if the plan says so.
func outputOperand(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ image: Int, _ ys: Range<Int>,
  _ xs: Range<Int>, _ room: WeightGradientScratch
) -> Operand {
  let plan = arguments.pointee.plan
  let g = plan.geometry
  let channel = work.group * g.groupOutputs + (plan.swapped ? work.rows.lowerBound : work.firstLane)
  let pixel = (image * g.outputHeight + ys.lowerBound) * g.outputWidth + xs.lowerBound
  let operand = Operand(
    start: arguments.pointee.output + pixel * plan.outputWords + channel, line: g.outputWidth * plan.outputWords,
    pixel: plan.outputWords)
  return plan.packsLanes ? packLanes(operand, ys.count, xs.count, work.lanes, room.lanes) : operand
}

/// The task's part of the input where it lies, from a row and column on.
private func inputOperand(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ image: Int, _ y: Int, _ x: Int
) -> Operand {
  let plan = arguments.pointee.plan
  let g = plan.geometry
  let channel = work.group * g.groupInputs + (plan.swapped ? work.firstLane : work.rows.lowerBound)
  let pixel = (image * g.inputHeight + y) * g.inputWidth + x
  return Operand(
    start: arguments.pointee.input + pixel * plan.inputWords + channel,
    line: g.strideHeight * g.inputWidth * plan.inputWords, pixel: g.strideWidth * plan.inputWords)
}

/// The output positions whose source `position · stride + shift` lies in `0..<size`.
@inline(__always)
private func valid(_ positions: Range<Int>, _ shift: Int, _ stride: Int, _ size: Int) -> Range<Int> {
  let first = max(positions.lowerBound, shift < 0 ? (-shift + stride - 1) / stride : 0)
  let last = size - 1 - shift
  return first..<max(first, min(positions.upperBound, last < 0 ? 0 : last / stride + 1))
}
