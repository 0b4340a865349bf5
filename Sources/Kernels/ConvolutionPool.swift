import NNKernels

/// The kernel `ConvolutionKernels.convolvePool`: the convolution's rows go to scratch, their maxima to memory.
func convolvePool(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.assumingMemoryBound(to: ConvolutionArguments.self)
  guard let cut = convolveOtherwise(a, task, scratch) else { return }
  let work = ConvolutionTask(a, cut, task)
  let plan = a.pointee.plan
  let vertical = plan.geometry.verticalPhase(0, .forward)
  let horizontal = plan.geometry.horizontalPhase(0, .forward)
  let rows = work.rows.clamped(to: 0..<plan.pooledHeight * plan.poolHeight)
  let columns = work.columns.clamped(to: 0..<plan.pooledWidth * plan.poolWidth)
  let window = scratch.assumingMemoryBound(to: Float.self) + cut.windowStart
  var row = makeRow(a, cut, work, horizontal, scratch)
  var epilogue = TileEpilogue(
    stride: work.lanes * Lane.width, tail: Lane.width, bias: a.pointee.bias.map { $0 + work.destinationChannel },
    activation: a.pointee.activation, gradient: .identity, accumulate: false, slope: a.pointee.slope, savedOffset: 0,
    prefetches: false,
    sums: scratch.assumingMemoryBound(to: Float.self))
  // Columns whose windows can be pooled in registers.
  let isPlain =
    plan.poolHeight == 2 && plan.poolWidth == 2
    && (a.pointee.activation == .identity || a.pointee.activation == .relu)
  if isPlain, cut.paddedPoolCount > 0 {
    if !rows.isEmpty, !columns.isEmpty { poolPadded(a, work, rows, columns, window) }
    return
  }
  let inner = horizontal.interior.clamped(to: columns)
  let pooled =
    isPlain ? (inner.lowerBound + 1) / 2 * 2..<max((inner.lowerBound + 1) / 2 * 2, inner.upperBound / 2 * 2) : 0..<0
  var y = rows.lowerBound
  while y < rows.upperBound {
    var x = columns.lowerBound
    let isWhole = vertical.interior.contains(y) && vertical.interior.contains(y + plan.poolHeight - 1)
    while x < columns.upperBound {
      if isWhole, x == pooled.lowerBound, !pooled.isEmpty {
        setRow(&row, a, work, vertical, y, work.weights)
        let first = pooled.lowerBound * horizontal.sourceStep + horizontal.sourceStart
        poolInRegisters(
          a, work, row.source + first * row.sourceWords,
          vertical.sourceStep * row.sourceWidth * row.sourceWords, row.direct, row.weights, y / 2, pooled)
        x = pooled.upperBound
        continue
      }
      let next = isWhole && x < pooled.lowerBound ? pooled.lowerBound : columns.upperBound
      let end = min(next, x + cut.poolColumns)
      for line in 0..<plan.poolHeight {
        setRow(&row, a, work, vertical, y + line, work.weights)
        convolveRow(&row, x..<end, window + line * cut.poolColumns * epilogue.stride, &epilogue)
      }
      poolWindow(a, cut, work, y / plan.poolHeight, x / plan.poolWidth..<end / plan.poolWidth, window)
      x = end
    }
    y += plan.poolHeight
  }
}

/// Convolves and pools columns `columns` of two rows, window by window. `source` is what the first column needs, `line` the
/// floats from what the first row needs to what the second does.
@inline(never)
private func poolInRegisters(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ work: ConvolutionTask, _ source: UnsafePointer<Float>,
  _ line: Int, _ runs: TileRuns, _ weights: UnsafePointer<Float>, _ y: Int, _ columns: Range<Int>
) {
  let plan = arguments.pointee.plan
  var runs = runs
  var epilogue = PoolTileEpilogue(
    bias: arguments.pointee.bias.map { $0 + work.destinationChannel }, isRelu: arguments.pointee.activation == .relu,
    tail: work.tail, windows: columns.count / 2, stride: plan.destinationChannels,
    isBFloat16: plan.destinationElement == .bfloat16)
  let first = (work.image * plan.pooledHeight + y) * plan.pooledWidth + columns.lowerBound / 2
  let at = first * plan.destinationChannels + work.destinationChannel
  runConvolutionPoolTiles(
    work.lanes, pairs: plan.multipliesBFloat16, source, line, &runs, weights,
    arguments.pointee.destination + plan.destinationWord(at), arguments.pointee.argmax.map { $0 + at }, &epilogue)
}

/// Convolves and pools all windows of a task in registers: copies the rows that a row of windows needs, zeros around them.
private func poolPadded(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ work: ConvolutionTask, _ rows: Range<Int>, _ columns: Range<Int>,
  _ room: UnsafeMutablePointer<Float>
) {
  let g = arguments.pointee.plan.geometry
  let first = columns.lowerBound * g.strideWidth - g.paddingLeft
  let span = (columns.count - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth + 1
  let source = PaddedSource(arguments, image: work.image, columns: first..<first + span)
  let merges = g.dilationWidth == 1
  let runs = TileRuns(
    rows: g.kernelHeight, rowStride: g.dilationHeight * source.rowCount, runs: merges ? 1 : g.kernelWidth,
    runStride: g.dilationWidth * g.inputChannels, length: (merges ? g.kernelWidth : 1) * g.inputChannels,
    pixelStride: g.strideWidth * g.inputChannels)
  for y in stride(from: rows.lowerBound, to: rows.upperBound, by: 2) {
    for row in 0...g.strideHeight + (g.kernelHeight - 1) * g.dilationHeight {
      source.copyRow(y * g.strideHeight - g.paddingTop + row, room + row * source.rowCount)
    }
    poolInRegisters(arguments, work, room, g.strideHeight * source.rowCount, runs, work.weights, y / 2, columns)
  }
}

/// Maxima of the windows of one pooled row, from `window` `[poolHeight][poolColumns][block's lanes]`.
private func poolWindow(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: DirectCut, _ work: ConvolutionTask, _ y: Int,
  _ columns: Range<Int>, _ window: UnsafePointer<Float>
) {
  let plan = arguments.pointee.plan
  let row = cut.poolColumns * work.lanes * Lane.width
  let pixel = work.lanes * Lane.width
  let line = (work.image * plan.pooledHeight + y) * plan.pooledWidth
  let first = (line + columns.lowerBound) * plan.destinationChannels + work.destinationChannel
  let two = plan.poolHeight == 2 && plan.poolWidth == 2
  let isBFloat16 = plan.destinationElement == .bfloat16
  for lane in 0..<work.lanes {
    let count = lane == work.lanes - 1 ? work.tail : Lane.width
    var source = window + lane * Lane.width
    var at = first + lane * Lane.width
    for _ in columns {
      if let argmax = arguments.pointee.argmax {
        let (best, place) =
          two ? maximum2(source, row, pixel) : maximum(source, plan, row, pixel)
        best.store(
          arguments.pointee.destination + plan.destinationWord(at), count: count, isBFloat16: isBFloat16)
        storePlaces(place, argmax + at, count)
      } else {
        let best = two ? largest2(source, row, pixel) : maximum(source, plan, row, pixel).0
        best.store(
          arguments.pointee.destination + plan.destinationWord(at), count: count, isBFloat16: isBFloat16)
      }
      source += plan.poolWidth * pixel
      at += plan.destinationChannels
    }
  }
}

/// `maximum` of a 2×2 window, without the place.
@inline(__always)
private func largest2(_ window: UnsafePointer<Float>, _ line: Int, _ pixel: Int) -> Lane {
  let top = larger(Lane(window), Lane(window + pixel))
  return larger(top, larger(Lane(window + line), Lane(window + line + pixel)))
}

/// `maximum` of a 2×2 window.
@inline(__always)
private func maximum2(_ window: UnsafePointer<Float>, _ line: Int, _ pixel: Int) -> (Lane, LaneBits) {
  var best = Lane(window)
  var place = LaneBits.zero
  for index in 1..<4 {
    let value = Lane(window + index / 2 * line + index % 2 * pixel)
    let wins = (value .> best) .| (value .!= value)
    best.select(value, where: wins)
    place.select(LaneBits(repeating: Int32(truncatingIfNeeded: index)), where: wins)
  }
  return (best, place)
}

/// The first largest value of a window and its place; a NaN wins, the last one of several (as in PyTorch).
@inline(__always)
private func maximum(
  _ window: UnsafePointer<Float>, _ plan: ConvolutionPlan, _ row: Int, _ pixel: Int
) -> (Lane, LaneBits) {
  var best = Lane(repeating: -.infinity)
  var place = LaneBits.zero
  var index: Int32 = 0
  for y in 0..<plan.poolHeight {
    for x in 0..<plan.poolWidth {
      let value = Lane(window + y * row + x * pixel)
      let wins = (value .> best) .| (value .!= value)
      best.select(value, where: wins)
      place.select(LaneBits(repeating: index), where: wins)
      index += 1
    }
  }
  return (best, place)
}
