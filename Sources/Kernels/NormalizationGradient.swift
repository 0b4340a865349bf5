import NNKernels

/// Where a row's numbers are in dy, x and the saved output: at the same place unless other values lie between the rows of
/// some of them.
private typealias Places = (dy: Int, x: Int, saved: Int)

@inline(__always) private func places<L: RowLayout>(
  _ a: NormalizeGradientArguments, _ row: Int, _ channel: Int, _ layout: L.Type
) -> Places {
  if L.isApart {
    return (row * a.gradientPitch + channel, row * a.inputPitch + channel, row * a.savedPitch + channel)
  }
  let place = row * a.shape.channels + channel
  return (place, place, place)
}

/// dy, times the derivative of a relu that follows, from its output.
@inline(__always) private func gradient(
  _ kind: ActivationKind, _ a: NormalizeGradientArguments, _ at: Places, isBFloat16: Bool
) -> Lane {
  let dy = Lane(a.outputGradient, at: at.dy, isBFloat16: isBFloat16)
  guard kind != .identity, let saved = a.saved else { return dy }
  return dy * activationDerivative(kind, Lane(saved, at: at.saved, isBFloat16: isBFloat16), slope: a.slope)
}

/// Stage 0 of `NormalizeGradientArguments`: each channel's Σ dy and Σ dy · (x − mean) over the task's rows.
@Sendable func normalizeGradientPartials(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: NormalizeGradientArguments.self)
  GradientPartials<Rows>(a: a, task: task).workBySign(a.kind)
}

/// The same where other values lie between the rows of some operand.
@Sendable func normalizeGradientPartialsApart(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: NormalizeGradientArguments.self)
  GradientPartials<RowsApart>(a: a, task: task).workBySign(a.kind)
}

private struct GradientPartials<Layout: RowLayout>: ActivationWork {
  let a: NormalizeGradientArguments
  let task: Int

  @inline(__always)
  func work<A: KnownActivation>(_: A.Type) {
    if Lane.hasBFloat16, a.isBFloat16 { work(A.self, isBFloat16: true) } else { work(A.self, isBFloat16: false) }
  }

  @inline(__always)
  private func work<A: KnownActivation>(_: A.Type, isBFloat16: Bool) {
    let channels = a.shape.channels
    let rows = segmentRows(task, a.shape)
    let sums = a.workspace + 2 * task * channels
    let means = a.mean + rows.segment * channels
    forEachLane(0, channels) { index, valid in
      let mean = Lane(means + index)
      var (total, totalProducts) = (Lane.zero, Lane.zero)
      var row = rows.start
      while row < rows.end {
        let blockEnd = row + 64 < rows.end ? row + 64 : rows.end
        var (sum, products) = (Lane.zero, Lane.zero)
        while row < blockEnd {
          let at = places(a, row, index, Layout.self)
          let dy = gradient(A.kind, a, at, isBFloat16: isBFloat16)
          sum += dy
          addProduct(&products, dy, Lane(a.input, at: at.x, isBFloat16: isBFloat16) - mean)
          row += 1
        }
        total += sum
        totalProducts += products
      }
      total.store(sums + index, count: valid)
      totalProducts.store(sums + channels + index, count: valid)
    }
  }
}

/// Stage 1 of `NormalizeGradientArguments`: the sums in double precision, and from them each channel's dx = p · dy + q ·
/// x + r. Of the five numbers of a channel these are the first three; Σ dy and Σ dy · x̂ the last two.
@Sendable func normalizeGradientTotals(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: NormalizeGradientArguments.self)
  let shape = a.shape
  let groups = shape.channels / shape.groupSize
  let blocks = (groups - 1) / shape.groupsPerTask + 1
  let range = taskRows(task % blocks, by: shape.groupsPerTask, of: groups)
  var group = range.start
  while group < range.end {
    totals(a, segment: task / blocks, first: group * shape.groupSize)
    group += 1
  }
}

@inline(__always) private func totals(_ a: NormalizeGradientArguments, segment: Int, first: Int) {
  let (channels, size) = (a.shape.channels, a.shape.groupSize)
  let lines = coefficients(a.workspace, a.shape, segment: segment)
  let mean = Double(a.mean[segment * channels + first])
  let inverse = 1 / (Double(a.variance[segment * channels + first]) + Double(a.epsilon)).squareRoot()
  var (sum, products) = (0.0, 0.0)
  for channel in first..<first + size {
    let own = channelTotals(a, segment, channel)
    lines[3 * channels + channel] = Float(own.sum)
    lines[4 * channels + channel] = Float(own.products * inverse)
    let weight = Double(a.weight?[channel] ?? 1)
    sum += weight * own.sum
    products += weight * own.products * inverse
  }
  let count = Double(a.shape.rows * size)
  let slope = -inverse * inverse * products / count
  for channel in first..<first + size {
    lines[channel] = Float(inverse * Double(a.weight?[channel] ?? 1))
    lines[channels + channel] = Float(slope)
    lines[2 * channels + channel] = Float(-inverse * sum / count - slope * mean)
  }
}

/// Σ dy and Σ dy · (x − mean) of one channel of a segment.
@inline(__always) private func channelTotals(
  _ a: NormalizeGradientArguments, _ segment: Int, _ channel: Int
) -> (sum: Double, products: Double) {
  let (chunks, channels) = (a.shape.chunks, a.shape.channels)
  var sums = Source(a.workspace) + 2 * segment * chunks * channels + channel
  var (sum, products) = (0.0, 0.0)
  var chunk = 0
  while chunk < chunks {
    sum += Double(sums[0])
    products += Double(sums[channels])
    sums += 2 * channels
    chunk += 1
  }
  return (sum, products)
}

/// Stage 2 of `NormalizeGradientArguments`: 256 channels' gradients of weight and bias, summed over segments.
@Sendable func normalizeGradientParameters(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: NormalizeGradientArguments.self)
  let (shape, channels) = (a.shape, a.shape.channels)
  guard let weight = a.weightGradient, let bias = a.biasGradient else { return }
  let range = taskRows(task, by: 256, of: channels)
  let lines = Source(coefficients(a.workspace, shape, segment: 0))
  forEachLane(range.start, range.end) { index, valid in
    let sums = lines + 3 * channels + index
    var (ofBias, ofWeight) = (Lane.zero, Lane.zero)
    if a.accumulate { (ofBias, ofWeight) = (Lane(bias + index), Lane(weight + index)) }
    ofBias += columnSum(sums, from: 0, to: shape.segments, stride: 5 * channels)
    ofWeight += columnSum(sums + channels, from: 0, to: shape.segments, stride: 5 * channels)
    ofBias.store(bias + index, count: valid)
    ofWeight.store(weight + index, count: valid)
  }
}

/// Stage 3 of `NormalizeGradientArguments`: dx.
@Sendable func normalizeGradientApply(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: NormalizeGradientArguments.self)
  GradientApply<Rows>(a: a, task: task).workBySign(a.kind)
}

/// The same where other values lie between the rows of some operand.
@Sendable func normalizeGradientApplyApart(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: NormalizeGradientArguments.self)
  GradientApply<RowsApart>(a: a, task: task).workBySign(a.kind)
}

private struct GradientApply<Layout: RowLayout>: ActivationWork {
  let a: NormalizeGradientArguments
  let task: Int

  @inline(__always)
  func work<A: KnownActivation>(_: A.Type) {
    if Lane.hasBFloat16, a.isBFloat16 { work(A.self, isBFloat16: true) } else { work(A.self, isBFloat16: false) }
  }

  @inline(__always)
  private func work<A: KnownActivation>(_: A.Type, isBFloat16: Bool) {
    let channels = a.shape.channels
    let rows = segmentRows(task, a.shape)
    let lines = Source(coefficients(a.workspace, a.shape, segment: rows.segment))
    var row = rows.start
    while row < rows.end {
      forEachLane(0, channels) { index, valid in
        let at = places(a, row, index, Layout.self)
        let line = multiplyAdd(
          Lane(a.input, at: at.x, isBFloat16: isBFloat16), Lane(lines + channels + index),
          Lane(lines + 2 * channels + index))
        multiplyAdd(gradient(A.kind, a, at, isBFloat16: isBFloat16), Lane(lines + index), line)
          .store(a.inputGradient, at: row * channels + index, count: valid, isBFloat16: isBFloat16)
      }
      row += 1
    }
  }
}
