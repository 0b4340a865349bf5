import Foundation
import NNDriver
import NNPlan
import NNRuntime
import NNSpec
import Testing

/// How near the arenas of the shipped specs are to what any plan with the same buffers would need.
@Suite struct ShippedPlanTests {
  /// The shipped specs, those of the benchmarks among them.
  private func checkedSpecs() throws -> [CheckedSpec] {
    let kernels = try KernelTable.chosen()
    return try ["", "bench/"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: Place.specs.path + "/" + folder)
        .filter { $0.hasSuffix(".yaml") }.sorted().map { folder + $0 }
    }.map { CheckedSpec.load(path: Place.specs.appendingPathComponent($0).path, kernels: kernels) }
  }

  @Test("running a shipped spec takes the least arena that is possible, training at most 0.5 % more")
  func arenas() throws {
    var rows: [String] = []
    for checked in try checkedSpecs() {
      guard let plans = try? checked.plans() else { continue }
      for plan in [plans.run(batch: 1), plans.run(batch: 8), plans.train(batch: plans.trainingBatch)].compactMap({ $0 })
      {
        let limit = plan.purpose == .run ? 1 : 1.005
        let ratio = Double(plan.arena.bytes) / Double(max(1, plan.arena.lowerBoundBytes))
        #expect(ratio <= limit, "\(checked.path): \(plan.purpose), batch \(plan.batch): \(plan.arenaRatio)")
        let file = checked.path.dropFirst(Place.specs.path.count + 1)
        rows.append(
          "\(file) \(plan.purpose) batch \(plan.batch): \(plan.arenaRatio), \(plan.arena.bytes) bytes, "
            + "\(plan.loops.map(\.count))")
      }
    }
    print(rows.joined(separator: "\n"))
    #expect(rows.count > 40)
  }

  @Test("a limit of memory above the least that is possible is kept, by a few bytes too")
  func limits() throws {
    let kernels = try KernelTable.chosen()
    let path = Place.specs.appendingPathComponent("unet.yaml").path
    func load(_ limit: Int) -> CheckedSpec {
      let override = Override(path: "train.memory_limit", value: "\(limit) KiB")
      return CheckedSpec.load(path: path, overrides: [override], kernels: kernels, threads: 2)
    }
    let free = CheckedSpec.load(path: path, kernels: kernels, threads: 2)
    let most = try #require(try free.plans().trainingMemory?.total) / 1024
    // A step from limit to limit that is no multiple of any buffer.
    let limits = stride(from: most, to: most * 3 / 4, by: -most / 37)
    for limit in limits {
      let checked = load(limit)
      #expect(!checked.diagnostics.hasErrors, "\(limit) of \(most) KiB")
      let needed = try #require(try checked.plans().trainingMemory?.total)
      #expect(needed <= limit * 1024, "\(limit) of \(most) KiB")
    }
    #expect(load(most / 4).diagnostics.hasErrors)
  }

  @Test("updating early never takes more arena than updating at the end")
  func earlyUpdates() throws {
    var (smaller, count) = (0, 0)
    for checked in try checkedSpecs() {
      guard let early = try? checked.plans(), let late = try? checked.plans(options: { $0.updatesEarly = false }),
        let plan = early.train(batch: early.trainingBatch), let other = late.train(batch: late.trainingBatch)
      else { continue }
      #expect(plan.arena.bytes <= other.arena.bytes, "\(checked.path)")
      (smaller, count) = (smaller + (plan.arena.bytes < other.arena.bytes ? 1 : 0), count + 1)
    }
    print("\(smaller) of \(count) shipped specs that train take less with early updates")
    #expect(count > 12 && smaller > 4)
  }
}
