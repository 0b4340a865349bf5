import NNKernels

/// The kernel `ConvolutionKernels.convolvePool`: the convolution's rows go to scratch, their maxima to memory.
func convolvePool(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.assumingMemoryBound(to: ConvolutionArguments.self)
  let work = ConvolutionTask(a, task)
  let plan = a.pointee.plan
  let vertical = plan.geometry.verticalPhase(0, .direct)
  let horizontal = plan.geometry.horizontalPhase(0, .direct)
  let rows = work.rows.clamped(to: 0..<plan.pooledHeight * plan.poolHeight)
  let columns = work.columns.clamped(to: 0..<plan.pooledWidth * plan.poolWidth)
  let window = scratch.assumingMemoryBound(to: Float.self) + plan.windowStart
  var row = makeRow(a, work, horizontal, scratch)
  var epilogue = TileEpilogue(
    stride: work.lanes * Lane.width, tail: Lane.width, bias: a.pointee.bias.map { $0 + work.destinationChannel },
    activation: a.pointee.activation, gradient: .none, accumulate: false, slope: a.pointee.slope, savedOffset: 0,
    sums: scratch.assumingMemoryBound(to: Float.self))
  var y = rows.lowerBound
  while y < rows.upperBound {
    var x = columns.lowerBound
    while x < columns.upperBound {
      let end = min(columns.upperBound, x + plan.poolColumns)
      for line in 0..<plan.poolHeight {
        setRow(&row, a, work, vertical, y + line, work.weights)
        convolveRow(&row, x..<end, window + line * plan.poolColumns * epilogue.stride, &epilogue)
      }
      poolWindow(a, work, y / plan.poolHeight, x / plan.poolWidth..<end / plan.poolWidth, window)
      x = end
    }
    y += plan.poolHeight
  }
}

/// Maxima of the windows of one pooled row, from `window` `[poolHeight][poolColumns][block's lanes]`.
private func poolWindow(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ work: ConvolutionTask, _ y: Int, _ columns: Range<Int>,
  _ window: UnsafePointer<Float>
) {
  let plan = arguments.pointee.plan
  let pixel = work.lanes * Lane.width
  let line = (work.image * plan.pooledHeight + y) * plan.pooledWidth
  var source = window
  for x in columns {
    let offset = (line + x) * plan.destinationChannels + work.destinationChannel
    for lane in 0..<work.lanes {
      let at = offset + lane * Lane.width
      let count = lane == work.lanes - 1 ? work.tail : Lane.width
      let (best, place) = maximum(source + lane * Lane.width, plan, pixel)
      best.store(arguments.pointee.destination + at, count: count)
      if let argmax = arguments.pointee.argmax { store(place, argmax + at, count) }
    }
    source += plan.poolWidth * pixel
  }
}

/// The first largest value of a window and its place; a NaN wins, the last one of several (as in PyTorch).
@inline(__always)
private func maximum(_ window: UnsafePointer<Float>, _ plan: ConvolutionPlan, _ pixel: Int) -> (Lane, LaneBits) {
  var best = Lane(repeating: -.infinity)
  var place = LaneBits.zero
  var index: Int32 = 0
  for y in 0..<plan.poolHeight {
    for x in 0..<plan.poolWidth {
      let value = Lane(window + (y * plan.poolColumns + x) * pixel)
      let wins = (value .> best) .| (value .!= value)
      best.replace(with: value, where: wins)
      place.replace(with: LaneBits(repeating: index), where: wins)
      index += 1
    }
  }
  return (best, place)
}

@inline(__always)
private func store(_ place: LaneBits, _ target: UnsafeMutablePointer<UInt8>, _ count: Int) {
  for lane in 0..<count { target[lane] = UInt8(truncatingIfNeeded: place[lane]) }
}
