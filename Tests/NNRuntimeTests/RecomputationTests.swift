import NNCompiler
import NNPlan
import NNTensor
import Testing

@testable import NNRuntime

@Suite("Plans keep within a limit of memory", .serialized) struct RecomputationTests {
  /// Shares of what a plan takes without a limit.
  private static let shares = [0.9, 0.75, 0.6, 0.4]

  @Test("values that are made again are the same bits, batch statistics follow each batch once, and the limit holds")
  func sameBits() throws {
    let kernels = try KernelTable.chosen()
    let pool = try ThreadPool(threadCount: 2)
    var (kept, recomputing, normalized, random) = (0, 0, 0, 0)
    for seed in ExecutionTests.seeds where seed % 2 == 0 {
      let network = RandomNetwork(seed: seed)
      let (free, _) = try network.bind(pool, kernels, Setting())
      let expected = try network.results(pool, kernels)
      for share in Self.shares {
        let limit = Int(Double(free.plan.arena.bytes) * share)
        let setting = Setting(arenaLimit: limit)
        let (bound, _) = try network.bind(pool, kernels, setting)
        guard bound.plan.recomputedFlops > 0 else { continue }
        recomputing += 1
        kept += bound.plan.arena.bytes <= limit ? 1 : 0
        normalized += bound.plan.steps.contains { $0.recomputes && $0.kernel.isBatchNorm } ? 1 : 0
        random += bound.plan.steps.contains { $0.recomputes && $0.kernel.isRandom } ? 1 : 0
        #expect(bound.plan.arena.bytes < free.plan.arena.bytes, "seed \(seed)")
        #expect(bound.plan.flops == free.plan.flops, "seed \(seed)")
        let results = try network.results(pool, kernels, setting)
        #expect(identical(expected, results), "seed \(seed), share \(share): \(difference(expected, results))")
      }
    }
    #expect(recomputing > 150 && kept > 40 && normalized > 8 && random > 8)
    print(
      "\(recomputing) plans make values again, \(kept) of them keep the limit; \(normalized) batch norms, \(random) dropouts"
    )
  }

  @Test("samples at a time and values made again go together, whatever the number of threads")
  func together() throws {
    let kernels = try KernelTable.chosen()
    let pools = try [1, 3].map { try ThreadPool(threadCount: $0) }
    var both = 0
    for seed in ExecutionTests.seeds where seed % 3 == 0 {
      let network = RandomNetwork(seed: seed, batch: 5)
      let free = Setting(chunk: 2)
      let (whole, _) = try network.bind(pools[0], kernels, free)
      let expected = try network.results(pools[0], kernels, free)
      let setting = Setting(chunk: 2, arenaLimit: whole.plan.arena.bytes * 6 / 10)
      let (bound, _) = try network.bind(pools[0], kernels, setting)
      guard bound.plan.recomputedFlops > 0, !bound.plan.loops.isEmpty else { continue }
      both += 1
      for pool in pools {
        let results = try network.results(pool, kernels, setting)
        #expect(identical(expected, results), "seed \(seed): \(difference(expected, results))")
      }
    }
    #expect(both > 10)
  }
}

extension Kernel {
  fileprivate var isBatchNorm: Bool { if case .normalize(.batch, _, _, _) = self { true } else { false } }

  fileprivate var isRandom: Bool {
    switch self {
    case .dropout, .noise: true
    default: false
    }
  }
}
