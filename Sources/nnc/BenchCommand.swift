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
      """)

  /// What is measured.
  enum Purpose: String, ExpressibleByArgument, CaseIterable { case run, train }

  /// How the result is printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Argument(help: "The spec; - reads standard input.")
  var file: String

  @Option(name: .customLong("for"), help: "Running or training. (default: train where the spec trains)")
  var purpose: Purpose?

  @Option(help: "Samples in a batch. (default: 1 for running, the spec's for training)")
  var batch: Int?

  @Option(help: "The network to run, where there are several.")
  var network: String?

  @Option(help: "At least so many runs.")
  var runs = 10

  @Option(help: "At least so many seconds.")
  var seconds = 2.0

  @Option(help: "text or json.")
  var format = Format.text

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var plan: PlanOptions
  @OptionGroup var spec: SpecOptions

  func validate() throws {
    if let batch, !(1...65_536).contains(batch) { throw ValidationError("--batch takes 1 to 65536") }
    if !(1...1_000_000).contains(runs) { throw ValidationError("--runs takes 1 to 1000000") }
    if !(0...86_400).contains(seconds) { throw ValidationError("--seconds takes 0 to 86400") }
    if network != nil, purpose == .train { throw ValidationError("--network is for --for run") }
  }

  func run() {
    let report = Terminal.run { () throws(CommandFailure) in
      let checked = try spec.loadWithoutErrors(file, quiet: true)
      let session = try Session(checked, plans: try plan.plans(checked), threads: threads.threads)
      return try session.bench(options)
    }
    Terminal.write(format == .json ? report.json.indented() : report.text)
  }

  private var options: BenchOptions {
    var options = BenchOptions()
    options.purpose = network != nil ? .run : purpose.map { $0 == .run ? .run : .train }
    (options.batch, options.network) = (batch, network)
    (options.leastRuns, options.leastSeconds) = (runs, seconds)
    return options
  }
}
