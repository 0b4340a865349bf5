import NNKernels

/// `weightGradient` of small images, whose pixels a tile sums one after the other (see `WeightGradientPlan.gathers`).
func gatheredWeightGradient(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ task: WeightGradientTask, _ room: WeightGradientScratch
) {
  let plan = arguments.pointee.plan
  let g = plan.geometry
  let lines = 0..<g.batch * g.outputHeight
  let pixels = lines.count * g.outputWidth
  var (work, requests) = (task, NoRequests(here: UnsafeRawPointer(room.panel)))
  if plan.streams { streamRows(arguments.pointee, work, pixels) } else { gather(arguments.pointee, work, room.lines) }
  for block in task.blocks {
    work.select(block, plan)
    let outputs = outputOperand(arguments, work, 0, lines, 0..<g.outputWidth, room)
    if !plan.streams { addGathered(arguments, work, outputs, pixels, room, &requests) }
    if !work.biasChannels.isEmpty {
      clear(room.bias, plan.linesStart - plan.biasStart)
      for image in 0..<g.batch {
        addChannelSums(
          arguments.pointee, work, image, 0..<g.outputHeight, 0..<g.outputWidth,
          outputs.moved(lines: image * g.outputHeight, pixels: 0), room.bias)
      }
      writeChannelSums(arguments, work, room.bias)
    }
  }
}

/// Sums the products of one block, of what was gathered.
private func addGathered(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ outputs: Operand, _ pixels: Int,
  _ room: WeightGradientScratch, _ requests: UnsafeMutablePointer<NoRequests>
) {
  let plan = arguments.pointee.plan
  let g = plan.geometry
  // Sums go where they belong without a detour, if they are whole lanes.
  let isWhole = work.tail == Lane.width
  let panelRow = work.lanes * Lane.width
  if !isWhole { clear(room.panel, work.kernelRows.count * plan.rowTaps * plan.rowsPerChunk * panelRow) }
  for tap in 0..<work.kernelRows.count * plan.rowTaps {
    let inputs = Operand(
      start: UnsafePointer(room.lines) + tap * pixels * work.rows.count, line: 0, pixel: work.rows.count)
    // Not all in one sum, whose rounding errors would grow.
    for first in stride(from: 0, to: pixels, by: WeightGradientPlan.smallImage) {
      var product = OuterProduct(
        lines: 1, pixels: min(WeightGradientPlan.smallImage, pixels - first),
        rows: inputs.moved(lines: 0, pixels: first), lanes: outputs.moved(lines: 0, pixels: first),
        laneCount: work.lanes)
      if isWhole {
        let sums = GradientRows(
          place: gradientPlace(arguments.pointee, work, tap), stride: g.outputChannels,
          adds: arguments.pointee.accumulate || first > 0)
        product.run(work.rows.count, sums, requests)
      } else {
        let sums = PanelSums(place: room.panel + tap * plan.rowsPerChunk * panelRow)
        product.run(work.rows.count, sums, requests)
      }
    }
  }
  if !isWhole { writePanel(arguments, work, room.panel) }
}

/// Sums the products of few pixels row by row, two at a time: most of the work is writing them, and memory takes faster what
/// lies on end.
private func streamRows(_ a: WeightGradientArguments, _ task: WeightGradientTask, _ pixels: Int) {
  let g = a.plan.geometry
  let width = Lane.width * Tile.columns
  let first = task.group * g.groupOutputs + task.blocks.lowerBound * width
  let output = Operand(start: a.output + first, line: 0, pixel: a.plan.outputWords)
  let count = min(a.plan.lanes, task.blocks.upperBound * width) - task.blocks.lowerBound * width
  var row = task.rows.lowerBound
  while row < task.rows.upperBound {
    let input = Operand(start: a.input + task.group * g.groupInputs + row, line: 0, pixel: a.plan.inputWords)
    let rows = GradientRows(
      place: a.weightGradient + row * g.outputChannels + first, stride: g.outputChannels, adds: a.accumulate)
    if row + 1 < task.rows.upperBound {
      streamRows(InlineArray<2, InlineArray<4, Lane>>.self, input, output, pixels, rows, count)
      row += 2
    } else {
      streamRows(InlineArray<1, InlineArray<4, Lane>>.self, input, output, pixels, rows, count)
      row += 1
    }
  }
}

/// Some rows of `count` sums.
@inline(__always)
private func streamRows<let rows: Int>(
  _: InlineArray<rows, InlineArray<4, Lane>>.Type, _ input: Operand, _ output: Operand, _ pixels: Int,
  _ target: GradientRows, _ count: Int
) {
  var (target, lane) = (target, 0)
  while lane + 4 * Lane.width <= count {
    var sums = InlineArray<rows, InlineArray<4, Lane>>(repeating: .init(repeating: .zero))
    var (x, y) = (input.start, output.start + lane)
    for _ in 0..<pixels {
      for m in 0..<rows {
        let value = Lane(repeating: x[m])
        for n in 0..<4 { addProduct(&sums[m][n], value, Lane(y + n * Lane.width)) }
      }
      x += input.pixel
      y += output.pixel
    }
    target.store(sums)
    target.place += 4 * Lane.width
    lane += 4 * Lane.width
  }
  while lane < count {
    let valid = min(Lane.width, count - lane)
    for m in 0..<rows {
      var sum = Lane.zero
      for pixel in 0..<pixels {
        let value = Lane(repeating: input.start[pixel * input.pixel + m])
        addProduct(&sum, value, Lane(output.start + lane + pixel * output.pixel, count: valid))
      }
      let place = target.place + m * target.stride
      if target.adds { sum += Lane(Source(place), count: valid) }
      sum.store(place, count: valid)
    }
    target.place += valid
    lane += valid
  }
}

/// Where the task's first row of a tap begins in the gradient.
private func gradientPlace(
  _ a: WeightGradientArguments, _ work: WeightGradientTask, _ tap: Int
) -> UnsafeMutablePointer<Float> {
  let g = a.plan.geometry
  let row = (work.kernelRows.lowerBound * g.kernelWidth + tap) * g.groupInputs + work.rows.lowerBound
  return a.weightGradient + row * g.outputChannels + work.group * g.groupOutputs + work.firstLane
}

/// Copies the task's rows of the input to `target` `[tap][pixel of the output][row]`, zeros for what lies outside.
private func gather(
  _ a: WeightGradientArguments, _ work: WeightGradientTask, _ target: UnsafeMutablePointer<Float>
) {
  let g = a.plan.geometry
  let start = a.input + work.group * g.groupInputs + work.rows.lowerBound
  var target = target
  for ky in work.kernelRows {
    for kx in 0..<g.kernelWidth {
      for line in 0..<g.batch * g.outputHeight {
        let y = line % g.outputHeight * g.strideHeight + ky * g.dilationHeight - g.paddingTop
        let row = (line / g.outputHeight * g.inputHeight + y) * g.inputWidth
        var x = kx * g.dilationWidth - g.paddingLeft
        for _ in 0..<g.outputWidth {
          if 0..<g.inputHeight ~= y, 0..<g.inputWidth ~= x {
            copyLanes(start + (row + x) * a.plan.inputWords, target, work.rows.count)
          } else {
            clearLanes(target, work.rows.count)
          }
          target += work.rows.count
          x += g.strideWidth
        }
      }
    }
  }
}
