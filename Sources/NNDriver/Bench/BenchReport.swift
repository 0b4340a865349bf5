import NNPlan
import NNRuntime
import NNTensor
import NNText

/// What a plan's runs took, as a whole and step by step.
public struct BenchReport: Sendable {
  /// What ran.
  public let plan: Plan
  /// Threads that computed.
  public let threads: Int
  /// The kernels' name.
  public let kernels: String
  /// Seconds of each run.
  public private(set) var runs: [Double] = []
  /// Operations per second that the processor could do at most, measured before each run.
  public var peaks: [Double] = []
  /// For each step of the plan, the seconds that it took in each run.
  private var steps: [[Double]]

  init(_ plan: Plan, threads: Int, kernels: String) {
    self.plan = plan
    self.threads = threads
    self.kernels = kernels
    steps = Array(repeating: [], count: plan.steps.count)
  }

  mutating func add(_ seconds: Double, _ profile: Profile) {
    runs.append(seconds)
    for (index, entry) in profile.steps.enumerated() where entry.runs > 0 { steps[index].append(entry.seconds) }
  }

  // MARK: Figures

  /// Operations per second that the processor could do at most: the median.
  var peak: Double { peaks.quantile(0.5) }

  private var median: Double { runs.quantile(0.5) }

  /// Steps that run each time.
  private var measured: [Int] { steps.indices.filter { !steps[$0].isEmpty } }

  private func seconds(_ step: Int) -> Double { steps[step].quantile(0.5) }

  /// Bytes of a step's operands and results, each counted once in each of its runs.
  private func bytes(_ step: Int) -> Int {
    let runs = plan.loop(ofStep: step)?.count ?? 1
    return (plan.steps[step].inputs + plan.steps[step].outputs).reduce(0) { sum, id in
      sum + plan[id].type.byteCount * (plan[id].samples == .batch ? 1 : runs)
    }
  }

  /// Operations of a step in all its runs.
  private func flops(_ step: Int) -> Int {
    plan.steps[step].flops.multipliedSaturated(by: plan.loop(ofStep: step)?.count ?? 1)
  }

  private func rate(_ flops: Int, _ seconds: Double) -> Double { seconds > 0 ? Double(flops) / seconds : 0 }

  // MARK: Text

  /// A table of the steps, and the totals.
  public var text: String {
    let rows = measured.map { index in
      let step = plan.steps[index]
      let seconds = seconds(index)
      let rate = rate(flops(index), seconds)
      return [
        "\(index)", step.title, step.layers.joined(separator: ", "), decimal(seconds * 1e3, 3),
        share(seconds, of: median), step.flops == 0 ? "" : decimal(rate * 1e-9, 1),
        step.flops == 0 ? "" : share(rate, of: peak), decimal(Double(bytes(index)) * 1e-6, 2),
        decimal(Double(bytes(index)) / max(seconds, 1e-9) * 1e-9, 1),
      ]
    }
    let header = ["step", "kernel", "layers", "ms", "of all", "GFLOP/s", "of peak", "MB", "GB/s"]
    var lines = [
      "\(plan.name): \(plan.purpose.rawValue), batch \(plan.batch), \(threads) \(threads == 1 ? "thread" : "threads"), "
        + "\(kernels), \(runs.count) runs", "",
    ]
    lines += table(header, rows, rightAligned: [0, 3, 4, 5, 6, 7, 8])
    lines.append("")
    lines += totals
    return lines.joined(separator: "\n") + "\n"
  }

  private var totals: [String] {
    let rate = rate(plan.flops, median)
    return [
      "median    \(decimal(median * 1e3, 3)) ms (fastest \(decimal(runs.quantile(0) * 1e3, 3)), "
        + "80 % of the runs \(decimal(runs.quantile(0.1) * 1e3, 3)) to \(decimal(runs.quantile(0.9) * 1e3, 3)))",
      "samples   \(decimal(Double(plan.batch) / median, 2)) a second",
      "rate      \(decimal(rate * 1e-9, 1)) GFLOP/s, \(share(rate, of: peak)) of the fp32 peak of "
        + "\(decimal(peak * 1e-9, 1)) GFLOP/s measured beside",
      "between   \(decimal((median - measured.reduce(0) { $0 + seconds($1) }) * 1e3, 3)) ms outside the steps",
    ]
  }

  private func share(_ part: Double, of whole: Double) -> String {
    whole > 0 ? "\(decimal(part / whole * 100, 1)) %" : ""
  }

  // MARK: JSON

  /// The same figures; times in milliseconds, rates in GFLOP/s, bytes each counted once.
  public var json: JSON {
    let milliseconds = { (part: Double) in JSON.number(runs.quantile(part) * 1e3) }
    var members: [(String, JSON)] = []
    members.append(("name", .string(plan.name)))
    members.append(("for", .string(plan.purpose.rawValue)))
    members.append(("batch", .integer(plan.batch)))
    members.append(("threads", .integer(threads)))
    members.append(("kernels", .string(kernels)))
    members.append(("runs", .integer(runs.count)))
    members.append(("median_ms", milliseconds(0.5)))
    members.append(("min_ms", milliseconds(0)))
    members.append(("p10_ms", milliseconds(0.1)))
    members.append(("p90_ms", milliseconds(0.9)))
    members.append(("samples_per_second", .number(Double(plan.batch) / median)))
    members.append(("flops", .integer(plan.flops)))
    members.append(("gflops", .number(rate(plan.flops, median) * 1e-9)))
    members.append(("peak_gflops", .number(peak * 1e-9)))
    members.append(("share_of_peak", shareOfPeak(rate(plan.flops, median))))
    members.append(("memory_bytes", .integer(plan.totalBytes)))
    members.append(("steps", .array(measured.map(json))))
    return .object(members)
  }

  private func shareOfPeak(_ rate: Double) -> JSON { peak > 0 ? .number(rate / peak) : .null }

  private func json(_ index: Int) -> JSON {
    let step = plan.steps[index]
    let milliseconds = { (part: Double) in JSON.number(steps[index].quantile(part) * 1e3) }
    var members: [(String, JSON)] = []
    members.append(("step", .integer(index)))
    members.append(("kernel", .string(step.title)))
    members.append(("layers", .array(step.layers.map { .string($0) })))
    members.append(("median_ms", milliseconds(0.5)))
    members.append(("p10_ms", milliseconds(0.1)))
    members.append(("p90_ms", milliseconds(0.9)))
    members.append(("flops", .integer(flops(index))))
    members.append(("gflops", .number(rate(flops(index), seconds(index)) * 1e-9)))
    members.append(("share_of_peak", shareOfPeak(rate(flops(index), seconds(index)))))
    members.append(("bytes", .integer(bytes(index))))
    return .object(members)
  }
}

extension [Double] {
  /// The value below which this part of them lies, between neighbours on a line; 0 without values.
  func quantile(_ part: Double) -> Double {
    let sorted = self.sorted()
    guard let last = sorted.last else { return 0 }
    let place = part * Double(sorted.count - 1)
    let index = Int(place)
    guard index + 1 < sorted.count else { return last }
    return sorted[index] + (place - Double(index)) * (sorted[index + 1] - sorted[index])
  }
}
