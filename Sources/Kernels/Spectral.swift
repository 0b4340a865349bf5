import NNKernels

/// What a norm is at least before it divides, as in PyTorch.
private var smallestNorm: Double { 1e-12 }

/// x · y in blocks of fixed size.
@inline(__always) private func dot(_ x: Source, _ y: Source, _ count: Int) -> Double {
  var total = 0.0
  var start = 0
  while start < count {
    let length = start + 1024 < count ? 1024 : count - start
    total += Double(rowSum(length) { index, _ in Lane(x + start + index) * Lane(y + start + index) })
    start += length
  }
  return total
}

/// target = source / max(‖source‖, 1e-12).
@inline(__always) private func normalize(_ source: Source, _ target: Target, _ count: Int) {
  let norm = dot(source, source, count).squareRoot()
  let divisor = Lane(repeating: Float(norm > smallestNorm ? norm : smallestNorm))
  forEachLane(0, count) { index, valid in (Lane(source + index) / divisor).store(target + index, count: valid) }
}

/// Some of v = Wᵀ u.
@Sendable func spectralAdjoint(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SpectralArguments.self)
  let left = Source(a.left)
  if a.rowsAreOuter {
    let lines = taskRows(task, by: a.linesPerTask, of: a.taps * a.inner)
    var line = lines.start
    while line < lines.end {
      let weight = a.weight + line * a.outer
      a.right[line] = rowSum(a.outer) { index, _ in Lane(weight + index) * Lane(left + index) }
      line += 1
    }
    return
  }
  let tap = task / a.columnBlocks
  let block = taskRows(task - tap * a.columnBlocks, by: 256, of: a.outer)
  let weight = a.weight + tap * a.inner * a.outer
  forEachLane(block.start, block.end) { index, valid in
    weightedColumn(weight + index, left, from: 0, to: a.inner, stride: a.outer)
      .store(a.right + tap * a.outer + index, count: valid)
  }
}

/// Σ of factor · row over rows `start..<end` at one lane of columns.
@inline(__always) private func weightedColumn(
  _ column: Source, _ factors: Source, from start: Int, to end: Int, stride: Int
) -> Lane {
  var total = Lane.zero
  var row = start
  while row < end {
    let blockEnd = row + 64 < end ? row + 64 : end
    var block = Lane.zero
    while row < blockEnd {
      addProduct(&block, Lane(column + row * stride), Lane(repeating: factors[row]))
      row += 1
    }
    total += block
  }
  return total
}

/// v / ‖v‖.
@Sendable func spectralNormalizeRight(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SpectralArguments.self)
  normalize(Source(a.right), a.right, a.columnCount)
}

/// Partial sums of W v: a row of them for each task, or for inner rows some of the only one.
@Sendable func spectralProduct(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SpectralArguments.self)
  let right = Source(a.right)
  if a.rowsAreOuter {
    let lines = taskRows(task, by: a.linesPerProduct, of: a.taps * a.inner)
    let partial = a.workspace + task * a.outer
    forEachLane(0, a.outer) { index, valid in
      weightedColumn(a.weight + index, right, from: lines.start, to: lines.end, stride: a.outer)
        .store(partial + index, count: valid)
    }
    return
  }
  let channels = taskRows(task, by: a.channelsPerProduct, of: a.inner)
  var channel = channels.start
  while channel < channels.end {
    var sum: Float = 0
    var tap = 0
    while tap < a.taps {
      let weight = a.weight + (tap * a.inner + channel) * a.outer
      let factors = right + tap * a.outer
      sum += rowSum(a.outer) { index, _ in Lane(weight + index) * Lane(factors + index) }
      tap += 1
    }
    a.workspace[channel] = sum
    channel += 1
  }
}

/// W v from its partial sums, in the place of the first of them.
@inline(__always) private func total(_ a: SpectralArguments) -> Source {
  if a.partialCount > 1 {
    forEachLane(0, a.rowCount) { index, valid in
      columnSum(Source(a.workspace) + index, from: 0, to: a.partialCount, stride: a.rowCount)
        .store(a.workspace + index, count: valid)
    }
  }
  return Source(a.workspace)
}

/// u = W v / ‖W v‖.
@Sendable func spectralNormalizeLeft(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SpectralArguments.self)
  normalize(total(a), a.left, a.rowCount)
}

/// σ = u · W v.
@Sendable func spectralValue(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SpectralArguments.self)
  a.sigma?[0] = Float(dot(total(a), Source(a.left), a.rowCount))
}

/// Some of W / σ.
@Sendable func spectralDivide(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SpectralArguments.self)
  guard let sigma = a.sigma, let output = a.output else { return }
  let divisor = Lane(repeating: sigma[0])
  mapLanes(task: task, of: a.count, a.weight, output) { $0 / divisor }
}

/// A part of ⟨dV, V⟩, V the divided weights.
@Sendable func spectralGradientPartials(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: SpectralArguments.self)
  guard let upstream = a.upstream else { return }
  let values = taskRows(task, by: 16_384, of: a.count)
  a.workspace[1 + task] = Float(dot(upstream + values.start, a.weight + values.start, values.end - values.start))
}

/// ⟨dV, V⟩ from its parts.
@Sendable func spectralGradientTotal(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SpectralArguments.self)
  var sum = 0.0
  var part = 1
  while part <= a.elementTasks {
    sum += Double(a.workspace[part])
    part += 1
  }
  a.workspace[0] = Float(sum)
}

/// Some lines of (dV − ⟨dV, V⟩ u vᵀ) / σ.
@Sendable func spectralGradientApply(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SpectralArguments.self)
  guard let upstream = a.upstream, let output = a.output, let sigma = a.sigma else { return }
  let divisor = Lane(repeating: sigma[0])
  let lines = taskRows(task, by: a.linesPerTask, of: a.taps * a.inner)
  var line = lines.start
  while line < lines.end {
    let tap = line / a.inner
    let factor = a.rowsAreOuter ? a.right[line] : a.left[line - tap * a.inner]
    let vector = a.rowsAreOuter ? Source(a.left) : Source(a.right) + tap * a.outer
    let negative = Lane(repeating: -a.workspace[0] * factor)
    let (source, target) = (upstream + line * a.outer, output + line * a.outer)
    forEachLane(0, a.outer) { index, valid in
      (multiplyAdd(negative, Lane(vector + index), Lane(source + index)) / divisor).store(target + index, count: valid)
    }
    line += 1
  }
}
