import NNKernels
import NNPlan
import NNTensor

extension StepBinder {
  mutating func bindUpdate(_ optimizer: OptimizerKind, _ norm: NormUse) {
    let count = shape(ofOutput: 0).elementCount
    let states = optimizer.stateCount
    let numbers = 2 + states..<2 + states + optimizer.numbers.count
    let others = step.inputs.count - numbers.upperBound
    require(others == (norm == .limited ? 1 : 0) || others == 1 && norm == .measured, "\(step.inputs.count) operands")
    let slots = numbers.map { scalarSlot(ofInput: $0) }
    var arguments = OptimizerArguments(
      parameter: output(0, count: count), gradient: input(1, count: count), count: count,
      scalars: scalars.rule(optimizer, slots: slots))
    if states > 0 { arguments.first = output(1, count: count) }
    if states > 1 { arguments.second = output(2, count: count) }
    if norm == .limited { arguments.gradientScale = input(numbers.upperBound, count: 1) }
    if norm == .measured { arguments.squares = partialSquares(count: count) }
    let rules = kernels.vector.optimizer
    switch optimizer {
    case .sgd(_, let nesterov):
      arguments.nesterov = nesterov
      add(rules.sgd, arguments, tasks: arguments.taskCount)
    case .adam, .adamw: add(rules.adam, arguments, tasks: arguments.taskCount)
    case .rmsprop: add(rules.rmsprop, arguments, tasks: arguments.taskCount)
    }
    if let squares = arguments.squares {
      addUp(squares, count: count, to: others > 0 ? sums(ofInput: numbers.upperBound) : nil, output: 1 + states)
    }
  }

  /// Where a kernel's tasks put their sums of the squares of `count` values: the workspace.
  private mutating func partialSquares(count: Int) -> UnsafeMutablePointer<Double> {
    workspace(bytes: SquaresArguments.partialsCount(count: count) * MemoryLayout<Double>.size)
      .assumingMemoryBound(to: Double.self)
  }

  /// Adds tasks' sums of the squares of `count` values to a sum before them, if there is one.
  private mutating func addUp(
    _ partials: UnsafeMutablePointer<Double>, count: Int, to previous: UnsafePointer<Double>?, output: Int
  ) {
    let total = SquaresTotalArguments(
      partials: UnsafePointer(partials), partialsCount: SquaresArguments.partialsCount(count: count),
      previous: previous, total: sums(ofOutput: output))
    add(kernels.vector.optimizer.squaresTotal, total, tasks: 1)
  }

  mutating func bindClipFactor() {
    var total = sums(ofInput: 1)
    if step.inputs.count > 2 {
      let sum = workspace(bytes: MemoryLayout<Double>.size).assumingMemoryBound(to: Double.self)
      for index in step.inputs.indices.dropFirst(2) {
        let arguments = SquaresTotalArguments(
          partials: sums(ofInput: index), partialsCount: 1, previous: total, total: sum)
        add(kernels.vector.optimizer.squaresTotal, arguments, tasks: 1)
        total = UnsafePointer(sum)
      }
    }
    let arguments = ClipFactorArguments(
      partials: total, partialsCount: 1, limit: input(0, count: 1), factor: output(0, count: 1))
    add(kernels.vector.optimizer.clipFactor, arguments, tasks: 1)
  }

  mutating func bindSumOfSquares() {
    let count = count(ofInput: 0)
    let partials = partialSquares(count: count)
    let squares = SquaresArguments(values: input(0, count: count), partials: partials, count: count)
    add(kernels.vector.optimizer.squares, squares, tasks: SquaresArguments.partialsCount(count: count))
    let previous = accumulates ? UnsafePointer(sums(ofOutput: 0)) : step.inputs.count > 1 ? sums(ofInput: 1) : nil
    addUp(partials, count: count, to: previous, output: 0)
  }

  mutating func bindShareAbove(_ threshold: Float) {
    let count = count(ofInput: 0)
    var arguments = ShareAboveArguments(
      values: input(0, count: count), count: count, threshold: threshold, share: output(0, count: 1),
      meanCount: countInBatch(count))
    arguments.accumulate = accumulates
    add(kernels.vector.optimizer.shareAbove, arguments, tasks: 1)
  }

  mutating func bindClamp(_ bound: Float) {
    let count = shape(ofOutput: 0).elementCount
    let values = output(0, count: count)
    let arguments = ClampArguments(values, to: values, count: count, bound: bound)
    add(kernels.vector.optimizer.clamp, arguments, tasks: arguments.taskCount)
  }

  mutating func bindClampGradient() {
    let count = shape(ofOutput: 0).elementCount
    let arguments = ClampArguments(
      input(0, count: count), to: output(0, count: count), count: count, limit: input(1, count: 1))
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
