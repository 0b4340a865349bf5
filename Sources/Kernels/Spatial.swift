import NNKernels

/// One row of the small image, of `DepthToSpaceArguments`.
@Sendable func depthToSpace(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: DepthToSpaceArguments.self)
  let area = a.factorHeight * a.factorWidth
  var source = a.input + task * a.width * a.channels * area
  let rowSize = a.width * a.factorWidth * a.channels
  var x = 0
  while x < a.width {
    let block = a.output + task * a.factorHeight * rowSize + x * a.factorWidth * a.channels
    var tap = 0
    while tap < area {
      let target = block + tap / a.factorWidth * rowSize + tap % a.factorWidth * a.channels
      forEachLane(0, a.channels) { channel, valid in
        let value = strided(source + channel * area + tap, stride: area, count: valid)
        value.store(target + channel, count: valid)
      }
      tap += 1
    }
    source += a.channels * area
    x += 1
  }
}

/// One row of the small image, of `DepthToSpaceArguments`.
@Sendable func spaceToDepth(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: DepthToSpaceArguments.self)
  let area = a.factorHeight * a.factorWidth
  var target = a.output + task * a.width * a.channels * area
  let rowSize = a.width * a.factorWidth * a.channels
  var x = 0
  while x < a.width {
    let block = a.input + task * a.factorHeight * rowSize + x * a.factorWidth * a.channels
    var tap = 0
    while tap < area {
      let source = block + tap / a.factorWidth * rowSize + tap % a.factorWidth * a.channels
      var channel = 0
      while channel < a.channels {
        target[channel * area + tap] = source[channel]
        channel += 1
      }
      tap += 1
    }
    target += a.channels * area
    x += 1
  }
}

/// One row of the output, of `PlaceArguments`.
@Sendable func placeImage(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: PlaceArguments.self)
  let (sample, row) = (task / a.outputHeight, task % a.outputHeight - a.top)
  let target = a.output + task * a.outputWidth * a.channels
  let isInside = row >= 0 && row < a.inputHeight
  let first = isInside && a.left > 0 ? min(a.left, a.outputWidth) : isInside ? 0 : a.outputWidth
  let end = isInside ? max(first, min(a.outputWidth, a.left + a.inputWidth)) : a.outputWidth
  fill(target, first * a.channels, a.fill)
  if isInside, end > first {
    let source = a.input + ((sample * a.inputHeight + row) * a.inputWidth + first - a.left) * a.channels
    let copied = target + first * a.channels
    forEachLane(0, (end - first) * a.channels) { index, valid in
      Lane(source + index).store(copied + index, count: valid)
    }
  }
  fill(target + end * a.channels, (a.outputWidth - end) * a.channels, a.fill)
}

@inline(__always) private func fill(_ target: Target, _ count: Int, _ value: Float) {
  forEachLane(0, count) { index, valid in Lane(repeating: value).store(target + index, count: valid) }
}
