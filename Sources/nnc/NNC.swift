import ArgumentParser
import CProcessor
import NNDriver

/// The `nnc` command.
@main
struct NNC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nnc", abstract: "Checks, plans, trains and runs neural networks described in YAML.",
    version: nncVersion,
    subcommands: [
      NewCommand.self, Check.self, GraphCommand.self, PlanCommand.self, Train.self, Run.self, Eval.self,
      BenchCommand.self,
      RenderCommand.self, ReportCommand.self,
      DiffCommand.self, ExplainCommand.self, LayersCommand.self, SchemaCommand.self, KnobsCommand.self,
    ])

  /// Runs the command that the arguments name. Arguments that make no command end the process with exit code 2.
  static func main() {
    Terminal.prepare()
    processor_bound_heap()
    let commands = configuration.subcommands.compactMap { $0.configuration.commandName }
    if let message = Misspelling.message(arguments: Array(CommandLine.arguments.dropFirst()), commands: commands) {
      Terminal.write(message + "\n", to: 2)
      Terminal.end(.usage)
    }
    do {
      var command = try parseAsRoot(NumberArguments.joined(Array(CommandLine.arguments.dropFirst())))
      try command.run()
    } catch {
      let isWrong = exitCode(for: error) != .success
      let message = fullMessage(for: error)
      Terminal.write((isWrong ? Misspelling.advised(message) : message) + "\n", to: isWrong ? 2 : 1)
      if isWrong { Terminal.end(.usage) }
    }
  }
}
