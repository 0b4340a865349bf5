import NNText
import NNPlan

/// Why a command ends without having done its work.
public enum CommandFailure: Error, Sendable, Equatable {
  /// The spec has errors, which are printed.
  case findings
  /// The spec has errors, which are printed, because the machine did not let a file be read.
  case unreadable
  /// The spec or the data is at fault: exit code 1.
  case data(String)
  /// The command was used wrongly: exit code 2.
  case usage(String)
  /// The machine is at fault: exit code 3.
  case machine(String)
  /// Numbers went wrong in a step of training: exit code 3.
  case diverged(String, step: Int)
  /// A signal ended the command, which is no error: exit code 130 or 143.
  case interrupted(String, exitCode: Int32)

  /// The process's exit code.
  public var exitCode: Int32 {
    switch self {
    case .findings, .data: 1
    case .usage: 2
    case .machine, .unreadable, .diverged: 3
    case .interrupted(_, let code): code
    }
  }

  /// The same, with a line that helps.
  func adding(help: String) -> CommandFailure {
    switch self {
    case .data(let text): .data("\(text)\nhelp: \(help)")
    case .usage(let text): .usage("\(text)\nhelp: \(help)")
    case .machine(let text): .machine("\(text)\nhelp: \(help)")
    case .findings, .unreadable, .diverged, .interrupted: self
    }
  }

  /// What to print; nil where it is printed already.
  public var message: String? {
    switch self {
    case .findings, .unreadable: nil
    case .data(let text), .usage(let text), .machine(let text), .diverged(let text, _): "error: \(text)"
    case .interrupted(let text, _): text
    }
  }
}
