import CHeap
import NNPlan
import NNTensor
import Testing

@testable import NNRuntime

@Suite("Batches go through a plan some samples at a time", .serialized) struct SplitTests {
  private static let batch = 5
  /// Runs of one sample, of two with one left over, and of three with two left over.
  private static let chunks = [1, 2, 3]

  @Test(
    "a training step gives the same however many samples go through at a time, and dead memory is never read",
    arguments: KernelTable.available.map(\.name))
  func splitTraining(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pool = try ThreadPool(threadCount: 2)
    var loops = 0
    for seed in ExecutionTests.seeds where table == KernelTable.available[0].name || seed % 4 == 1 {
      let network = RandomNetwork(seed: seed, batch: Self.batch)
      let whole = try network.results(pool, kernels)
      let setting = Setting(fuse: seed % 4 != 0, chunk: Self.chunks[Int(seed) % Self.chunks.count])
      let split = try network.results(pool, kernels, setting)
      let worst = difference(whole, split)
      #expect(worst.0 <= ExecutionTests.tolerance(network), "seed \(seed): splitting changes \(worst.1) by \(worst.0)")
      loops += try network.bind(pool, kernels, setting).0.plan.loops.count
    }
    #expect(loops > ExecutionTests.seeds.count / 4)
  }

  @Test("running gives the same however many samples go through at a time", arguments: chunks)
  func running(chunk: Int) throws {
    let kernels = try KernelTable.chosen()
    let pool = try ThreadPool(threadCount: 2)
    for seed in ExecutionTests.seeds {
      let network = RandomNetwork(seed: seed, batch: Self.batch)
      let whole = try network.results(pool, kernels, purpose: .run)
      let split = try network.results(pool, kernels, Setting(chunk: chunk), purpose: .run)
      let worst = difference(whole, split)
      #expect(worst.0 <= 1e-6, "seed \(seed): splitting changes \(worst.1) by \(worst.0)")
    }
  }

  @Test("the bits of a split plan do not depend on the number of threads, and sharing memory changes none")
  func threads() throws {
    let kernels = try KernelTable.chosen()
    let pools = try [1, 2, 3].map { try ThreadPool(threadCount: $0) }
    for seed in ExecutionTests.seeds where seed % 3 == 0 {
      let network = RandomNetwork(seed: seed, batch: Self.batch)
      let results = try pools.map { try network.results($0, kernels, Setting(chunk: 2)) }
      for other in results { #expect(identical(results[0], other), "seed \(seed)") }
      let apart = try network.results(pools[0], kernels, Setting(reuse: false, poison: false, chunk: 2))
      #expect(identical(results[0], apart), "seed \(seed): sharing memory changes \(difference(results[0], apart))")
    }
  }

  @Test("masks and noise are those of the whole batch") func masks() throws {
    let kernels = try KernelTable.chosen()
    let pool = try ThreadPool(threadCount: 1)
    var seen = 0
    for seed in ExecutionTests.seeds {
      let network = RandomNetwork(seed: seed, batch: Self.batch)
      let (whole, _) = try network.bind(pool, kernels, Setting())
      guard whole.plan.steps.contains(where: \.kernel.isRandom) else { continue }
      let (split, _) = try network.bind(pool, kernels, Setting(chunk: 1))
      #expect(zeros(whole, network) == zeros(split, network), "seed \(seed)")
      seen += 1
    }
    #expect(seen > 20)
  }

  /// How many zeros all dropouts of a step make together.
  private func zeros(_ bound: BoundPlan, _ network: RandomNetwork) -> [Int] {
    var counts: [Int] = []
    bound.observer = { plan, step in
      guard case .dropout = plan.plan.steps[step].kernel else { return }
      let values = Array(plan.memory.rows(plan.plan.steps[step].outputs[0], plan.samples))
      counts += plan.samples.map { sample in
        let size = values.count / plan.samples.count
        let first = (sample - plan.samples.lowerBound) * size
        return values[first..<first + size].count { $0 == 0 }
      }
    }
    network.run(bound, step: 1)
    return counts.sorted()
  }

  @Test("a run of a split plan allocates nothing") func allocations() throws {
    let start = heap_requests()
    try #require(start > 0, "requests are not counted here")
    let pool = try ThreadPool(threadCount: 1)
    for seed in ExecutionTests.seeds where seed % 12 == 0 {
      let network = RandomNetwork(seed: seed, batch: Self.batch)
      let (bound, _) = try network.bind(pool, KernelTable.available[0], Setting(chunk: 2))
      network.run(bound, step: 1)
      let before = heap_requests()
      for _ in 0..<5 { bound.run() }
      #expect(heap_requests() == before, "seed \(seed)")
    }
  }

  @Test("profile and observer see every run of a step") func observation() throws {
    let network = RandomNetwork(seed: 9, batch: Self.batch)
    let pool = try ThreadPool(threadCount: 1)
    let (bound, _) = try network.bind(pool, KernelTable.available[0], Setting(chunk: 2))
    var (seen, broken) = ([Int](repeating: 0, count: bound.plan.steps.count), 0)
    bound.observer = { plan, step in
      seen[step] += 1
      broken += plan.statistics(ofStep: step).reduce(0) { $0 + ($1?.nonFinite ?? 0) }
    }
    bound.startProfile()
    network.run(bound, step: 1)
    #expect(seen == bound.plan.steps.indices.map { bound.plan.loop(ofStep: $0)?.count ?? 1 })
    #expect(broken == 0)
    #expect(bound.stopProfile()?.steps.map(\.runs) == seen)
  }
}

extension Kernel {
  fileprivate var isRandom: Bool { if case .dropout = self { true } else { false } }
}
