import Foundation
import NNDriver
import NNPlan
import NNRuntime
import Testing

/// How near the arenas of the shipped specs are to what any plan with the same buffers would need.
@Suite struct ShippedPlanTests {
  @Test("running a shipped spec takes the least arena that is possible, training at most 0.5 % more")
  func arenas() throws {
    let kernels = try KernelTable.chosen()
    let files = try FileManager.default.contentsOfDirectory(atPath: Place.specs.path).filter { $0.hasSuffix(".yaml") }
    var rows: [String] = []
    for file in files.sorted() {
      let bytes = Array(try Data(contentsOf: Place.specs.appendingPathComponent(file)))
      let checked = CheckedSpec.check(bytes: bytes, path: file, kernels: kernels)
      guard let plans = try? checked.plans() else { continue }
      for plan in [plans.run(batch: 1), plans.run(batch: 8), plans.train(batch: plans.trainingBatch)].compactMap({ $0 })
      {
        let limit = plan.purpose == .run ? 1 : 1.005
        let ratio = Double(plan.arena.bytes) / Double(max(1, plan.arena.lowerBoundBytes))
        #expect(ratio <= limit, "\(file): \(plan.purpose), batch \(plan.batch): \(plan.arenaRatio)")
        rows.append(
          "\(file) \(plan.purpose) batch \(plan.batch): \(plan.arenaRatio), \(plan.arena.bytes) bytes, \(plan.loops.map(\.count))"
        )
      }
    }
    print(rows.joined(separator: "\n"))
    #expect(rows.count > 20)
  }
}
