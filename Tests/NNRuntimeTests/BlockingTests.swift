import NNCompiler
import NNKernels
import NNPlan
import NNRandom
import NNTensor
import Testing

@testable import NNRuntime

@Suite("Tuned plans run", .serialized) struct BlockingTests {
  @Test(
    "no blocking changes a bit, whatever the algorithm and the number of threads",
    arguments: KernelTable.available.map(\.name))
  func bits(table: String) throws {
    let kernels = try KernelTable.chosen(table)
    let pools = try [1, 3].map { try ThreadPool(threadCount: $0) }
    var blockings = Set<ConvolutionBlocking>()
    for seed in UInt64(1)...12 {
      let network = RandomNetwork(seed: seed, isWide: true)
      for (algorithms, precision) in Self.kinds(kernels) where precision == .float32 || seed <= 5 {
        var setting = Setting(algorithms: algorithms, precision: precision)
        let expected = try network.results(pools[0], kernels, setting)
        let plan = try network.bind(pools[0], kernels, setting).0.plan
        var draw = RandomStream(seed: seed, purpose: .testing, index: 5)
        for pool in pools {
          setting.tuning = Self.randomBlockings(plan, &draw)
          blockings.formUnion(setting.tuning.choices.values.compactMap(\.blocking))
          let tuned = try network.results(pool, kernels, setting)
          #expect(identical(expected, tuned), "seed \(seed): \(difference(expected, tuned)), \(setting.tuning)")
        }
      }
    }
    #expect(blockings.count > 40)
  }

  @Test(
    "no blocking changes a bit of an algorithm that was chosen instead of the rules', which the plan says",
    arguments: [ConvolutionAlgorithm.winograd, .winogradUnpacked, .winograd2x2], [Purpose.run, .train])
  func bitsOfAlgorithm(algorithm: ConvolutionAlgorithm, purpose: Purpose) throws {
    let kernels = try KernelTable.chosen()
    let pools = try [1, 3].map { try ThreadPool(threadCount: $0) }
    var (followed, changed) = (0, 0)
    for seed in UInt64(1)...28 {
      let network = RandomNetwork(seed: seed, isWide: true)
      let plain = try network.bind(pools[0], kernels, Setting(), purpose: purpose).0.plan
      var draw = RandomStream(seed: seed, purpose: .testing, index: 6)
      let blockings = Self.randomBlockings(plain, &draw).choices
      let chosen = Tuning(blockings.mapValues { _ in Tuning.Choice(algorithm: algorithm) })
      let tuned = Tuning(blockings.mapValues { Tuning.Choice(algorithm: algorithm, blocking: $0.blocking) })
      let expected = try network.results(pools[0], kernels, Setting(tuning: chosen), purpose: purpose)
      for pool in pools {
        let results = try network.results(pool, kernels, Setting(tuning: tuned), purpose: purpose)
        #expect(identical(expected, results), "seed \(seed): \(difference(expected, results))")
      }
      let steps = try network.bind(pools[0], kernels, Setting(tuning: tuned), purpose: purpose).0.plan.steps
      let replaced = steps.filter { $0.tuned?.replaced != nil }
      for step in replaced {
        #expect(step.title.contains("\(algorithm.suffix) (tuned: instead of "), "\(step.title)")
      }
      followed += replaced.count
      let rules = try network.results(pools[0], kernels, purpose: purpose)
      changed += identical(expected, rules) ? 0 : 1
      // Without another algorithm there are no other bits.
      #expect(identical(expected, rules) || !replaced.isEmpty, "seed \(seed)")
    }
    #expect(followed > 5 && changed > 2)
  }

  @Test("a choice of another algorithm is followed and told, one that is impossible is not")
  func algorithms() throws {
    let kernels = try KernelTable.chosen()
    let pool = try ThreadPool(threadCount: 1)
    var followed = 0
    for seed in UInt64(1)...20 {
      let network = RandomNetwork(seed: seed, isWide: true)
      let plain = try network.bind(pool, kernels, Setting()).0.plan
      for algorithm in ConvolutionAlgorithm.allCases {
        let names = plain.steps.indices.compactMap { ConvolutionTask(step: $0, of: plain)?.name }
        let choices = names.map { ($0, Tuning.Choice(algorithm: algorithm)) }
        let tuning = Tuning(Dictionary(choices, uniquingKeysWith: { first, _ in first }))
        let forced = try network.bind(pool, kernels, Setting(tuning: tuning)).0.plan
        for step in forced.steps {
          let replaced = step.tuned?.replaced
          #expect((replaced != nil) == step.title.contains("tuned: instead of"))
          followed += replaced == nil ? 0 : 1
        }
        let results = try network.results(pool, kernels, Setting(tuning: tuning))
        let worst = difference(try network.results(pool, kernels), results)
        #expect(worst.0 <= 20 * ExecutionTests.tolerance(network), "seed \(seed): \(worst)")
      }
    }
    #expect(followed > 40)
  }

  /// Algorithms and precisions that the kernels have.
  private static func kinds(_ kernels: KernelTable) -> [(AlgorithmChoice, ElementType)] {
    [.float32, .bfloat16].filter { $0 == .float32 || kernels.multipliesBFloat16 }
      .flatMap { [(.fastest, $0), (.winograd, $0)] }
  }

  @Test("a blocking of another algorithm's changes nothing, and the plan does not tell of it")
  func foreign() throws {
    let kernels = try KernelTable.chosen()
    let pool = try ThreadPool(threadCount: 1)
    var found = (rows: 0, strips: 0, panels: 0)
    for seed in UInt64(1)...6 {
      let network = RandomNetwork(seed: seed, isWide: true)
      for (algorithms, precision) in Self.kinds(kernels) {
        var setting = Setting(algorithms: algorithms, precision: precision)
        let plain = try network.bind(pool, kernels, setting).0.plan
        for blocking in [ConvolutionBlocking.rows(2), .strips(tiles: 9, blocks: 1), .panels(rows: 16)] {
          let names = plain.steps.indices.compactMap { ConvolutionTask(step: $0, of: plain)?.name }
          setting.tuning = Tuning(
            Dictionary(names.map { ($0, Tuning.Choice(blocking: blocking)) }, uniquingKeysWith: { first, _ in first }))
          for (step, before) in zip(try network.bind(pool, kernels, setting).0.plan.steps, plain.steps) {
            switch (step.kernel, blocking) {
            case (.convolution(_, _, _, .direct), .rows), (.convolution(_, _, _, .directBFloat16), .rows),
              (.convolution(_, _, _, .narrow), .rows):
              found.rows += 1
            case (.convolution(_, _, _, .winograd), .strips), (.convolution(_, _, _, .winogradBFloat16), .strips):
              found.strips += 1
            case (.weightGradient(_, _, let algorithm), .panels) where !algorithm.isGrouped: found.panels += 1
            default:
              #expect(step.title == before.title && step.scratchBytes == before.scratchBytes)
              continue
            }
            #expect(step.title.hasSuffix(" (tuned: \(blocking.text))"))
          }
        }
      }
    }
    #expect(found.rows > 0 && found.strips > 0 && found.panels > 0, "\(found)")
  }

  /// A random blocking for each convolution, of sizes that need not fit anything.
  private static func randomBlockings(_ plan: Plan, _ draw: inout RandomStream) -> Tuning {
    var choices: [String: Tuning.Choice] = [:]
    for index in plan.steps.indices {
      guard let task = ConvolutionTask(step: index, of: plan) else { continue }
      let sizes = (1 + draw.integer(below: 40), 1 + draw.integer(below: 4))
      let blocking: ConvolutionBlocking =
        switch plan.steps[index].kernel {
        case .weightGradient: .panels(rows: 1 + draw.integer(below: 70))
        case .convolution(_, _, _, .direct), .convolution(_, _, _, .directBFloat16): .rows(sizes.0)
        case .convolution(_, _, _, .winogradUnpacked): .rows(sizes.0)
        default: .strips(tiles: sizes.0, blocks: sizes.1)
        }
      choices[task.name] = Tuning.Choice(blocking: blocking)
    }
    return Tuning(choices)
  }
}
