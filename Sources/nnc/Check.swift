import ArgumentParser
import CProcessor
import NNDiagnostics
import NNDriver
import NNRuntime

/// `nnc check`
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Finds every mistake in specs; prints the table of layers where there is none.")

  /// How diagnostics are printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case full, concise, json, sarif, github }

  /// What makes the command fail.
  enum FailLevel: String, ExpressibleByArgument, CaseIterable {
    case error, warning, note, never

    /// Whether one of these is as grave as that.
    func isReached(by diagnostics: Diagnostics) -> Bool {
      guard let least = Severity(rawValue: rawValue) else { return false }
      return diagnostics.sorted.contains { $0.severity <= least }
    }
  }

  @Argument(help: "Specs, or folders of them; - reads standard input.")
  var files: [String]

  @Option(help: "How diagnostics are printed: full, concise, json, sarif (2.1.0) or github (workflow commands).")
  var format = Format.full

  @Option(help: "The least grave diagnostic that gives exit code 1: error, warning, note or never.")
  var failLevel = FailLevel.error

  @Flag(help: "Repairs the specs and the files they include, where it is sure what was meant, and says what is left.")
  var fix = false

  @OptionGroup var spec: SpecOptions

  func validate() throws {
    if fix, files.contains("-") { throw ValidationError("--fix changes files, and standard input is none") }
  }

  func run() {
    processor_keep_heap()
    var output = CheckOutput(format)
    var failure: CommandFailure?
    let found = Terminal.run { () throws(CommandFailure) in try SpecFiles.find(files) }
    output.isForOne = found.count == 1
    var held: [CheckOutput.Answer] = []
    func add(_ answer: CheckOutput.Answer) {
      output.add(answer)
      if output.isForOne { held.append(answer) }
      if answer.checked.failure == .unreadable {
        failure = .unreadable
      } else if failure == nil, failLevel.isReached(by: answer.checked.diagnostics) {
        failure = .findings
      }
    }
    if fix {
      for file in found {
        let checked = Terminal.run { () throws(CommandFailure) in try repair(file) }
        add(output.answer(to: checked))
      }
    } else {
      // Some at a time, so that answers come early and few are held.
      var rest = found[...]
      while !rest.isEmpty {
        let next = Array(rest.prefix(32))
        rest = rest.dropFirst(next.count)
        let load = { [spec, output] (file: String) in
          Result { () throws(CommandFailure) in output.answer(to: try spec.load(file, makesPlans: output.showsPlans)) }
        }
        for answer in SideBySide.map(next, load) {
          add(Terminal.run { () throws(CommandFailure) in try answer.get() })
        }
      }
    }
    output.finish()
    // What one spec took goes with the process, at once.
    withExtendedLifetime(held) {
      if let failure { Terminal.end(failure) }
      Terminal.end()
    }
  }

  /// Repairs a spec's files and says how; machine formats stay alone on standard output.
  private func repair(_ path: String) throws(CommandFailure) -> CheckedSpec {
    let fixer = try spec.fixer(path)
    try fixer.write()
    Terminal.write(fixer.report, to: format == .full || format == .concise ? 1 : 2)
    return fixer.checked
  }
}
