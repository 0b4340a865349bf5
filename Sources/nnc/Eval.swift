import ArgumentParser
import NNDriver

/// `nnc eval`
struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Reports losses and metrics on the validation split.")

  /// How the result is printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Argument(help: "The spec.")
  var file: String

  @Option(help: "The weights, a .safetensors file.")
  var weights: String

  @Option(help: "A .png file: the best and the worst samples by the first metric, as input | output | target.")
  var pictures: String?

  @Option(help: "text or json.")
  var format = Format.text

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var plan: PlanOptions
  @OptionGroup var spec: SpecOptions

  func validate() throws {
    if let pictures, !pictures.lowercased().hasSuffix(".png") { throw ValidationError("--pictures takes a .png file") }
  }

  func run() {
    let evaluation = Terminal.run { () throws(CommandFailure) in
      let checked = try spec.loadWithoutErrors(file, threads: threads.threads)
      let session = try Session(
        checked, plans: try plan.plans(checked, threads: threads.threads), threads: threads.threads)
      return try session.evaluate(weights: weights, pictures: pictures)
    }
    Terminal.write(format == .json ? evaluation.json + "\n" : evaluation.text)
    if let failure = evaluation.failure { Terminal.end(failure) }
  }
}
