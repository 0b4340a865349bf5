import NNKernels

/// Mean and 1 / √(variance + ε) of a row.
@inline(__always) private func moments(_ row: Source, _ a: NormalizeRowsArguments) -> (mean: Lane, inverse: Lane) {
  let mean = Lane(repeating: rowSum(a.channels) { index, _ in Lane(row + index) } / Float(a.channels))
  let squares = rowSum(a.channels) { index, _ in
    let distance = Lane(row + index) - mean
    return distance * distance
  }
  let variance = Double(squares) / Double(a.channels)
  return (mean, Lane(repeating: Float(1 / (variance + Double(a.epsilon)).squareRoot())))
}

/// Some rows, of `NormalizeRowsArguments`.
@Sendable func normalizeRows(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: NormalizeRowsArguments.self)
  NormalizeRows(a: a, task: task).work(a.kind)
}

private struct NormalizeRows: ActivationWork {
  let a: NormalizeRowsArguments
  let task: Int

  @inline(__always)
  func work<A: KnownActivation>(_: A.Type) {
    let rows = taskRows(task, by: a.rowsPerTask, of: a.rows)
    var row = rows.start
    while row < rows.end {
      let (x, y) = (a.input + row * a.channels, a.output + row * a.channels)
      let (mean, inverse) = moments(x, a)
      forEachLane(0, a.channels) { index, valid in
        var value = (Lane(x + index) - mean) * inverse
        if let weight = a.weight { value *= Lane(weight + index) }
        if let bias = a.bias { value += Lane(bias + index) }
        activate(A.kind, value, slope: a.slope).store(y + index, count: valid)
      }
      row += 1
    }
  }
}

/// Some rows of dx, and what they add to the gradients of weight and bias, of `NormalizeRowsArguments`.
@Sendable func normalizeRowsGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: NormalizeRowsArguments.self)
  guard let outputGradient = a.outputGradient else { return }
  let rows = taskRows(task, by: a.rowsPerTask, of: a.rows)
  let sums = a.weight == nil ? nil : a.partials.map { $0 + 2 * task * a.channels }
  if let sums { forEachLane(0, 2 * a.channels) { Lane.zero.store(sums + $0, count: $1) } }
  var row = rows.start
  while row < rows.end {
    rowGradient(a, a.input + row * a.channels, outputGradient + row * a.channels, a.output + row * a.channels, sums)
    row += 1
  }
}

@inline(__always) private func rowGradient(
  _ a: NormalizeRowsArguments, _ x: Source, _ dy: Source, _ dx: Target, _ sums: Target?
) {
  let channels = a.channels
  let (mean, inverse) = moments(x, a)
  func weighted(_ index: Int) -> Lane {
    let dy = Lane(dy + index)
    return a.weight.map { dy * Lane($0 + index) } ?? dy
  }
  let sum = rowSum(channels) { index, _ in weighted(index) } / Float(channels)
  let products = rowSum(channels) { index, _ in weighted(index) * ((Lane(x + index) - mean) * inverse) }
  let (shift, slope) = (Lane(repeating: sum), Lane(repeating: products / Float(channels)))
  forEachLane(0, channels) { index, valid in
    let normalized = (Lane(x + index) - mean) * inverse
    let upstream = Lane(dy + index)
    ((weighted(index) - shift - normalized * slope) * inverse).store(dx + index, count: valid)
    guard let sums else { return }
    (Lane(sums + index) + upstream * normalized).store(sums + index, count: valid)
    (Lane(sums + channels + index) + upstream).store(sums + channels + index, count: valid)
  }
}

/// 256 channels' gradients of weight and bias, of `NormalizeRowsArguments`.
@Sendable func normalizeRowsParameters(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: NormalizeRowsArguments.self)
  guard let weight = a.weightGradient, let bias = a.biasGradient, let partials = a.partials.map({ Source($0) }) else {
    return
  }
  let range = taskRows(task, by: 256, of: a.channels)
  forEachLane(range.start, range.end) { index, valid in
    let column = partials + index
    var (ofBias, ofWeight) = (Lane.zero, Lane.zero)
    if a.accumulate { (ofBias, ofWeight) = (Lane(bias + index), Lane(weight + index)) }
    ofWeight += columnSum(column, from: 0, to: a.taskCount, stride: 2 * a.channels)
    ofBias += columnSum(column + a.channels, from: 0, to: a.taskCount, stride: 2 * a.channels)
    ofWeight.store(weight + index, count: valid)
    ofBias.store(bias + index, count: valid)
  }
}
