import NNKernels

/// Of `SquaresArguments`.
@Sendable func sumOfSquares(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SquaresArguments.self)
  a.partials[task] = sumSquares(task: task, of: a.count) { index, _ in Lane(a.values + index) }
}

/// Of `SquaresTotalArguments`.
@Sendable func squaresTotal(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SquaresTotalArguments.self)
  var sum = a.previous.map { $0[0] } ?? 0
  var index = 0
  while index < a.partialsCount {
    sum += a.partials[index]
    index += 1
  }
  a.total[0] = sum
}

/// Of `ShareAboveArguments`.
@Sendable func shareAbove(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: ShareAboveArguments.self)
  var above = 0
  var index = 0
  while index < a.count {
    if a.values[index] > a.threshold { above += 1 }
    index += 1
  }
  a.share[0] = Float(Double(above) / Double(a.meanCount)) + (a.accumulate ? a.share[0] : 0)
}

/// Of `ClipFactorArguments`.
@Sendable func clipFactor(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: ClipFactorArguments.self)
  var sum = 0.0
  var index = 0
  while index < a.partialsCount {
    sum += a.partials[index]
    index += 1
  }
  let factor = Double(a.limit[0]) / (sum.squareRoot() + 1e-6)
  a.factor[0] = factor > 1 ? 1 : Float(factor)
}

/// Of `ClampArguments`.
@Sendable func clampParameter(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: ClampArguments.self)
  let bound = a.limit.map { $0[0] } ?? a.bound
  mapLanes(task: task, of: a.count, Source(a.source), a.values) { atLeast(atMost($0, bound), -bound) }
}

/// Of `SumGradientArguments`.
@Sendable func sumGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: SumGradientArguments.self)
  if a.keep[0] == 0 {
    mapLanes(task: task, of: a.count, a.gradient, a.sum) { $0 }
  } else {
    mapLanes(task: task, of: a.count, a.gradient, Source(a.sum), a.sum) { gradient, sum in sum + gradient }
  }
}

/// Of `MovingAverageArguments`.
@Sendable func movingAverage(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: MovingAverageArguments.self)
  let (decay, rest) = (Lane(repeating: a.decay[0]), Lane(repeating: 1 - a.decay[0]))
  mapLanes(task: task, of: a.count, a.parameter, Source(a.average), a.average) { parameter, average in
    multiplyAdd(decay, average, rest * parameter)
  }
}
