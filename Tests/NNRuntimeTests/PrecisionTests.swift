import NNCompiler
import NNKernels
import NNPlan
import NNTensor
import Testing

@testable import NNRuntime

/// Plans in bf16, on processors that have it.
@Suite("Plans in bfloat16", .serialized) struct PrecisionTests {
  static let kernels = KernelTable.available.filter(\.multipliesBFloat16).map(\.name)

  @Test(
    "they give what plans in float32 give but for rounding, training and running, whatever is fused", arguments: kernels
  )
  func rounding(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pool = try ThreadPool(threadCount: 2)
    var storing = 0
    for seed in ExecutionTests.seeds {
      let network = RandomNetwork(seed: seed)
      // What a normalisation divides by may be small.
      if network.isNormalized { continue }
      for purpose in [Purpose.train, .run] {
        let floats = try network.results(pool, kernels, Setting(), purpose: purpose)
        for algorithms in [AlgorithmChoice.direct, .winograd] {
          let setting = Setting(fuse: seed % 2 == 0, algorithms: algorithms, precision: .bfloat16)
          let worst = difference(floats, try network.results(pool, kernels, setting, purpose: purpose))
          #expect(worst.0 <= 0.05, "seed \(seed), \(purpose), \(algorithms): rounding changes \(worst.1) by \(worst.0)")
        }
      }
      let (bound, _) = try network.bind(pool, kernels, Setting(precision: .bfloat16))
      if bound.plan.buffers.contains(where: { $0.type.element == .bfloat16 }) { storing += 1 }
    }
    #expect(storing > 40, "only \(storing) networks store anything as bf16")
  }

  @Test("their bits depend neither on the number of threads nor on how memory is shared", arguments: kernels)
  func threads(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pools = try [1, 2, 3, 8].map { try ThreadPool(threadCount: $0) }
    for seed in ExecutionTests.seeds where seed % 3 == 0 {
      let network = RandomNetwork(seed: seed)
      let setting = Setting(algorithms: seed % 2 == 0 ? .winograd : .fastest, precision: .bfloat16)
      let results = try pools.map { try network.results($0, kernels, setting) }
      for other in results { #expect(identical(results[0], other), "seed \(seed)") }
      var apart = setting
      (apart.reuse, apart.poison) = (false, false)
      #expect(identical(results[0], try network.results(pools[1], kernels, apart)), "seed \(seed): sharing memory")
    }
  }
}
