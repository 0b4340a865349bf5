import NNKernels

/// y = eˣ, of `UnaryArguments`.
@Sendable func mathExp(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UnaryArguments.self)
  mapLanes(task: task, of: a.count, a.input, a.output) { exponential($0) }
}

/// y = log x, of `UnaryArguments`.
@Sendable func mathLog(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UnaryArguments.self)
  mapLanes(task: task, of: a.count, a.input, a.output) { logarithm($0) }
}

/// y = log(1 + x), of `UnaryArguments`.
@Sendable func mathLog1p(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UnaryArguments.self)
  mapLanes(task: task, of: a.count, a.input, a.output) { logarithmOfOnePlus($0) }
}

/// y = tanh x, of `UnaryArguments`.
@Sendable func mathTanh(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UnaryArguments.self)
  mapLanes(task: task, of: a.count, a.input, a.output) { hyperbolicTangent($0) }
}

/// y = 1 / (1 + e⁻ˣ), of `UnaryArguments`.
@Sendable func mathSigmoid(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UnaryArguments.self)
  mapLanes(task: task, of: a.count, a.input, a.output) { logistic($0) }
}

/// y = erf x, of `UnaryArguments`.
@Sendable func mathErf(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UnaryArguments.self)
  mapLanes(task: task, of: a.count, a.input, a.output) { errorFunction($0) }
}

/// y = √x, of `UnaryArguments`.
@Sendable func mathSqrt(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UnaryArguments.self)
  mapLanes(task: task, of: a.count, a.input, a.output) { squareRoot($0) }
}
