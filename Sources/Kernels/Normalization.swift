import NNKernels

/// The rows of a task: the segment, and the first and the last-plus-one row counted over all segments.
@inline(__always) func segmentRows(_ task: Int, _ shape: NormalizationShape) -> (segment: Int, start: Int, end: Int) {
  let (segment, chunk) = (task / shape.chunks, task % shape.chunks)
  let rows = taskRows(chunk, by: shape.rowsPerTask, of: shape.rows)
  return (segment, segment * shape.rows + rows.start, segment * shape.rows + rows.end)
}

/// Whether other values lie between the rows of some operand: a type, so that each has loops of its own.
protocol RowLayout {
  static var isApart: Bool { get }
}

/// Rows that follow each other.
enum Rows: RowLayout { @inline(__always) static var isApart: Bool { false } }

/// Rows with other values between them.
enum RowsApart: RowLayout { @inline(__always) static var isApart: Bool { true } }

/// Where the five numbers of each segment's channel stand, behind the tasks' sums.
@inline(__always) func coefficients(
  _ workspace: Target, _ shape: NormalizationShape, segment: Int
) -> Target {
  workspace + (2 * shape.rowTasks + 5 * segment) * shape.channels
}

/// Stage 0 of `NormalizeArguments`: each channel's mean over the task's rows, and its squared distances from that.
@Sendable func normalizePartials(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: NormalizeArguments.self)
  if Lane.hasBFloat16, a.isBFloat16 {
    partials(a, task, isBFloat16: true)
  } else {
    partials(a, task, isBFloat16: false)
  }
}

@inline(__always) private func partials(_ a: NormalizeArguments, _ task: Int, isBFloat16: Bool) {
  let (shape, channels) = (a.shape, a.shape.channels)
  let rows = segmentRows(task, shape)
  let sums = a.workspace + 2 * task * channels
  let scale = Lane(repeating: 1 / Float(rows.end - rows.start))
  let perWord = isBFloat16 ? 2 : 1
  forEachLane(0, channels) { index, valid in
    let column = a.input + index / perWord
    let stride = a.inputPitch / perWord
    let mean = columnSum(column, from: rows.start, to: rows.end, stride: stride, isBFloat16: isBFloat16) * scale
    var total = Lane.zero
    var row = rows.start
    while row < rows.end {
      let blockEnd = row + 64 < rows.end ? row + 64 : rows.end
      var block = Lane.zero
      while row < blockEnd {
        let distance = Lane(column + row * stride, isBFloat16: isBFloat16) - mean
        addProduct(&block, distance, distance)
        row += 1
      }
      total += block
    }
    mean.store(sums + index, count: valid)
    total.store(sums + channels + index, count: valid)
  }
}

/// Stage 1 of `NormalizeArguments`: groups' means and variances in double precision, and each channel's line.
@Sendable func normalizeStatistics(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: NormalizeArguments.self)
  let shape = a.shape
  let groups = shape.channels / shape.groupSize
  let blocks = (groups - 1) / shape.groupsPerTask + 1
  let segment = task / blocks
  let range = taskRows(task % blocks, by: shape.groupsPerTask, of: groups)
  var group = range.start
  while group < range.end {
    let first = group * shape.groupSize
    let (mean, variance) = moments(Source(a.workspace), shape, segment, first)
    let inverse = 1 / (variance + Double(a.epsilon)).squareRoot()
    let lines = coefficients(a.workspace, shape, segment: segment)
    var channel = first
    while channel < first + shape.groupSize {
      let scale = inverse * Double(a.weight?[channel] ?? 1)
      a.mean[segment * shape.channels + channel] = Float(mean)
      a.variance[segment * shape.channels + channel] = Float(variance)
      lines[channel] = Float(scale)
      lines[shape.channels + channel] = Float(Double(a.bias?[channel] ?? 0) - mean * scale)
      channel += 1
    }
    group += 1
  }
}

/// Mean and biased variance of the group that starts at channel `first`, from the tasks' means and squared distances
/// (T. Chan, G. Golub, R. LeVeque, "Algorithms for computing the sample variance", 1983, equation 2.1).
@inline(__always) private func moments(
  _ workspace: Source, _ shape: NormalizationShape, _ segment: Int, _ first: Int
) -> (mean: Double, variance: Double) {
  let (chunks, channels, size) = (shape.chunks, shape.channels, shape.groupSize)
  let sums = workspace + 2 * segment * chunks * channels
  var mean = 0.0
  var chunk = 0
  while chunk < chunks {
    let rows = taskRows(chunk, by: shape.rowsPerTask, of: shape.rows)
    var sum = 0.0
    for channel in first..<first + size { sum += Double(sums[2 * chunk * channels + channel]) }
    mean += sum * Double(rows.end - rows.start)
    chunk += 1
  }
  let count = Double(shape.rows * size)
  mean /= count
  var squares = 0.0
  chunk = 0
  while chunk < chunks {
    let rows = taskRows(chunk, by: shape.rowsPerTask, of: shape.rows)
    let line = sums + 2 * chunk * channels
    for channel in first..<first + size {
      let distance = Double(line[channel]) - mean
      squares += Double(line[channels + channel]) + distance * distance * Double(rows.end - rows.start)
    }
    chunk += 1
  }
  return (mean, squares / count)
}

/// Stage 2 of `NormalizeArguments`: y on the channel's line.
@Sendable func normalizeApply(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: NormalizeArguments.self)
  let rows = segmentRows(task, a.shape)
  ChannelAffine<Rows>(a: lines(a, rows.segment), rows: (rows.start, rows.end)).work(a.kind)
}

/// The same where other values lie between the rows of x or y.
@Sendable func normalizeApplyApart(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: NormalizeArguments.self)
  let rows = segmentRows(task, a.shape)
  ChannelAffine<RowsApart>(a: lines(a, rows.segment), rows: (rows.start, rows.end)).work(a.kind)
}

/// The lines of a segment's channels.
@inline(__always) private func lines(_ a: NormalizeArguments, _ segment: Int) -> ChannelAffineArguments {
  let lines = Source(coefficients(a.workspace, a.shape, segment: segment))
  var call = ChannelAffineArguments(
    input: a.input, scale: lines, shift: lines + a.shape.channels, output: a.output, rows: a.shape.rows,
    channels: a.shape.channels, kind: a.kind, slope: a.slope)
  (call.inputPitch, call.outputPitch) = (a.inputPitch, a.outputPitch)
  call.isBFloat16 = a.isBFloat16
  return call
}

/// Some rows, of `ChannelAffineArguments`.
@Sendable func channelAffine(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: ChannelAffineArguments.self)
  ChannelAffine<Rows>(a: a, rows: taskRows(a, task)).work(a.kind)
}

/// The same where other values lie between the rows of x or y.
@Sendable func channelAffineApart(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: ChannelAffineArguments.self)
  ChannelAffine<RowsApart>(a: a, rows: taskRows(a, task)).work(a.kind)
}

/// The rows of a task.
@inline(__always) private func taskRows(_ a: ChannelAffineArguments, _ task: Int) -> (start: Int, end: Int) {
  taskRows(task, by: TaskGrid.rowsPerTask(channels: a.channels), of: a.rows)
}

private struct ChannelAffine<Layout: RowLayout>: ActivationWork {
  let a: ChannelAffineArguments
  let rows: (start: Int, end: Int)

  @inline(__always)
  func work<A: KnownActivation>(_: A.Type) {
    if Lane.hasBFloat16, a.isBFloat16 { work(A.self, isBFloat16: true) } else { work(A.self, isBFloat16: false) }
  }

  @inline(__always)
  private func work<A: KnownActivation>(_: A.Type, isBFloat16: Bool) {
    var row = rows.start
    while row < rows.end {
      forEachLane(0, a.channels) { index, valid in
        let place = row * a.channels + index
        let shift = a.shift.map { Lane($0 + index) } ?? Lane.zero
        let from = Layout.isApart ? row * a.inputPitch + index : place
        let to = Layout.isApart ? row * a.outputPitch + index : place
        let value = multiplyAdd(Lane(a.input, at: from, isBFloat16: isBFloat16), Lane(a.scale + index), shift)
        activate(A.kind, value, slope: a.slope).store(a.output, at: to, count: valid, isBFloat16: isBFloat16)
      }
      row += 1
    }
  }
}

/// Running values, of `StatisticsArguments`.
@Sendable func trackStatistics(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: StatisticsArguments.self)
  guard let mean = a.first, let variance = a.second else { return }
  let old = Lane(repeating: 1 - a.momentum)
  let new = Lane(repeating: a.momentum)
  let unbiased = Lane(repeating: a.count > 1 ? a.momentum * Float(Double(a.count) / Double(a.count - 1)) : 0)
  forEachLane(0, a.channels) { index, valid in
    (Lane(a.mean + index) * old + Lane(mean + index) * new).store(a.mean + index, count: valid)
    guard a.count > 1 else { return }
    (Lane(a.variance + index) * old + Lane(variance + index) * unbiased).store(a.variance + index, count: valid)
  }
}

/// Scale and shift, of `StatisticsArguments`.
@Sendable func channelScale(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: StatisticsArguments.self)
  guard let scales = a.scale, let shifts = a.shift else { return }
  var channel = 0
  while channel < a.channels {
    let inverse = 1 / (Double(a.variance[channel]) + Double(a.epsilon)).squareRoot()
    let scale = inverse * Double(a.first?[channel] ?? 1)
    scales[channel] = Float(scale)
    shifts[channel] = Float(Double(a.second?[channel] ?? 0) - Double(a.mean[channel]) * scale)
    channel += 1
  }
}

/// One tap, of `ScaleWeightsArguments`.
@Sendable func scaleWeights(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: ScaleWeightsArguments.self)
  let groupSize = a.outer / a.groups
  var row = task * a.inner
  while row < (task + 1) * a.inner {
    let (source, target) = (a.input + row * a.outer, a.output + row * a.outer)
    var outer = 0
    while outer < a.outer {
      let channel = a.isAdjoint ? outer / groupSize * a.inner + row - task * a.inner : outer
      target[outer] = source[outer] * a.scale[channel]
      outer += 1
    }
    row += 1
  }
}
