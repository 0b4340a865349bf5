import ArgumentParser
import NNDriver

/// `nnc diff`
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compares two specs: layers, parameters, FLOPs, memory, and which weights carry over.")

  /// How the difference is printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Argument(help: "The spec before.")
  var before: String

  @Argument(help: "The spec after; may be the same, with --set.")
  var after: String

  @Option(help: "text or json.")
  var format = Format.text

  @Flag(name: .customLong("exit-code"), help: "Exits with 1 where the specs differ.")
  var exitCode = false

  @OptionGroup(title: "Options of the spec after") var spec: SpecOptions

  func run() {
    let diff = Terminal.run { () throws(CommandFailure) in
      let first = CheckedSpec.load(path: before, kernels: try SpecOptions.machine().kernels)
      let second = try spec.load(after)
      for checked in [first, second] where checked.diagnostics.hasErrors { Terminal.report(checked) }
      if let failure = first.failure ?? second.failure { throw failure }
      return try SpecDiff(first, second)
    }
    Terminal.write(format == .json ? diff.json.indented() : diff.text)
    if exitCode, !diff.isSame { Terminal.end(.findings) }
  }
}
