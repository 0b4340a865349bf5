import ArgumentParser
import NNCompiler
import NNDriver
import NNPlan
import NNText

/// `nnc plan`
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Prints the execution plan: steps, fused kernels, each buffer's place.")

  /// What the plan is for.
  enum Purpose: String, ExpressibleByArgument, CaseIterable { case run, evaluate, train }

  /// How the plan is printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, dot, svg }

  @Argument(help: "The spec; - reads standard input.")
  var file: String

  @Option(name: .customLong("for"), help: "run, evaluate or train. (default: train where the spec trains)")
  var purpose: Purpose?

  @Option(
    help: "Samples in a batch. (default: 1 for running, the spec's for training)", transform: NumberArguments.whole)
  var batch: Int?

  @Option(help: "text, json, dot for Graphviz, or svg: the picture of its memory.")
  var format = Format.text

  @Option(
    name: .customLong("dump-after"),
    help: "Prints what a pass leaves behind: \(Compiler.passNames.joined(separator: ", ")), or all.")
  var dumpAfter: String?

  @OptionGroup var plan: PlanOptions
  @OptionGroup var spec: SpecOptions

  func validate() throws {
    if dumpAfter != nil, format != .text { throw ValidationError("--dump-after prints text") }
    if let batch, !(1...65_536).contains(batch) { throw ValidationError("--batch takes 1 to 65536") }
    if let dumpAfter, dumpAfter != "all", !Compiler.passNames.contains(dumpAfter) {
      throw ValidationError("no pass `\(dumpAfter)`; there are \(Compiler.passNames.joined(separator: ", "))")
    }
  }

  func run() {
    let plan = Terminal.run { () throws(CommandFailure) in try makePlan() }
    guard dumpAfter == nil else { return }
    switch format {
    case .text: Terminal.write(plan.text)
    case .json: Terminal.write(plan.json)
    case .dot: Terminal.write(plan.dot)
    case .svg: Terminal.write(plan.picture.file)
    }
  }

  private func makePlan() throws(CommandFailure) -> Plan {
    let plans = try plan.plans(try spec.loadWithoutErrors(file))
    let purpose = purpose ?? (plans.model.phases.isEmpty ? .run : .train)
    if let problem = plans.problem(batch: batch ?? (purpose == .run ? 1 : plans.trainingBatch)) {
      throw .usage(problem)
    }
    switch purpose {
    case .run: return plans.run(batch: batch ?? 1, observe: dump)
    case .evaluate:
      if plans.model.losses.isEmpty { throw .usage("\(file) has no losses to evaluate; use --for run") }
      return plans.evaluate(batch: batch ?? plans.trainingBatch, observe: dump)
    case .train:
      guard let plan = plans.train(batch: batch ?? plans.trainingBatch, observe: dump) else {
        throw .usage("\(file) does not say how to train; use --for run")
      }
      return plan
    }
  }

  private func dump(_ pass: String, _ state: Compiler.State) {
    guard let dumpAfter, dumpAfter == pass || dumpAfter == "all" else { return }
    switch state {
    case .graph(let graph): Terminal.write("== \(pass)\n\(graph.text)\n")
    case .plan(let plan): Terminal.write("== \(pass)\n\(plan.text)\n")
    }
  }
}
