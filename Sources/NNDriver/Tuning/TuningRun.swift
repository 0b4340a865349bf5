import NNPlan
import NNRuntime

/// A plan that runs again and again, and what its convolutions took.
struct TuningRun {
  /// What one run took, in seconds: all of it, and each convolution by name.
  typealias Times = (whole: Double, convolutions: [String: Double])

  private let measure: () -> Times
  private var costs: [String: [Double]] = [:]
  /// Seconds of each run.
  private(set) var seconds: [Double] = []
  /// Seconds of the last run.
  private(set) var lastSeconds = 0.0

  /// Measures as it is told.
  init(_ measure: @escaping () -> Times) { self.measure = measure }

  /// How often it ran.
  var count: Int { seconds.count }

  /// Starts anew.
  mutating func forget() { (costs, seconds) = ([:], []) }

  mutating func run() {
    let times = measure()
    lastSeconds = times.whole
    seconds.append(times.whole)
    for (name, cost) in times.convolutions { costs[name, default: []].append(cost) }
  }

  /// The median seconds of a convolution in a run, at all its steps, with the packing of its weights.
  func cost(_ name: String) -> Double { (costs[name] ?? []).quantile(0.5) }
}

extension TuningRun {
  /// A plan of a session, bound to memory and run.
  init(_ session: Session, _ plan: Plan, _ arena: SharedArena) throws(CommandFailure) {
    let bound = try session.bind(plan, arena: arena)
    let names = TuningRun.names(plan)
    self.init {
      session.fill(bound)
      bound.startProfile()
      let clock = ContinuousClock()
      let start = clock.now
      bound.run()
      let whole = (clock.now - start) / .seconds(1)
      var sums: [String: Double] = [:]
      for (index, entry) in (bound.stopProfile()?.steps ?? []).enumerated() where index >= plan.preparingSteps {
        for name in names[index] { sums[name, default: 0] += entry.seconds / Double(names[index].count) }
      }
      return (whole, sums)
    }
  }

  /// For each step, the convolutions that its time counts for.
  private static func names(_ plan: Plan) -> [[String]] {
    var names = plan.steps.indices.map { ConvolutionTask(step: $0, of: plan).map { [$0.name] } ?? [] }
    var readers: [BufferID: [String]] = [:]
    for (index, step) in plan.steps.enumerated() {
      for id in step.inputs { readers[id, default: []] += names[index] }
    }
    for (index, step) in plan.steps.enumerated() {
      if case .packWeights = step.kernel { names[index] = step.outputs.flatMap { readers[$0] ?? [] } }
    }
    return names
  }
}
