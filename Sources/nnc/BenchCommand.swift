import ArgumentParser
import NNDriver
import NNPlan

/// `nnc bench`
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the speed of a plan: each step's time, rate and share of the peak.",
    discussion: """
      The plan runs on made-up inputs, so neither data nor weights are needed. Times are medians; between two runs the \
      processor's peak is measured, on as many threads.

      With --tune, each convolution of the plan is computed in several ways (algorithms, and sizes of tasks) in runs of the \
      whole plan, in turn. What is faster than what nnc chooses by its rules is kept for this processor, these kernels and \
      convolutions of these sizes in a file of the user's cache, which run, train, eval, plan and bench read. Sizes of \
      tasks change no bit of a result; another algorithm does, and `nnc plan` says where there is one.
      """)

  /// What is measured.
  enum Purpose: String, ExpressibleByArgument, CaseIterable { case run, train }

  /// How the result is printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Argument(help: "The spec; - reads standard input.")
  var file: String

  @Option(name: .customLong("for"), help: "Running or training. (default: train where the spec trains)")
  var purpose: Purpose?

  @Option(
    help: "Samples in a batch. (default: 1 for running, the spec's for training)", transform: NumberArguments.whole)
  var batch: Int?

  @Option(help: "The network to run, where there are several.")
  var network: String?

  @Option(help: "At least so many runs. (default: 10)", transform: NumberArguments.whole)
  var runs = 10

  @Option(
    help: "At least so many seconds; with --tune, about so many. (default: 2, with --tune 10)",
    transform: NumberArguments.any)
  var seconds: Double?

  @Flag(help: "Measures how each convolution is computed fastest, and keeps what it finds (see above).")
  var tune = false

  @Option(help: "text or json.")
  var format = Format.text

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var plan: PlanOptions
  @OptionGroup var spec: SpecOptions

  func validate() throws {
    if let batch, !(1...65_536).contains(batch) { throw ValidationError("--batch takes 1 to 65536") }
    if !(1...1_000_000).contains(runs) { throw ValidationError("--runs takes 1 to 1000000") }
    if let seconds, !(0...86_400).contains(seconds) { throw ValidationError("--seconds takes 0 to 86400") }
    if network != nil, purpose == .train { throw ValidationError("--network is for --for run") }
  }

  func run() {
    let session = Terminal.run { () throws(CommandFailure) in
      let checked = try spec.loadWithoutErrors(file, quiet: true, threads: threads.threads)
      let plans = try plan.plans(checked, threads: threads.threads)
      return try Session(checked, plans: plans, threads: threads.threads)
    }
    if tune {
      let report = Terminal.run { () throws(CommandFailure) in try tuned(session) }
      Terminal.write(format == .json ? report.json.indented() : report.text)
      let path = Terminal.run { () throws(CommandFailure) in try report.keep(in: .user, session) }
      Terminal.write("kept in \(path)\n", to: 2)
    } else {
      let report = Terminal.run { () throws(CommandFailure) in try session.bench(options) }
      Terminal.write(format == .json ? report.json.indented() : report.text)
    }
  }

  private func tuned(_ session: Session) throws(CommandFailure) -> TuningReport {
    let seconds = seconds ?? 10
    try TuningCache.user.requireRoom(session.device.kernels)
    Terminal.write("measuring for about \(Int(seconds.rounded())) seconds, or three runs of each way\n", to: 2)
    let isShown = Terminal.isInteractive(2)
    var shown = -1
    let report = try session.tune(options, seconds: seconds) { share in
      let percent = Int(share * 100)
      guard isShown, percent != shown else { return }
      shown = percent
      Terminal.write("\r\(percent) %", to: 2)
    }
    if isShown { Terminal.write("\r     \r", to: 2) }
    return report
  }

  private var options: BenchOptions {
    var options = BenchOptions()
    options.purpose = network != nil ? .run : purpose.map { $0 == .run ? .run : .train }
    (options.batch, options.network) = (batch, network)
    (options.leastRuns, options.leastSeconds) = (runs, seconds ?? 2)
    return options
  }
}
