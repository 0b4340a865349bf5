import NNKernels

/// The class number that a label stands for; −1 where it is none.
@inline(__always) private func classNumber(_ label: Float, _ channels: Int) -> Int {
  guard label >= 0, label < Float(channels) else { return -1 }
  return Int(label)
}

/// −log p[label] of one row.
@inline(__always) private func rowLoss(
  _ row: Source, _ label: Float, _ channels: Int, _ kind: CrossEntropyKind
) -> Double {
  let number = classNumber(label, channels)
  guard number >= 0 else { return Double.nan }
  if kind == .probabilities {
    return -Double(atLeast(logarithm(Lane(repeating: row[number])), -100)[0])
  }
  let largest = rowMaximum(row, channels)
  let sum = rowSum(channels) { index, _ in exponential(Lane(row + index) - Lane(repeating: largest)) }
  return Double(logarithm(Lane(repeating: sum))[0]) + (Double(largest) - Double(row[number]))
}

/// Stage 0 of `CrossEntropyArguments`: one sum per task.
@Sendable func crossEntropyPartials(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: CrossEntropyArguments.self)
  let rows = taskRows(task, by: TaskGrid.rowsPerTask(channels: a.channels), of: a.rows)
  var sum = 0.0
  var row = rows.start
  while row < rows.end {
    sum += rowLoss(a.prediction + row * a.channels, a.labels[row], a.channels, a.kind)
    row += 1
  }
  a.partials[task] = sum
}

/// dL/dprediction, of `CrossEntropyGradientArguments`.
@Sendable func crossEntropyGradient(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: CrossEntropyGradientArguments.self)
  let rows = taskRows(task, by: TaskGrid.rowsPerTask(channels: a.channels), of: a.rows)
  let scale = Float(Double(a.upstream[0]) / Double(a.meanCount ?? a.rows))
  var row = rows.start
  while row < rows.end {
    let offset = row * a.channels
    rowGradient(a.prediction + offset, a.gradient + offset, a.labels[row], a.channels, a.kind, scale)
    row += 1
  }
}

/// (softmax − one-hot) · scale for logits, −scale / p at the label for probabilities; the target may be the source.
@inline(__always) private func rowGradient(
  _ row: Source, _ target: Target, _ label: Float, _ channels: Int, _ kind: CrossEntropyKind, _ scale: Float
) {
  let number = classNumber(label, channels)
  guard number >= 0 else { return fillRow(target, channels, Float.nan) }
  if kind == .probabilities {
    let p = row[number]
    fillRow(target, channels, 0)
    target[number] = -scale / (p < 1e-12 ? 1e-12 : p)
    return
  }
  softmaxRow(row, target, channels)
  target[number] -= 1
  forEachLane(0, channels) { index, valid in
    (Lane(target + index) * Lane(repeating: scale)).store(target + index, count: valid)
  }
}

@inline(__always) private func fillRow(_ target: Target, _ channels: Int, _ value: Float) {
  forEachLane(0, channels) { index, valid in Lane(repeating: value).store(target + index, count: valid) }
}
