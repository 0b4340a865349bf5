import NNKernels
import NNPlan
import NNTensor

extension StepBinder {
  mutating func bindUpdate(_ optimizer: OptimizerKind) {
    let count = shape(ofOutput: 0).elementCount
    let states = optimizer.stateCount
    require(step.inputs.count == 2 + states + optimizer.scalarNames.count, "\(step.inputs.count) operands")
    let slots = step.inputs[(2 + states)...].map { id -> Int in
      guard case .scalar(let slot) = plan[id].place else { preconditionFailure("`\(plan[id].name)` is no scalar") }
      return slot
    }
    var arguments = OptimizerArguments(
      parameter: output(0, count: count), gradient: input(1, count: count), count: count,
      scalars: scalars.rule(optimizer, slots: slots))
    if states > 0 { arguments.first = output(1, count: count) }
    if states > 1 { arguments.second = output(2, count: count) }
    let rules = kernels.vector.optimizer
    switch optimizer {
    case .sgd(_, let nesterov):
      arguments.nesterov = nesterov
      add(rules.sgd, arguments, tasks: arguments.taskCount)
    case .adam, .adamw: add(rules.adam, arguments, tasks: arguments.taskCount)
    case .rmsprop: add(rules.rmsprop, arguments, tasks: arguments.taskCount)
    }
  }
}
