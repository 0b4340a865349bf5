import ArgumentParser
import NNCompiler
import NNDriver
import NNRuntime
import NNSpec
import NNTensor

/// What every command that reads a spec takes.
struct SpecOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: "Overrides a value of the spec: vars.width=96. In train, several with commas between make a sweep.")
  var overrides: [String] = []

  /// Reads and checks the spec at `path`.
  func load(_ path: String, threads: Int? = nil, makesPlans: Bool = false) throws(CommandFailure) -> CheckedSpec {
    let machine = try SpecOptions.machine()
    return CheckedSpec.load(
      path: path, overrides: try parsedOverrides(), kernels: machine.kernels, threads: threads ?? machine.threads,
      makesPlans: makesPlans)
  }

  /// Reads and checks the spec at `path`, and finds the changes that repair it.
  func fixer(_ path: String) throws(CommandFailure) -> SpecFixer {
    SpecFixer(path: path, overrides: try parsedOverrides(), kernels: try SpecOptions.machine().kernels)
  }

  /// Reads and checks; prints what is wrong, and fails where there are errors.
  func loadWithoutErrors(
    _ path: String, quiet: Bool = false, threads: Int? = nil
  ) throws(CommandFailure) -> CheckedSpec {
    let checked = try load(path, threads: threads)
    if checked.diagnostics.hasErrors || (!quiet && !checked.diagnostics.isEmpty) { Terminal.report(checked) }
    if let failure = checked.failure { throw failure }
    return checked
  }

  private func parsedOverrides() throws(CommandFailure) -> [Override] {
    var result: [Override] = []
    for option in try options() { result.append(try option.override()) }
    return result
  }

  /// What `--set` says, several values for one path among it.
  func options() throws(CommandFailure) -> [SetOption] {
    var result: [SetOption] = []
    for text in overrides { result.append(try SetOption(text)) }
    return result
  }

  /// The processor's kernels and threads, or those that the environment chooses.
  static func machine() throws(CommandFailure) -> (kernels: KernelTable, threads: Int) {
    do {
      return (try KernelTable.chosen(), try ThreadPool.chosenThreadCount())
    } catch {
      throw .usage("\(error)")
    }
  }
}

/// How many threads compute.
struct ThreadOptions: ParsableArguments {
  @Option(
    help: "Threads that compute. (default: NNC_THREADS, or the processor's cores)", transform: NumberArguments.whole)
  var threads: Int?

  func validate() throws {
    if let threads, !(1...ThreadPool.maximumThreads).contains(threads) {
      throw ValidationError("--threads takes 1 to \(ThreadPool.maximumThreads)")
    }
  }
}

/// How plans are made, for comparison and tests.
struct PlanOptions: ParsableArguments {
  @Flag(name: .customLong("no-fuse"), help: "Keeps every operation a step of its own.")
  var noFuse = false

  @Flag(name: .customLong("no-views"), help: "Copies channels wherever they are put together or taken apart.")
  var noViews = false

  @Flag(name: .customLong("no-reuse"), help: "Gives every buffer memory of its own.")
  var noReuse = false

  @Flag(name: .customLong("no-tuning"), help: "Plans by the rules alone, whatever `nnc bench --tune` measured.")
  var noTuning = false

  @Option(
    help: "Samples that go through the plan at a time, where they can. (default: as many as stay near the caches)",
    transform: NumberArguments.whole)
  var chunk: Int?

  /// What activations are stored and multiplied as.
  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case float32, bfloat16

    var element: ElementType { self == .bfloat16 ? .bfloat16 : .float32 }
  }

  @Option(help: "float32 or bfloat16. (default: the spec's)")
  var precision: Precision?

  func validate() throws {
    if let chunk, !(1...65_536).contains(chunk) { throw ValidationError("--chunk takes 1 to 65536") }
  }

  /// The plans of a checked spec, by what was tuned for so many threads, or as many as it was checked for.
  func plans(_ checked: CheckedSpec, threads: Int? = nil) throws(CommandFailure) -> Plans {
    try checked.plans(options: change(checked.kernels, threads: threads ?? checked.threads))
  }

  /// How plans are made for these kernels and threads.
  func change(_ kernels: KernelTable, threads: Int) -> (inout CompilerOptions) -> Void {
    let tuned = noTuning ? nil : TuningCache.user.tuning(kernels: kernels, threads: threads)
    if let warning = tuned?.warning { Terminal.write("warning: \(warning)\n", to: 2) }
    let reason = precision.flatMap { kernels.reason(against: $0.element) }
    if let reason { Terminal.write("note: computing in float32: \(reason)\n", to: 2) }
    return { options in
      if let tuned { options.tuning = tuned.tuning }
      if let precision { options.precision = reason == nil ? precision.element : .float32 }
      options.fuse = !noFuse
      options.joinsViews = !noViews
      options.reuse = !noReuse
      options.chunk = chunk
    }
  }
}
