import NNKernels

/// One row of the output, of `AveragePoolArguments`.
@Sendable func averagePool(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: AveragePoolArguments.self)
  let s = a.shape
  let rows = windowRange(
    output: task % s.outputHeight, stride: s.strideHeight, padding: s.paddingTop, kernel: s.kernelHeight, size: s.height
  )
  let image = a.input + task / s.outputHeight * s.height * s.width * s.channels
  let window = Lane(repeating: Float(s.window))
  var x = 0
  while x < s.outputWidth {
    let columns = windowRange(
      output: x, stride: s.strideWidth, padding: s.paddingLeft, kernel: s.kernelWidth, size: s.width)
    let target = a.output + (task * s.outputWidth + x) * s.channels
    forEachLane(0, s.channels) { channel, valid in
      (windowSum(image + channel, rows, columns, s) / window).store(target + channel, count: valid)
    }
    x += 1
  }
}

@inline(__always) private func windowSum(
  _ image: Source, _ rows: WindowRange, _ columns: WindowRange, _ s: PoolingShape
) -> Lane {
  var sum = Lane.zero
  var row = rows.start
  while row < rows.end {
    let line = image + ((rows.origin + row) * s.width + columns.origin) * s.channels
    var column = columns.start
    while column < columns.end {
      sum += Lane(line + column * s.channels)
      column += 1
    }
    row += 1
  }
  return sum
}

/// One row of dx, of `AveragePoolGradientArguments`.
@Sendable func averagePoolGradient(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: AveragePoolGradientArguments.self)
  let s = a.shape
  let rows = coveringRange(
    input: task % s.height, stride: s.strideHeight, padding: s.paddingTop, kernel: s.kernelHeight,
    outputSize: s.outputHeight)
  let gradient = a.outputGradient + task / s.height * s.outputHeight * s.outputWidth * s.channels
  let window = Lane(repeating: Float(s.window))
  var x = 0
  while x < s.width {
    let columns = coveringRange(
      input: x, stride: s.strideWidth, padding: s.paddingLeft, kernel: s.kernelWidth, outputSize: s.outputWidth)
    let target = a.inputGradient + (task * s.width + x) * s.channels
    forEachLane(0, s.channels) { channel, valid in
      (coveringSum(gradient + channel, rows, columns, s) / window).store(target + channel, count: valid)
    }
    x += 1
  }
}

@inline(__always) private func coveringSum(
  _ gradient: Source, _ rows: CoveringRange, _ columns: CoveringRange, _ s: PoolingShape
) -> Lane {
  var sum = Lane.zero
  var row = rows.start
  while row < rows.end {
    var column = columns.start
    while column < columns.end {
      sum += Lane(gradient + (row * s.outputWidth + column) * s.channels)
      column += 1
    }
    row += 1
  }
  return sum
}

/// A block of channels of one sample, of `SpatialMeanArguments`.
@Sendable func spatialMean(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SpatialMeanArguments.self)
  let blocks = (a.channels - 1) / 64 + 1
  let sample = task / blocks
  let channels = taskRows(task % blocks, by: 64, of: a.channels)
  let input = a.input + sample * a.positions * a.channels
  let output = a.output + sample * a.channels
  let count = Lane(repeating: Float(a.positions))
  forEachLane(channels.start, channels.end) { channel, valid in
    let sum = columnSum(input + channel, from: 0, to: a.positions, stride: a.channels)
    (sum / count).store(output + channel, count: valid)
  }
}

/// A piece of one sample's dx, of `SpatialMeanArguments`.
@Sendable func spatialMeanGradient(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: SpatialMeanArguments.self)
  let pieces = a.gradientTasksPerSample
  let sample = task / pieces
  let positions = taskRows(task % pieces, by: TaskGrid.rowsPerTask(channels: a.channels), of: a.positions)
  let dy = a.input + sample * a.channels
  let dx = a.output + sample * a.positions * a.channels
  let count = Lane(repeating: Float(a.positions))
  var position = positions.start
  while position < positions.end {
    forEachLane(0, a.channels) { channel, valid in
      (Lane(dy + channel) / count).store(dx + position * a.channels + channel, count: valid)
    }
    position += 1
  }
}
