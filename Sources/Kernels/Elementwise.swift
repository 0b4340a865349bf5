import NNKernels

/// z = x + y, of `BinaryArguments`.
@Sendable func elementwiseAdd(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: BinaryArguments.self)
  mapLanes(task: task, of: a.count, a.left, a.right, a.output, isBFloat16: a.isBFloat16, in: a.pixels) { $0 + $1 }
}

/// z = x − y, of `BinaryArguments`.
@Sendable func elementwiseSubtract(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: BinaryArguments.self)
  mapLanes(task: task, of: a.count, a.left, a.right, a.output) { $0 - $1 }
}

/// z = x · y, of `BinaryArguments`.
@Sendable func elementwiseMultiply(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: BinaryArguments.self)
  mapLanes(task: task, of: a.count, a.left, a.right, a.output, isBFloat16: a.isBFloat16, in: a.pixels) { $0 * $1 }
}

/// The product of the constant and the run-time factor.
@inline(__always) private func factor(_ a: ScaleArguments) -> Lane {
  guard let scalar = a.scalar else { return Lane(repeating: a.factor) }
  return Lane(repeating: a.factor * scalar[0])
}

/// y = factor · scalar · x, of `ScaleArguments`.
@Sendable func elementwiseScale(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: ScaleArguments.self)
  let factor = factor(a)
  mapLanes(task: task, of: a.count, a.input, a.output) { $0 * factor }
}

/// y += factor · scalar · x, of `ScaleArguments`.
@Sendable func elementwiseAddScaled(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: ScaleArguments.self)
  let factor = factor(a)
  mapLanes(task: task, of: a.count, a.input, Source(a.output), a.output) { multiplyAdd($0, factor, $1) }
}

/// y = x, of `UnaryArguments`.
@Sendable func elementwiseCopy(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: UnaryArguments.self)
  mapLanes(task: task, of: a.count, a.input, a.output) { $0 }
}

/// y = value, of `FillArguments`.
@Sendable func elementwiseFill(
  _ arguments: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.load(as: FillArguments.self)
  let value = Lane(repeating: a.value)
  forEachLane(task: task, of: a.count) { index, valid in value.store(a.output + index, count: valid) }
}
