import NNDiagnostics
import NNDriver
import NNTraining

/// `nnc train` over several values: checks all points, trains them, and tells how they compare.
struct SweepRunner {
  private let command: Train
  private let settings: [SetOption]

  init(_ command: Train, _ settings: [SetOption]) { (self.command, self.settings) = (command, settings) }

  func run() {
    let (sweep, check) = Terminal.run { () throws(CommandFailure) in
      let (kernels, threads) = try SpecOptions.machine()
      let sweep = Sweep(
        path: command.file, grid: try SweepGrid(settings), options: command.options, kernels: kernels,
        change: command.plan.change(kernels, threads: command.threads.threads ?? threads))
      return (sweep, try sweep.check())
    }
    report(check)
    if command.dryRun { return Terminal.write(check.text) }
    Interruption.listen()
    let report = Terminal.run { () throws(CommandFailure) in try sweep.run(check) }
    switch command.format {
    case .text: if !command.quiet { Terminal.write(report.text) }
    case .json: Terminal.write(report.json.indented())
    }
    if let failure = report.failure { Terminal.end(failure) }
  }

  /// Prints what was found, each thing once with its points; where something is wrong, that is the end.
  private func report(_ check: SweepCheck) {
    if check.failure != nil || !command.quiet {
      var text = check.findings.map { finding in
        let renderer = FullRenderer(sources: finding.sources, color: Terminal.usesColor(2))
        return renderer.render(finding.diagnostic) + note(check.names(finding.points)) + "\n"
      }.joined()
      if !check.findings.isEmpty {
        text +=
          FullRenderer.summary(
            command.file, errors: check.count(of: .error), warnings: check.count(of: .warning)) + "\n"
      }
      for points in check.equalPoints {
        text += "warning: \(points.count) points mean the same, and each of them is trained\n"
        text += note(check.names(points)) + "\n"
      }
      Terminal.write(text, to: 2)
    }
    guard let failure = check.failure else { return }
    for (failure, points) in check.failures {
      Terminal.write("\(failure.message ?? "")\n\(note(check.names(points)))", to: 2)
    }
    Terminal.end(failure, isTold: true)
  }

  private func note(_ text: String) -> String { text.isEmpty ? "" : "note: \(text)\n" }
}
