import ArgumentParser
import NNDriver

/// The `nnc` command.
@main
struct NNC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nnc", abstract: "Checks, plans, trains and runs neural networks described in YAML.",
    subcommands: [Check.self, PlanCommand.self, Train.self, Run.self, Eval.self, KnobsCommand.self])
}
