import NNKernels

/// A pointer to values that a kernel reads.
typealias Source = UnsafePointer<Float>
/// A pointer to values that a kernel writes.
typealias Target = UnsafeMutablePointer<Float>

/// Calls `body` with the index of each lane of `start..<end` and the number of values in it that count.
@inline(__always) func forEachLane(_ start: Int, _ end: Int, _ body: (_ index: Int, _ count: Int) -> Void) {
  var index = start
  while index + Lane.width <= end {
    body(index, Lane.width)
    index += Lane.width
  }
  if index < end { body(index, end - index) }
}

/// `forEachLane` over the piece of `count` values that belongs to an elementwise kernel's `task`.
@inline(__always) func forEachLane(
  task: Int, of count: Int, _ body: (_ index: Int, _ count: Int) -> Void
) {
  let start = task * 16_384
  let end = start + 16_384
  forEachLane(start, end < count ? end : count, body)
}

/// Calls `body` with each lane of channels of the pixels that belong to an elementwise kernel's `task`.
@inline(__always) private func forEachPixelLane(
  task: Int, of count: Int, _ pixels: PixelRows, _ body: (_ row: Int, _ channel: Int, _ count: Int) -> Void
) {
  let rows = taskRows(task, by: pixels.rowsPerTask, of: count / pixels.channels)
  var row = rows.start
  while row < rows.end {
    forEachLane(0, pixels.channels) { channel, valid in body(row, channel, valid) }
    row += 1
  }
}

/// target = f(source), for one elementwise task, of floats or of bf16 numbers.
@inline(__always) func mapLanes(
  task: Int, of count: Int, _ source: Source, _ target: Target, isBFloat16: Bool = false, in pixels: PixelRows? = nil,
  _ f: (Lane) -> Lane
) {
  if let pixels {
    forEachPixelLane(task: task, of: count, pixels) { row, channel, valid in
      f(Lane(source, at: row * pixels.first + channel, isBFloat16: isBFloat16))
        .store(target, at: row * pixels.result + channel, count: valid, isBFloat16: isBFloat16)
    }
  } else if Lane.hasBFloat16, isBFloat16 {
    forEachLane(task: task, of: count) { index, valid in
      f(Lane(source, at: index, isBFloat16: true)).store(target, at: index, count: valid, isBFloat16: true)
    }
  } else {
    forEachLane(task: task, of: count) { index, valid in f(Lane(source + index)).store(target + index, count: valid) }
  }
}

/// target = f(first, second), for one elementwise task, of floats or of bf16 numbers.
@inline(__always) func mapLanes(
  task: Int, of count: Int, _ first: Source, _ second: Source, _ target: Target, isBFloat16: Bool = false,
  in pixels: PixelRows? = nil, _ f: (Lane, Lane) -> Lane
) {
  if let pixels {
    forEachPixelLane(task: task, of: count, pixels) { row, channel, valid in
      let x = Lane(first, at: row * pixels.first + channel, isBFloat16: isBFloat16)
      let y = Lane(second, at: row * pixels.second + channel, isBFloat16: isBFloat16)
      f(x, y).store(target, at: row * pixels.result + channel, count: valid, isBFloat16: isBFloat16)
    }
  } else if Lane.hasBFloat16, isBFloat16 {
    forEachLane(task: task, of: count) { index, valid in
      f(Lane(first, at: index, isBFloat16: true), Lane(second, at: index, isBFloat16: true))
        .store(target, at: index, count: valid, isBFloat16: true)
    }
  } else {
    forEachLane(task: task, of: count) { index, valid in
      f(Lane(first + index), Lane(second + index)).store(target + index, count: valid)
    }
  }
}

/// The sum of the squares of the values that belong to an elementwise kernel's `task`: in lanes of single precision over
/// 1,024 values, then in double.
@inline(__always) func sumSquares(
  task: Int, of count: Int, _ value: (_ index: Int, _ count: Int) -> Lane
) -> Double {
  let values = taskRows(task, by: 16_384, of: count)
  var total = 0.0
  var start = values.start
  while start < values.end {
    let end = start + 1024 < values.end ? start + 1024 : values.end
    var sum = Lane.zero
    forEachLane(start, end) { index, valid in
      let value = keepFirst(valid, of: value(index, valid), fill: 0)
      sum = multiplyAdd(value, value, sum)
    }
    total += horizontalDoubleSum(sum)
    start = end
  }
  return total
}

/// The first and the last-plus-one row of `task` when each task has `size` of `rows`.
@inline(__always) func taskRows(_ task: Int, by size: Int, of rows: Int) -> (start: Int, end: Int) {
  let end = (task + 1) * size
  return (task * size, end < rows ? end : rows)
}

/// The sum of all elements, always in the same order.
@inline(__always) func horizontalSum(_ lane: Lane) -> Float {
  var sum = lane[0]
  for element in 1..<Lane.width { sum += lane[element] }
  return sum
}

/// The largest element; NaNs are passed over.
@inline(__always) func horizontalMaximum(_ lane: Lane) -> Float {
  var largest = lane[0]
  for element in 1..<Lane.width where lane[element] > largest || largest != largest { largest = lane[element] }
  return largest
}

/// The sum of all elements in double precision, always in the same order.
@inline(__always) func horizontalDoubleSum(_ lane: Lane) -> Double {
  var sum = Double(lane[0])
  for element in 1..<Lane.width { sum += Double(lane[element]) }
  return sum
}

/// `lane` with `fill` behind its first `count` values.
@inline(__always) func keepFirst(_ count: Int, of lane: Lane, fill: Float) -> Lane {
  if count >= Lane.width { return lane }
  let kept = Lane.positions .< LaneBits(repeating: Int32(truncatingIfNeeded: count))
  return Lane(repeating: fill).selecting(lane, where: kept)
}
