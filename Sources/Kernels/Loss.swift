import NNKernels

/// The loss of each value (see `LossKind`).
@inline(__always) private func loss(_ kind: LossKind, _ p: Lane, _ t: Lane, _ delta: Float) -> Lane {
  let one = Lane(repeating: 1)
  switch kind {
  case .meanSquaredError: return (p - t) * (p - t)
  case .meanAbsoluteError: return magnitude(p - t)
  case .huber:
    let d = magnitude(p - t)
    let linear = Lane(repeating: delta) * (d - Lane(repeating: 0.5 * delta))
    return (Lane(repeating: 0.5) * d * d).selecting(linear, where: d .>= Lane(repeating: delta))
  case .binaryCrossEntropy:
    let ofOne = atLeast(logarithm(p), -100)
    let ofZero = atLeast(logarithmOfOnePlus(Lane.zero - p), -100)
    return (t - one) * ofZero - t * ofOne
  case .binaryCrossEntropyOfLogits: return logisticLoss(p, t)
  case .crossEntropyWithConstant: return logisticLoss(p, Lane(repeating: delta))
  case .squareFromConstant:
    let d = p - Lane(repeating: delta)
    return d * d
  case .hinge: return atLeast(one + Lane(repeating: delta) * p, 0)
  case .linear: return Lane(repeating: delta) * p
  }
}

/// log(1 + eˣ) − t x, without overflow.
@inline(__always) private func logisticLoss(_ x: Lane, _ t: Lane) -> Lane {
  let positive = x.selecting(Lane.zero, where: x .< Lane.zero)
  return positive - x * t + logarithmOfOnePlus(exponential(Lane.zero - magnitude(x)))
}

/// The derivative of each value's loss in p.
@inline(__always) private func lossDerivative(_ kind: LossKind, _ p: Lane, _ t: Lane, _ delta: Float) -> Lane {
  let one = Lane(repeating: 1)
  let d = p - t
  switch kind {
  case .meanSquaredError: return d + d
  case .meanAbsoluteError: return withSign(one, of: d).selecting(d, where: (d .== Lane.zero) .| (d .!= d))
  case .huber:
    let limit = Lane(repeating: delta)
    return d.selecting(limit, where: d .> limit).selecting(-limit, where: d .< -limit)
  case .binaryCrossEntropy: return d / atLeast((one - p) * p, 1e-12)
  case .binaryCrossEntropyOfLogits: return logistic(p) - t
  case .crossEntropyWithConstant: return logistic(p) - Lane(repeating: delta)
  case .squareFromConstant:
    let d = p - Lane(repeating: delta)
    return d + d
  case .hinge:
    let factor = Lane(repeating: delta)
    return Lane.zero.selecting(factor, where: one + factor * p .> Lane.zero)
  case .linear: return Lane(repeating: delta)
  }
}

/// Stage 0 of `LossArguments`: one sum per task.
@Sendable func lossPartials(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: LossArguments.self)
  switch a.kind {
  case .meanSquaredError: partial(.meanSquaredError, a, task)
  case .meanAbsoluteError: partial(.meanAbsoluteError, a, task)
  case .huber: partial(.huber, a, task)
  case .binaryCrossEntropy: partial(.binaryCrossEntropy, a, task)
  case .binaryCrossEntropyOfLogits: partial(.binaryCrossEntropyOfLogits, a, task)
  case .crossEntropyWithConstant: partial(.crossEntropyWithConstant, a, task)
  case .squareFromConstant: partial(.squareFromConstant, a, task)
  case .hinge: partial(.hinge, a, task)
  case .linear: partial(.linear, a, task)
  }
}

/// Adds up in lanes of single precision over 1,024 values, then in double.
@inline(__always) private func partial(_ kind: LossKind, _ a: LossArguments, _ task: Int) {
  let values = taskRows(task, by: 16_384, of: a.count)
  var total = 0.0
  var start = values.start
  while start < values.end {
    let end = start + 1024 < values.end ? start + 1024 : values.end
    var sum = Lane.zero
    forEachLane(start, end) { index, valid in
      let value = loss(kind, Lane(a.prediction + index), Lane(a.target + index), a.delta)
      sum += keepFirst(valid, of: value, fill: 0)
    }
    total += horizontalDoubleSum(sum)
    start = end
  }
  a.partials[task] = total
}

/// Of `LossTotalArguments`.
@Sendable func lossTotal(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: LossTotalArguments.self)
  var sum = 0.0
  var index = 0
  while index < a.partialsCount {
    sum += a.partials[index]
    index += 1
  }
  a.value[0] = Float(sum / a.divisor + (a.accumulate ? Double(a.value[0]) : 0))
}

/// dL/dp, of `LossGradientArguments`.
@Sendable func lossGradient(_ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
  let a = arguments.load(as: LossGradientArguments.self)
  switch a.kind {
  case .meanSquaredError: gradient(.meanSquaredError, a, task)
  case .meanAbsoluteError: gradient(.meanAbsoluteError, a, task)
  case .huber: gradient(.huber, a, task)
  case .binaryCrossEntropy: gradient(.binaryCrossEntropy, a, task)
  case .binaryCrossEntropyOfLogits: gradient(.binaryCrossEntropyOfLogits, a, task)
  case .crossEntropyWithConstant: gradient(.crossEntropyWithConstant, a, task)
  case .squareFromConstant: gradient(.squareFromConstant, a, task)
  case .hinge: gradient(.hinge, a, task)
  case .linear: gradient(.linear, a, task)
  }
}

@inline(__always) private func gradient(_ kind: LossKind, _ a: LossGradientArguments, _ task: Int) {
  let scale = Lane(repeating: Float(Double(a.upstream[0]) / Double(a.meanCount ?? a.count)))
  mapLanes(task: task, of: a.count, a.prediction, a.target, a.gradient) { p, t in
    lossDerivative(kind, p, t, a.delta) * scale
  }
}
