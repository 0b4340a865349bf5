import ArgumentParser
import NNDriver

/// `nnc report`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a run's report.html anew: curves, previews, network, memory, spec and machine on one page.")

  @Argument(help: "The run folder.")
  var folder: String

  @Option(help: "The file to write. (default: report.html in the folder)")
  var output: String?

  func run() {
    let path = Terminal.run { () throws(CommandFailure) in try RunReport(folder: folder).write(to: output) }
    Terminal.write("\(path)\n")
  }
}
