import NNPlan
import NNTensor
import Testing

@testable import NNRuntime

/// Networks whose values are put together, with copies and without.
@Suite("Concatenations without copies", .serialized) struct ViewTests {
  static let seeds = UInt64(1)...40

  @Test(
    "training and running give the same bits as with copies, on any number of threads, and dead memory is never read",
    arguments: KernelTable.available.map(\.name))
  func sameBits(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pools = try [1, 2, 3].map { try ThreadPool(threadCount: $0) }
    var (views, saved) = (0, 0)
    for seed in Self.seeds where table == KernelTable.available[0].name || seed % 4 == 0 {
      let network = RandomNetwork(seed: seed, isWide: seed % 8 == 0, joins: true)
      for purpose in [Purpose.train, .run] {
        var setting = Setting(fuse: seed % 5 != 0)
        let joined = try network.outcome(pools[Int(seed) % pools.count], kernels, setting, purpose: purpose)
        setting.joinsViews = false
        let copying = try network.outcome(pools[0], kernels, setting, purpose: purpose)
        #expect(
          identical(copying.results, joined.results),
          "seed \(seed), \(purpose): \(difference(copying.results, joined.results))")
        views += joined.plan.viewCount
        saved += copying.plan.copyCount - joined.plan.copyCount
      }
    }
    #expect(views > 80 && saved > 15, "\(views) views, \(saved) copies fewer")
  }

  @Test("so it is with some samples at a time", arguments: [1, 2, 3]) func split(chunk: Int) throws {
    let kernels = try KernelTable.chosen()
    let pool = try ThreadPool(threadCount: 2)
    var views = 0
    for seed in Self.seeds where seed % 3 == UInt64(chunk) % 3 {
      let network = RandomNetwork(seed: seed, batch: 5, joins: true)
      for purpose in [Purpose.train, .run] {
        let copying = try network.results(pool, kernels, Setting(joinsViews: false, chunk: chunk), purpose: purpose)
        let joined = try network.outcome(pool, kernels, Setting(chunk: chunk), purpose: purpose)
        #expect(
          identical(copying, joined.results), "seed \(seed), \(purpose): \(difference(copying, joined.results))")
        if !joined.plan.loops.isEmpty { views += joined.plan.viewCount }
      }
    }
    #expect(views > 20)
  }

  @Test("so it is within a limit of memory, which is kept where it is with copies") func limited() throws {
    let kernels = try KernelTable.chosen()
    let pool = try ThreadPool(threadCount: 2)
    var (views, recomputing) = (0, 0)
    for seed in Self.seeds where seed % 2 == 0 {
      let network = RandomNetwork(seed: seed, joins: true)
      let whole = try network.outcome(pool, kernels, Setting(joinsViews: false))
      for share in [0.8, 0.5] {
        let limit = Int(Double(whole.plan.arena.bytes) * share)
        let copying = try network.bind(pool, kernels, Setting(joinsViews: false, arenaLimit: limit)).0.plan
        let joined = try network.outcome(pool, kernels, Setting(arenaLimit: limit))
        #expect(joined.plan.arena.bytes <= max(limit, copying.arena.bytes), "seed \(seed), share \(share)")
        if joined.plan.viewCount > 0, joined.plan.steps.contains(where: \.recomputes) { recomputing += 1 }
        views += joined.plan.viewCount
        #expect(
          identical(whole.results, joined.results),
          "seed \(seed), share \(share): \(difference(whole.results, joined.results))")
      }
    }
    #expect(views > 40 && recomputing > 5, "\(views) views, \(recomputing) plans with some make values again")
  }

  @Test("so it is where values are stored as bf16", arguments: PrecisionTests.kernels) func rounded(
    table: String
  ) throws {
    let kernels = try KernelTable.chosen(table)
    let pool = try ThreadPool(threadCount: 3)
    var views = 0
    for seed in Self.seeds {
      let network = RandomNetwork(seed: seed, joins: true)
      for purpose in [Purpose.train, .run] {
        var setting = Setting(algorithms: seed % 2 == 0 ? .winograd : .fastest, precision: .bfloat16)
        let joined = try network.outcome(pool, kernels, setting, purpose: purpose)
        views += joined.plan.buffers.indices.count {
          joined.plan.isView(BufferID($0)) && joined.plan.buffers[$0].type.element == .bfloat16
        }
        setting.joinsViews = false
        let copying = try network.results(pool, kernels, setting, purpose: purpose)
        #expect(
          identical(copying, joined.results), "seed \(seed), \(purpose): \(difference(copying, joined.results))")
      }
    }
    #expect(views > 10, "\(views) views")
  }
}

extension Plan {
  fileprivate var viewCount: Int { buffers.indices.reduce(0) { $0 + (isView(BufferID($1)) ? 1 : 0) } }

  /// Steps that only put channels together, or take some out.
  fileprivate var copyCount: Int {
    steps.reduce(0) { count, step in
      switch step.kernel {
      case .concatenate, .slice: count + 1
      default: count
      }
    }
  }
}
