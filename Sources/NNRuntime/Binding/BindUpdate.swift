import NNKernels
import NNPlan
import NNTensor

extension StepBinder {
  mutating func bindUpdate(_ optimizer: OptimizerKind, isScaled: Bool) {
    let count = shape(ofOutput: 0).elementCount
    let states = optimizer.stateCount
    let numbers = 2 + states..<2 + states + optimizer.scalarNames.count
    require(step.inputs.count == numbers.upperBound + (isScaled ? 1 : 0), "\(step.inputs.count) operands")
    let slots = numbers.map { scalarSlot(ofInput: $0) }
    var arguments = OptimizerArguments(
      parameter: output(0, count: count), gradient: input(1, count: count), count: count,
      scalars: scalars.rule(optimizer, slots: slots))
    if states > 0 { arguments.first = output(1, count: count) }
    if states > 1 { arguments.second = output(2, count: count) }
    if isScaled { arguments.gradientScale = input(numbers.upperBound, count: 1) }
    let rules = kernels.vector.optimizer
    switch optimizer {
    case .sgd(_, let nesterov):
      arguments.nesterov = nesterov
      add(rules.sgd, arguments, tasks: arguments.taskCount)
    case .adam, .adamw: add(rules.adam, arguments, tasks: arguments.taskCount)
    case .rmsprop: add(rules.rmsprop, arguments, tasks: arguments.taskCount)
    }
  }

  mutating func bindClipFactor() {
    let counts = step.inputs.indices.dropFirst().map { count(ofInput: $0) }
    let tasks = counts.map { SquaresArguments.partialsCount(count: $0) }
    let bytes = tasks.reduce(0, +) * MemoryLayout<Double>.size
    let partials = workspace(bytes: bytes).assumingMemoryBound(to: Double.self)
    var first = 0
    for (index, count) in counts.enumerated() {
      let arguments = SquaresArguments(
        values: input(index + 1, count: count), partials: partials + first, count: count)
      add(kernels.vector.optimizer.squares, arguments, tasks: tasks[index])
      first += tasks[index]
    }
    let total = ClipFactorArguments(
      partials: UnsafePointer(partials), partialsCount: first, limit: input(0, count: 1), factor: output(0, count: 1))
    add(kernels.vector.optimizer.clipFactor, total, tasks: 1)
  }

  mutating func bindClamp(_ bound: Float) {
    let count = shape(ofOutput: 0).elementCount
    let arguments = ClampArguments(values: output(0, count: count), count: count, bound: bound)
    add(kernels.vector.optimizer.clamp, arguments, tasks: arguments.taskCount)
  }

  mutating func bindSumGradient() {
    let count = shape(ofOutput: 0).elementCount
    let arguments = SumGradientArguments(
      gradient: input(0, count: count), sum: output(0, count: count), keep: input(2, count: 1), count: count)
    add(kernels.vector.optimizer.sum, arguments, tasks: arguments.taskCount)
  }

  mutating func bindMovingAverage() {
    let count = shape(ofOutput: 0).elementCount
    let arguments = MovingAverageArguments(
      parameter: input(0, count: count), average: output(0, count: count), decay: input(2, count: 1), count: count)
    add(kernels.vector.optimizer.average, arguments, tasks: arguments.taskCount)
  }
}
