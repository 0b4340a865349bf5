import NNText
import ArgumentParser
import NNPlan
import NNRuntime

/// `nnc knobs`
struct KnobsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "knobs", abstract: "Lists the environment variables that nnc reads.")

  func run() {
    let rows = Knob.all.map { [$0.name, $0.values, $0.value ?? "", $0.meaning] }
    Terminal.write(table(["variable", "values", "now", "meaning"], rows).joined(separator: "\n") + "\n")
  }
}
