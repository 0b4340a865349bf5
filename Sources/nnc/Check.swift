import NNText
import ArgumentParser
import NNDiagnostics
import NNDriver

/// `nnc check`
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds every mistake in specs; prints the table of layers where there is none.")

  /// How diagnostics are printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case full, concise, json }

  @Argument(help: "Specs, or folders of them; - reads standard input.")
  var files: [String]

  @Option(help: "How diagnostics are printed: full, concise or json.")
  var format = Format.full

  @OptionGroup var spec: SpecOptions

  func run() {
    var failure: CommandFailure?
    var objects: [JSON] = []
    for file in Terminal.run({ () throws(CommandFailure) in try SpecFiles.find(files) }) {
      let checked = Terminal.run { () throws(CommandFailure) in try spec.load(file) }
      if let found = checked.failure, failure != .unreadable { failure = found }
      switch format {
      case .full: printFull(checked)
      case .concise: Terminal.write(ConciseRenderer(sources: checked.sources).render(checked.diagnostics))
      case .json: objects.append(CheckReport(checked).json)
      }
    }
    if format == .json { Terminal.write(JSON.object([("files", .array(objects))]).text + "\n") }
    if let failure { Terminal.end(failure) }
  }

  private func printFull(_ checked: CheckedSpec) {
    let report = CheckReport(checked).text
    if !report.isEmpty { Terminal.write(report) }
    Terminal.report(checked, to: 1)
  }
}
