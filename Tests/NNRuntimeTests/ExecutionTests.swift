import CHeap
import enum NNKernels.AlgorithmChoice
import NNPlan
import NNTensor
import Testing

@testable import NNRuntime

@Suite("Plans run", .serialized) struct ExecutionTests {
  static let seeds = UInt64(1)...240

  /// Fused gradients of biases and fused 1×1 convolutions are summed in another order; normalisations, and a few channels
  /// that may all be small beside what they are the sums of, enlarge what rounding leaves.
  static func tolerance(_ network: RandomNetwork) -> Float {
    network.isNormalized ? 1e-5 : network.endsInFewChannels ? 4e-6 : 1e-6
  }

  @Test(
    "the same numbers come out fused or not, with memory shared or not, and dead memory is never read",
    arguments: KernelTable.available.map(\.name))
  func fusionAndReuse(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pool = try ThreadPool(threadCount: 2)
    for seed in Self.seeds {
      let network = RandomNetwork(seed: seed)
      let plain = try network.results(pool, kernels, Setting(fuse: false, reuse: false, poison: false))
      let shared = try network.results(pool, kernels, Setting(fuse: false, reuse: true))
      #expect(identical(plain, shared), "seed \(seed): sharing memory changes \(difference(plain, shared))")
      let fused = try network.results(pool, kernels, Setting())
      let worst = difference(plain, fused)
      #expect(worst.0 <= Self.tolerance(network), "seed \(seed): fusing changes \(worst.1) by \(worst.0)")
    }
  }

  @Test("a network runs the same fused or not", arguments: KernelTable.available.map(\.name))
  func running(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pool = try ThreadPool(threadCount: 2)
    for seed in Self.seeds {
      let network = RandomNetwork(seed: seed)
      let plain = try network.results(pool, kernels, Setting(fuse: false, reuse: false), purpose: .run)
      let worst = difference(plain, try network.results(pool, kernels, purpose: .run))
      #expect(worst.0 <= Self.tolerance(network), "seed \(seed): fusing changes \(worst.1) by \(worst.0)")
    }
  }

  @Test(
    "some random networks end in convolutions of which the second is fused into the first, which no thread changes",
    arguments: KernelTable.available.map(\.name), AlgorithmChoice.allCases)
  func projections(table: String, algorithms: AlgorithmChoice) throws {
    let kernels = try KernelTable.chosen(table)
    let pools = try [1, 3].map { try ThreadPool(threadCount: $0) }
    var count = 0
    for seed in Self.seeds where seed % 2 == 0 {
      let network = RandomNetwork(seed: seed)
      let setting = Setting(algorithms: algorithms)
      let (bound, _) = try network.bind(pools[0], kernels, setting, purpose: .run)
      if !bound.plan.steps.contains(where: { $0.name.contains(" + convolution 1×1") }) { continue }
      count += 1
      let plain = try network.results(
        pools[0], kernels, Setting(fuse: false, reuse: false, algorithms: algorithms), purpose: .run)
      let results = try pools.map { try network.results($0, kernels, setting, purpose: .run) }
      #expect(identical(results[0], results[1]), "seed \(seed): threads")
      let worst = difference(plain, results[0])
      #expect(worst.0 <= Self.tolerance(network), "seed \(seed): fusing changes \(worst.1) by \(worst.0)")
    }
    #expect(count > 4, "only \(count)")
  }

  @Test(
    "what is frozen runs in training fused or not, and no thread changes it",
    arguments: KernelTable.available.map(\.name))
  func frozen(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pools = try [1, 3].map { try ThreadPool(threadCount: $0) }
    var (projected, unpacked) = (0, 0)
    for seed in Self.seeds where seed % 12 == 0 {
      let network = RandomNetwork(seed: seed, freezes: true)
      let plain = try network.results(
        pools[0], kernels, Setting(fuse: false, reuse: false, algorithms: .direct))
      for algorithms in AlgorithmChoice.allCases {
        let outcomes = try pools.map { try network.outcome($0, kernels, Setting(algorithms: algorithms)) }
        #expect(identical(outcomes[0].results, outcomes[1].results), "seed \(seed), \(algorithms): threads")
        let worst = difference(plain, outcomes[0].results)
        #expect(
          worst.0 <= Self.tolerance(network), "seed \(seed), \(algorithms): fusing changes \(worst.1) by \(worst.0)")
        let names = outcomes[0].plan.steps.map(\.name)
        if names.contains(where: { $0.contains(" + convolution 1×1") }) { projected += 1 }
        if names.contains(where: { $0.hasSuffix(", unpacked") }) { unpacked += 1 }
      }
    }
    #expect(projected > 15, "only \(projected) end in a fused 1×1 convolution")
    #expect(unpacked > 2, "only \(unpacked) read weights as they are")
  }

  @Test(
    "Winograd's algorithm wherever it is possible changes what rounding leaves, and not with the number of threads",
    arguments: KernelTable.available.map(\.name))
  func winograd(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pools = try [1, 3].map { try ThreadPool(threadCount: $0) }
    for seed in Self.seeds where seed % 4 == 0 {
      let network = RandomNetwork(seed: seed)
      let plain = try network.results(
        pools[0], kernels, Setting(fuse: false, reuse: false, poison: false, algorithms: .direct))
      let results = try pools.map { try network.results($0, kernels, Setting(algorithms: .winograd)) }
      #expect(identical(results[0], results[1]), "seed \(seed): threads")
      let worst = difference(plain, results[0])
      #expect(worst.0 <= Self.tolerance(network), "seed \(seed): changes \(worst.1) by \(worst.0)")
    }
  }

  @Test("the bits do not depend on the number of threads", arguments: KernelTable.available.map(\.name))
  func threads(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pools = try [1, 2, 3, 8].map { try ThreadPool(threadCount: $0) }
    for seed in Self.seeds where seed % 3 == 0 {
      let network = RandomNetwork(seed: seed)
      let results = try pools.map { try network.results($0, kernels) }
      for other in results { #expect(identical(results[0], other), "seed \(seed)") }
    }
  }

  /// Counts the calling thread's calls of `malloc` and its kin, which `CHeap` replaces; in a pool of one all is done by
  /// that thread.
  @Test("a run allocates nothing") func allocations() throws {
    let start = heap_requests()
    try #require(start > 0, "requests are not counted here")
    let pool = try ThreadPool(threadCount: 1)
    for seed in Self.seeds where seed % 12 == 0 {
      let network = RandomNetwork(seed: seed)
      let (bound, _) = try network.bind(pool, KernelTable.available[0], Setting())
      network.run(bound, step: 1)
      let before = heap_requests()
      for _ in 0..<5 { bound.run() }
      let after = heap_requests()
      #expect(after == before, "seed \(seed): \(after - before) requests")
    }
  }

  @Test("a run that packs weights anew allocates nothing, and finds what a training step made of them")
  func preparingAllocations() throws {
    try #require(heap_requests() > 0, "requests are not counted here")
    let pool = try ThreadPool(threadCount: 1)
    let kernels = KernelTable.available[0]
    let network = RandomNetwork(seed: 5)
    let (train, store) = try network.bind(pool, kernels, Setting(poison: false))
    let running = try network.bind(pool, kernels, Setting(), purpose: .run).0.plan
    let (bound, other) = try (
      BoundPlan(running, store: store, pool: pool, kernels: kernels),
      BoundPlan(running, store: store, pool: pool, kernels: kernels)
    )
    for step in 1...2 { for plan in [train, bound, other] { network.run(plan, step: step) } }
    var results = [Array(bound.output("prediction"))]
    #expect(results[0] == Array(other.output("prediction")))
    let before = heap_requests()
    train.run()
    bound.run()
    other.run()
    let after = heap_requests()
    #expect(after == before, "\(after - before) requests")
    // Inputs are gone after a run, so they are written again.
    network.run(bound, step: 2)
    results.append(Array(bound.output("prediction")))
    #expect(results[0] != results[1])
  }

  @Test("weights are packed anew after they changed") func versions() throws {
    let network = RandomNetwork(seed: 5)
    let pool = try ThreadPool(threadCount: 1)
    let (bound, store) = try network.bind(pool, KernelTable.available[0], Setting(), purpose: .run)
    #expect(bound.plan.preparingSteps > 0)
    network.run(bound, step: 1)
    let first = Array(bound.output("prediction"))
    store.initialize(seed: 8)
    network.run(bound, step: 1)
    #expect(first != Array(bound.output("prediction")))
    store.initialize(seed: 7)
    network.run(bound, step: 1)
    #expect(first == Array(bound.output("prediction")))
  }

  @Test("profile and observer see every step, and memory is counted") func profile() throws {
    let network = RandomNetwork(seed: 9)
    let (bound, store) = try network.bind(
      try ThreadPool(threadCount: 2), KernelTable.available[0], Setting())
    var seen: [Int] = []
    var broken = 0
    bound.observer = { plan, step in
      seen.append(step)
      broken += plan.statistics(ofStep: step).reduce(0) { $0 + ($1?.nonFinite ?? 0) }
    }
    bound.startProfile()
    network.run(bound, step: 1)
    #expect(seen == Array(bound.plan.steps.indices))
    #expect(broken == 0)
    let profile = try #require(bound.stopProfile())
    #expect(profile.steps.allSatisfy { $0.runs == 1 && $0.seconds > 0 })
    #expect(bound.peakBytes > bound.plan.arena.bytes + store.byteCount)
  }
}
