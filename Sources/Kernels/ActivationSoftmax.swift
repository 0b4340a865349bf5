import NNKernels

/// The largest value of a row; NaNs are passed over.
@inline(__always) func rowMaximum(_ row: Source, _ channels: Int) -> Float {
  var largest = Lane(repeating: -Float.infinity)
  forEachLane(0, channels) { index, valid in
    let x = keepFirst(valid, of: Lane(row + index), fill: -Float.infinity)
    largest.select(x, where: x .> largest)
  }
  return horizontalMaximum(largest)
}

/// Σ f over a row, where `f` gives the lane at an index.
@inline(__always) func rowSum(_ channels: Int, _ f: (_ index: Int, _ count: Int) -> Lane) -> Float {
  var sum = Lane.zero
  forEachLane(0, channels) { index, valid in sum += keepFirst(valid, of: f(index, valid), fill: 0) }
  return horizontalSum(sum)
}

/// Each row's softmax, of `SoftmaxArguments`.
@Sendable func softmaxForward(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: SoftmaxArguments.self)
  let rows = taskRows(task, by: TaskGrid.rowsPerTask(channels: a.channels), of: a.rows)
  var row = rows.start
  while row < rows.end {
    softmaxRow(a.input + row * a.channels, a.output + row * a.channels, a.channels)
    row += 1
  }
}

/// y = e^(x − max) / Σ of the same; y may be x.
@inline(__always) func softmaxRow(_ x: Source, _ y: Target, _ channels: Int) {
  let largest = Lane(repeating: rowMaximum(x, channels))
  let sum = rowSum(channels) { index, valid in
    let e = exponential(Lane(x + index) - largest)
    e.store(y + index, count: valid)
    return e
  }
  let scale = Lane(repeating: 1 / sum)
  forEachLane(0, channels) { index, valid in (Lane(y + index) * scale).store(y + index, count: valid) }
}

/// Each row's gradient, of `SoftmaxGradientArguments`.
@Sendable func softmaxGradient(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: SoftmaxGradientArguments.self)
  let rows = taskRows(task, by: TaskGrid.rowsPerTask(channels: a.channels), of: a.rows)
  var row = rows.start
  while row < rows.end {
    let offset = row * a.channels
    softmaxGradientRow(a.output + offset, a.outputGradient + offset, a.inputGradient + offset, a.channels)
    row += 1
  }
}

@inline(__always) private func softmaxGradientRow(_ y: Source, _ dy: Source, _ dx: Target, _ channels: Int) {
  let dot = Lane(repeating: rowSum(channels) { index, _ in Lane(y + index) * Lane(dy + index) })
  forEachLane(0, channels) { index, valid in
    (Lane(y + index) * (Lane(dy + index) - dot)).store(dx + index, count: valid)
  }
}
