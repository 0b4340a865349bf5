import NNKernels

/// 64 columns of one matrix, of `PermuteArguments`.
@Sendable func permuteTranspose(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: PermuteArguments.self)
  let blocks = (a.columns - 1) / 64 + 1
  let matrix = task / blocks * a.rows * a.columns
  let columns = taskRows(task % blocks, by: 64, of: a.columns)
  let (source, target) = (a.input + matrix, a.output + matrix)
  forEachLane(0, a.rows) { row, valid in
    var column = columns.start
    while column < columns.end {
      let value = strided(source + row * a.columns + column, stride: a.columns, count: valid)
      value.store(target + column * a.rows + row, count: valid)
      column += 1
    }
  }
}

/// Some rows, of `ChannelCopyArguments`.
@Sendable func permuteCopyChannels(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: ChannelCopyArguments.self)
  let perTask = TaskGrid.rowsPerTask(channels: a.channels)
  var row = task * perTask
  let end = min(a.rows, row + perTask)
  while row < end {
    let (source, target) = (a.input + row * a.inputStride, a.output + row * a.outputStride)
    forEachLane(0, a.channels) { channel, valid in
      Lane(source + channel, count: valid).store(target + channel, count: valid)
    }
    row += 1
  }
}

/// Every `stride`-th value: `count` of them.
@inline(__always) func strided(_ source: Source, stride: Int, count: Int) -> Lane {
  var lane = Lane.zero
  if count >= Lane.width {
    for element in 0..<Lane.width { lane[element] = source[element * stride] }
  } else {
    for element in 0..<count { lane[element] = source[element * stride] }
  }
  return lane
}
