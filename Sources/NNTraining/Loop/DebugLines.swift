import NNFormats
import NNRuntime
import NNText

/// What `NNC_DEBUG` shows: a line for each result of each step of a plan.
enum DebugLines {
  /// Writes what the step's results are like to standard error.
  static func write(_ plan: BoundPlan, step: Int) {
    let done = plan.plan.steps[step]
    for (id, statistics) in zip(done.outputs, plan.statistics(ofStep: step)) {
      guard let statistics else { continue }
      let broken = statistics.nonFinite > 0 ? "  \(statistics.nonFinite) not finite" : ""
      let values = [Double(statistics.minimum), Double(statistics.maximum), statistics.mean].map(NumberText.short)
      _ = Descriptor.write(
        """
        \(plan.plan.purpose.rawValue) \(step) \(done.name)  \(plan.plan[id].name) \(plan.plan[id].type.shape)  \
        min \(values[0])  max \(values[1])  mean \(values[2])\(broken)

        """, to: 2)
    }
  }
}
