import NNCompiler
import NNKernels
import NNPlan
import NNRuntime
import Testing

@testable import NNDriver

/// What `memory_limit` makes of a plan, and what is said where it cannot be kept.
@Suite struct MemoryLimitTests {
  private static let convolutions = """
      - conv: {filters: 32, activation: relu}
      - conv: {filters: 32, activation: relu}
      - max_pool
      - conv: {filters: 64, activation: relu}
      - transposed_conv: {filters: 32, kernel: 4, stride: 2, padding: same, activation: relu}
      - output: {channels: 3, activation: sigmoid}
    """

  private func check(
    _ limit: Int?, kib: Int? = nil, threads: Int, layers: String = convolutions, batch: Int = 8, settings: String = ""
  ) throws -> CheckedSpec {
    let size = kib.map { "\($0) KiB" } ?? limit.map { "\($0) MiB" }
    let text = """
      nnc: 1
      data: {s: {synthetic: shapes, shape: [64, 64, 3], samples_per_epoch: 16, validation: 25%}}
      network:
      \(layers)
      loss: mse
      train: {steps: 2, batch_size: \(batch), optimizer: adam\(size.map { ", memory_limit: \($0)" } ?? "")\(settings)}

      """
    return CheckedSpec.check(
      bytes: Array(text.utf8), path: "limit.yaml", kernels: try portableKernels(), threads: threads)
  }

  private func refusal(_ checked: CheckedSpec) -> String {
    checked.diagnostics.sorted.first { $0.code == .memoryLimit }?.sentence ?? ""
  }

  @Test("the plan is the same for any number of threads, and so many are allowed as keep the limit")
  func threads() throws {
    var (limited, refused) = (0, 0)
    for limit in 28...44 {
      var first: Plan?
      var isRefused = false
      for threads in [1, 2, 4, 6, 16, 64] {
        let checked = try check(limit, threads: threads)
        if checked.diagnostics.hasErrors {
          isRefused = true
          let text = refusal(checked)
          if let first {
            // The plan of fewer threads is there, so it is they that help.
            let most = try #require(text.split(separator: "`--threads ").last?.prefix { $0.isNumber })
            let fewer = try check(limit, threads: try #require(Int(most)))
            #expect(try fewer.plans().train(batch: 8) == first, "\(limit) MiB, \(threads) threads: \(text)")
            #expect(try check(limit, threads: #require(Int(most)) + 1).diagnostics.hasErrors)
          }
          continue
        }
        #expect(!isRefused, "\(limit) MiB is enough for \(threads) threads, but not for fewer")
        let plans = try checked.plans()
        let plan = try #require(plans.train(batch: 8))
        #expect(try #require(plans.trainingMemory).total <= limit << 20)
        limited += plan.unlimited == nil ? 0 : 1
        #expect(plan == first ?? plan, "\(limit) MiB, \(threads) threads")
        first = first ?? plan
      }
      refused += isRefused ? 1 : 0
    }
    #expect(limited > 12 && refused > 5, "\(limited) limited, \(refused) refused")
  }

  @Test("what was measured to be a better way to cut tasks changes no plan, and is left where it breaks the limit")
  func blockings() throws {
    var (kept, left) = (0, 0)
    let limits = stride(from: 27 << 10, to: 40 << 10, by: 512)
    for limit in limits {
      let checked = try check(nil, kib: limit, threads: 4)
      guard let rules = try? checked.plans(), let plan = rules.train(batch: 8) else { continue }
      let candidates = TuningCandidates(plan, tiles: try portableKernels().tiles)
      for number in 1..<candidates.most {
        let blockings = Tuning(
          candidates.variant(number).choices.compactMapValues {
            $0.blocking.map { Tuning.Choice(blocking: $0) }
          })
        let plans = try checked.plans { $0.tuning = blockings }
        let tuned = try #require(plans.train(batch: 8))
        #expect(tuned.arena == plan.arena && tuned.samplesAtATime == plan.samplesAtATime)
        #expect(tuned.recomputedLayers == plan.recomputedLayers && tuned.steps.map(\.name) == plan.steps.map(\.name))
        #expect(try #require(plans.trainingMemory).total <= limit << 10)
        if plan.unlimited != nil { kept += tuned != plan ? 1 : 0 }
        left += tuned == plan ? 1 : 0
      }
    }
    #expect(kept > 5, "\(kept) kept, \(left) left")
  }

  @Test("the plans by which a spec was checked are those that everything else goes by")
  func onePlans() throws {
    let checked = try check(34, threads: 2)
    let plan = try #require(try checked.plans().train(batch: 8))
    let again = try checked.plans()
    #expect(plan.unlimited != nil && again.made?.steps.largest == plan && again.usual.train?.largest == plan)
    let other = try checked.plans { ($0.chunk, $0.reuse) = (8, false) }
    #expect(other.beyondLimit != nil && other.train(batch: 8) != plan)
  }

  @Test("what is said of a limit that cannot be kept is so")
  func reasons() throws {
    let norm = "  - conv: {filters: 32, normalization: batch}\n" + Self.convolutions
    let mixed = refusal(try check(30, threads: 2, layers: norm))
    #expect(mixed.contains("as batch normalisations need them") && mixed.contains("accumulate"), "\(mixed)")
    let apart = refusal(try check(29, threads: 2))
    #expect(apart.contains("one sample at a time") && !apart.contains("accumulate"), "\(apart)")
    let asked = try check(40, threads: 2).plans { ($0.chunk, $0.reuse) = (8, false) }
    let text = try #require(asked.beyondLimit).sentence
    #expect(text.contains("8 samples at a time, as `--chunk` asks") && !text.contains("normalisation"), "\(text)")
    let heavy = refusal(
      try check(
        60, threads: 2,
        layers: "  - flatten\n  - dense: {units: 2000}\n  - dense: {units: 12288}\n  - reshape: {shape: [64, 64, 3]}"))
    #expect(heavy.contains("use fewer or smaller layers") && !heavy.contains("normalisation"), "\(heavy)")
    let program = refusal(try check(10, threads: 2))
    #expect(program.contains("the program alone takes"), "\(program)")
  }
}
