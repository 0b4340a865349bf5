import NNTensor

/// Whether the loops of a plan are steps of it, in order and apart, and take each sample of the batch once: a loop begins
/// at the batch's first sample, or where the loop before it ended.
struct LoopCheck {
  private let plan: Plan
  private var faults: [String] = []
  /// The step behind the loops so far, and how many samples of the batch those of one pass took.
  private var end: Int
  private var taken = 0

  /// What is wrong with the loops of a plan, one sentence per fault.
  static func faults(in plan: Plan) -> [String] {
    guard (0...plan.steps.count).contains(plan.preparingSteps) else {
      return ["\(plan.preparingSteps) of \(plan.steps.count) steps prepare"]
    }
    var check = LoopCheck(plan: plan)
    for loop in plan.loops { check.check(loop) }
    if check.taken != 0 { check.faults.append("the last loop ends at sample \(check.taken) of \(plan.batch)") }
    return check.faults
  }

  private init(plan: Plan) {
    self.plan = plan
    end = plan.preparingSteps
  }

  private mutating func check(_ loop: Loop) {
    let place = "the loop of steps \(loop.steps)"
    if loop.steps.isEmpty || loop.steps.lowerBound < end || loop.steps.upperBound > plan.steps.count {
      faults.append("\(place) is empty, or not among the steps \(end)..<\(plan.steps.count)")
    }
    end = max(end, loop.steps.upperBound)
    if loop.first != taken { faults.append("\(place) begins at sample \(loop.first), not at \(taken)") }
    guard loop.count > 0, loop.samples > 0, loop.first >= 0 else {
      faults.append("\(place) runs \(loop.count) times on \(loop.samples) samples from \(loop.first) on")
      return
    }
    taken = loop.first.addingSaturated(loop.count.multipliedSaturated(by: loop.samples))
    if taken > plan.batch { faults.append("\(place) ends at sample \(taken), the batch at \(plan.batch)") }
    if taken >= plan.batch { taken = 0 }
  }
}
