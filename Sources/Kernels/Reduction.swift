import NNKernels

/// y = f(x + b), of `BiasArguments`.
@Sendable func addBias(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: BiasArguments.self)
  AddBias(a: a, task: task).work(a.kind)
}

private struct AddBias: ActivationWork {
  let a: BiasArguments
  let task: Int

  @inline(__always)
  func work<A: KnownActivation>(_: A.Type) {
    let rows = taskRows(task, by: TaskGrid.rowsPerTask(channels: a.channels), of: a.rows)
    var row = rows.start
    while row < rows.end {
      let input = a.input + row * a.channels
      let output = a.output + row * a.channels
      forEachLane(0, a.channels) { index, valid in
        activate(A.kind, Lane(input + index) + Lane(a.bias + index), slope: a.slope).store(output + index, count: valid)
      }
      row += 1
    }
  }
}

/// Σ of rows `start..<end` of `[rows, channels]`, `stride` words apart, at one lane of channels: blocks of 64 rows are
/// added up first.
@inline(__always) func columnSum(
  _ column: Source, from start: Int, to end: Int, stride: Int, isBFloat16: Bool = false
) -> Lane {
  var total = Lane.zero
  var row = start
  while row < end {
    let blockEnd = row + 64 < end ? row + 64 : end
    var block = Lane.zero
    while row < blockEnd {
      block += Lane(column + row * stride, isBFloat16: isBFloat16)
      row += 1
    }
    total += block
  }
  return total
}

/// Stage 0 of `ChannelSumArguments`: one row of partial sums per task.
@Sendable func channelSumPartials(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: ChannelSumArguments.self)
  let rows = taskRows(task, by: a.rowsPerTask, of: a.rows)
  let partial = a.partials + task * a.channels
  forEachLane(0, a.channels) { index, valid in
    columnSum(a.input + index, from: rows.start, to: rows.end, stride: a.channels).store(partial + index, count: valid)
  }
}

/// Stage 1 of `ChannelSumArguments`: 256 channels per task.
@Sendable func channelSumTotal(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: ChannelSumArguments.self)
  let channels = taskRows(task, by: 256, of: a.channels)
  let partials = TaskGrid.tasks(a.rows, by: a.rowsPerTask)
  forEachLane(channels.start, channels.end) { index, valid in
    var sum = columnSum(Source(a.partials) + index, from: 0, to: partials, stride: a.channels)
    if a.accumulate { sum += Lane(a.output + index) }
    sum.store(a.output + index, count: valid)
  }
}
