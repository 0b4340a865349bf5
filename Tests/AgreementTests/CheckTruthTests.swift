import Foundation
import NNDriver
import NNPlan
import NNRuntime
import Testing

/// What `check` accepts can be trained and run; what it refuses, it refuses at a place.
@Suite struct CheckTruthTests {
  private static let count = 1_500
  private static let kernels = try? KernelTable.chosen()

  @Test("random specs that check accepts train and run, those that it refuses are refused at a place")
  func acceptedSpecsRun() throws {
    let kernels = try #require(CheckTruthTests.kernels)
    let pool = try ThreadPool(threadCount: 1)
    let first = ProcessInfo.processInfo.environment["NNC_SEED"].flatMap(UInt64.init) ?? 1
    var (accepted, trained) = (0, 0)
    for seed in first..<first + UInt64(CheckTruthTests.count) {
      var random = RandomSpec(seed: seed)
      let text = random.text()
      let checked = CheckedSpec.check(bytes: Array(text.utf8), path: "random-\(seed).yaml", kernels: kernels)
      guard !checked.diagnostics.hasErrors else {
        for diagnostic in checked.diagnostics.sorted where diagnostic.severity == .error {
          #expect(
            diagnostic.span.count > 0 && !diagnostic.message.isEmpty, "seed \(seed): \(diagnostic.code.code)\n\(text)")
        }
        continue
      }
      accepted += 1
      let plans = try checked.plans()
      for plan in [plans.run(batch: 1), plans.run(batch: 2)] { try run(plan, kernels, pool, "seed \(seed)\n\(text)") }
      guard let plan = plans.train(batch: plans.trainingBatch) else { continue }
      trained += 1
      try run(plan, kernels, pool, "seed \(seed)\n\(text)")
    }
    print("check accepted \(accepted) of \(CheckTruthTests.count) random specs; all ran, \(trained) trained a step")
    #expect(accepted > CheckTruthTests.count / 20 && accepted < CheckTruthTests.count)
    #expect(trained > CheckTruthTests.count / 40)
  }

  /// Verifies a plan and runs it once, on values between 0 and 1.
  private func run(_ plan: Plan, _ kernels: KernelTable, _ pool: ThreadPool, _ text: String) throws {
    #expect(PlanVerifier.faults(in: plan).isEmpty, "\(text)")
    guard plan.totalBytes < 64 << 20 else { return }
    let store = ParameterStore()
    try store.add(plan.parameters)
    store.initialize(seed: 1)
    let bound = try BoundPlan(plan, store: store, pool: pool, kernels: kernels, poison: false)
    for port in plan.inputs {
      let values = bound.input(port.name)
      for index in values.indices { values[index] = Float((index * 37) % 101) / 101 }
    }
    for name in plan.scalars { bound.set(scalar: name, 0.01) }
    bound.set(seed: 1, step: 1)
    bound.run()
    for port in plan.outputs where port.gauge == nil { _ = bound.output(port.name).first }
    for (gauge, value) in bound.gauges { #expect(value.isFinite && value >= 0, "\(gauge): \(value)") }
  }
}
