import NNPlan
import NNTensor
import Testing

@testable import NNRuntime

/// Networks whose values are put together, with copies and without.
@Suite("Concatenations without copies", .serialized) struct ViewTests {
  static let seeds = UInt64(1)...80

  @Test(
    "training and running give the same bits as with copies, on any number of threads, and dead memory is never read",
    arguments: KernelTable.available.map(\.name))
  func sameBits(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pools = try [1, 2, 3].map { try ThreadPool(threadCount: $0) }
    var (views, copies, saved) = (0, 0, 0)
    for seed in Self.seeds where table == KernelTable.available[0].name || seed % 3 == 0 {
      let network = RandomNetwork(seed: seed, isWide: seed % 8 == 0, joins: true)
      let pool = pools[Int(seed) % pools.count]
      for purpose in [Purpose.train, .run] {
        let fuses = seed % 5 != 0
        let copying = try network.results(
          pools[0], kernels, Setting(fuse: fuses, joinsViews: false), purpose: purpose)
        let joined = try network.results(pool, kernels, Setting(fuse: fuses), purpose: purpose)
        #expect(identical(copying, joined), "seed \(seed), \(purpose): \(difference(copying, joined))")
        let plain = try network.bind(pool, kernels, Setting(fuse: fuses, joinsViews: false), purpose: purpose).0.plan
        let plan = try network.bind(pool, kernels, Setting(fuse: fuses), purpose: purpose).0.plan
        views += plan.viewCount
        copies += plan.copyCount
        saved += plain.copyCount - plan.copyCount
        #expect(plan.arena.lowerBoundBytes <= plain.arena.lowerBoundBytes, "seed \(seed), \(purpose)")
      }
    }
    print("\(table): \(views) views, \(copies) copies, \(saved) fewer than before")
    #expect(views > 200 && saved > 40)
  }

  @Test("so it is with some samples at a time", arguments: [1, 2, 3]) func split(chunk: Int) throws {
    let kernels = try KernelTable.chosen()
    let pool = try ThreadPool(threadCount: 2)
    var views = 0
    for seed in Self.seeds where seed % 2 == 0 {
      let network = RandomNetwork(seed: seed, batch: 5, joins: true)
      for purpose in [Purpose.train, .run] {
        let copying = try network.results(pool, kernels, Setting(joinsViews: false, chunk: chunk), purpose: purpose)
        let joined = try network.results(pool, kernels, Setting(chunk: chunk), purpose: purpose)
        #expect(identical(copying, joined), "seed \(seed), \(purpose): \(difference(copying, joined))")
        let plan = try network.bind(pool, kernels, Setting(chunk: chunk), purpose: purpose).0.plan
        if !plan.loops.isEmpty { views += plan.viewCount }
      }
    }
    #expect(views > 50)
  }

  @Test("so it is within a limit of memory, which is kept where it is with copies") func limited() throws {
    let kernels = try KernelTable.chosen()
    let pool = try ThreadPool(threadCount: 2)
    var (views, recomputing) = (0, 0)
    for seed in Self.seeds where seed % 2 == 0 {
      let network = RandomNetwork(seed: seed, joins: true)
      let expected = try network.results(pool, kernels, Setting(joinsViews: false))
      let whole = try network.bind(pool, kernels, Setting(joinsViews: false)).0.plan
      for share in [0.8, 0.6, 0.45] {
        let limit = Int(Double(whole.arena.bytes) * share)
        let setting = Setting(arenaLimit: limit)
        let plan = try network.bind(pool, kernels, setting).0.plan
        let copying = try network.bind(pool, kernels, Setting(joinsViews: false, arenaLimit: limit)).0.plan
        #expect(plan.arena.bytes <= max(limit, copying.arena.bytes), "seed \(seed), share \(share)")
        if plan.viewCount > 0, plan.steps.contains(where: \.recomputes) { recomputing += 1 }
        views += plan.viewCount
        let results = try network.results(pool, kernels, setting)
        #expect(identical(expected, results), "seed \(seed), share \(share): \(difference(expected, results))")
      }
    }
    print("\(views) views, \(recomputing) plans with some make values again")
    #expect(views > 50 && recomputing > 20)
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
        let joined = try network.results(pool, kernels, setting, purpose: purpose)
        let plan = try network.bind(pool, kernels, setting, purpose: purpose).0.plan
        views += plan.buffers.indices.reduce(0) {
          $0 + (plan.isView(BufferID($1)) && plan.buffers[$1].type.element == .bfloat16 ? 1 : 0)
        }
        setting.joinsViews = false
        let copying = try network.results(pool, kernels, setting, purpose: purpose)
        #expect(identical(copying, joined), "seed \(seed), \(purpose): \(difference(copying, joined))")
      }
    }
    print("\(views) views of bf16")
    #expect(views > 20)
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
