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
  gather(arguments.pointee, work, room.lines)
  for block in task.blocks {
    work.select(block, plan)
    // Sums go where they belong without a detour, if they are whole lanes.
    let isWhole = work.tail == Lane.width
    let panelRow = work.lanes * Lane.width
    if !isWhole { clear(room.panel, work.kernelRows.count * plan.rowTaps * plan.rowsPerChunk * panelRow) }
    let outputs = outputOperand(arguments, work, 0, lines, 0..<g.outputWidth, room)
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
          product.run(work.rows.count, sums, &requests)
        } else {
          let sums = PanelSums(place: room.panel + tap * plan.rowsPerChunk * panelRow)
          product.run(work.rows.count, sums, &requests)
        }
      }
    }
    if !isWhole { writePanel(arguments, work, room.panel) }
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
