import ArgumentParser
import NNDriver
import NNTraining

/// `nnc train`
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains as the spec says; leaves weights, checkpoints, logs and previews in the run folder.",
    discussion: """
      A run that was ended goes on where it was when the same command is given again. Ctrl-C and SIGTERM end it after the \
      step that it is at, with a checkpoint, a second one ends it at once; SIGUSR1 writes a checkpoint.

      Several values in a --set, with commas between, make a sweep: --set train.optimizer.adam.learning_rate=1e-3,1e-4 \
      trains once with each, in runs/<name>/learning_rate=1e-3 and so on; several such --set give every combination. All \
      points are checked before the first starts; the same command again goes on where the sweep was.
      """)

  /// How a sweep's end is told.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Argument(help: "The spec.")
  var file: String

  @Option(name: .customLong("run"), help: "The run folder. (default: runs/<name>)")
  var folder: String?

  @Option(help: "Updates to make, instead of the spec's length.", transform: NumberArguments.whole)
  var steps: Int?

  @Option(help: "Epochs to make, instead of the spec's length.", transform: NumberArguments.whole)
  var epochs: Int?

  @Option(help: "Starts from another spec's weights: takes over what fits, widens what has grown.")
  var transfer: String?

  @Flag(help: "Refuses a --transfer in which any tensor is new, dropped or of another shape.")
  var strict = false

  @Flag(help: "Replaces a run that is in the folder, instead of going on with it.")
  var fresh = false

  @Option(
    name: .customLong("log-every"), help: "Steps from one line of metrics.jsonl to the next.",
    transform: NumberArguments.whole)
  var logEvery: Int?

  @Option(help: "auto (a line that redraws on a terminal, plain lines elsewhere), always or never.")
  var progress = ProgressMode.auto

  @Flag(help: "Prints nothing but what goes wrong; `nnc check` tells the warnings of the spec.")
  var quiet = false

  @Flag(help: "Checks all, says what would be done, and trains nothing.")
  var dryRun = false

  @Option(help: "How a sweep's end is told: text (a table) or json.")
  var format = Format.text

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var plan: PlanOptions
  @OptionGroup var spec: SpecOptions

  func validate() throws {
    if steps != nil, epochs != nil { throw ValidationError("give --steps or --epochs, not both") }
    if strict, transfer == nil { throw ValidationError("--strict goes with --transfer") }
    for (name, value) in [("--steps", steps), ("--epochs", epochs), ("--log-every", logEvery)] {
      if let value, value < 1 { throw ValidationError("\(name) takes 1 or more") }
    }
  }

  func run() {
    if let precision = plan.precision {
      // The run's own spec says by what it went.
      var command = self
      command.spec.overrides.append("train.precision=\(precision.rawValue)")
      command.plan.precision = nil
      return command.run()
    }
    let settings = Terminal.run { () throws(CommandFailure) in try spec.options() }
    if dryRun || settings.contains(where: \.isSwept) { return SweepRunner(self, settings).run() }
    if format == .json { Terminal.end(.usage("--format json tells of a sweep, and no --set has several values")) }
    let summary = Terminal.run { () throws(CommandFailure) in
      let checked = try spec.loadWithoutErrors(file, quiet: quiet, threads: threads.threads)
      let session = try Session(
        checked, plans: try plan.plans(checked, threads: threads.threads), threads: threads.threads)
      Interruption.listen()
      return try session.train(options)
    }
    if !quiet { Terminal.write(summary.text) }
  }

  /// What the run, or each run of a sweep, goes by.
  var options: TrainingOptions {
    var options = TrainingOptions()
    options.folder = folder
    options.steps = steps
    options.epochs = epochs
    options.fresh = fresh
    options.transfer = transfer
    options.isStrict = strict
    options.logEvery = logEvery
    options.progress = progress
    options.threads = threads.threads
    options.isQuiet = quiet
    options.interruption = .signals
    return options
  }
}

extension ProgressMode: ExpressibleByArgument {}
