import NNDiagnostics
import NNDriver
import NNFormats
import NNRuntime

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How the process ends, besides well.
enum ExitStatus: Int32 { case usage = 2 }

/// The process's streams and how it ends.
enum Terminal {
  /// Whether diagnostics on this stream get colours: by `NO_COLOR`, `CLICOLOR_FORCE` and what the terminal can do.
  static func usesColor(_ descriptor: Int32) -> Bool {
    if Knob.noColor.value != nil { return false }
    if Knob.forceColor.isOn { return true }
    return isatty(descriptor) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
  }

  /// Whether a person may be looking at this stream.
  static func isInteractive(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Makes sure that a reader who goes away does not kill the process, and that no file which is opened later becomes a
  /// standard stream that was closed: writing to such a stream goes on failing.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes all of `text`. Where standard output fails the process ends with exit code 3; a reader who went away is no
  /// failure, and neither is standard error that takes nothing.
  static func write(_ text: String, to descriptor: Int32 = 1) {
    let code = Descriptor.write(text, to: descriptor)
    if code == 0 || code == EPIPE || descriptor != 1 { return }
    write("error: \(FileError("standard output", .write, systemError: code))\n", to: 2)
    exit(3)
  }

  /// Ends the process as a failure asks; `isTold` where its message is printed already.
  static func end(_ failure: CommandFailure, isTold: Bool = false) -> Never {
    if !isTold, let message = failure.message { write("\(message)\n", to: 2) }
    exit(failure.exitCode)
  }

  /// Ends the process well.
  static func end() -> Never { exit(0) }

  /// Ends the process with an exit code whose reason is printed.
  static func end(_ code: ExitStatus) -> Never { exit(code.rawValue) }

  /// Runs a command's work; a failure ends the process.
  static func run<Result>(_ work: () throws(CommandFailure) -> Result) -> Result {
    do {
      return try work()
    } catch {
      end(error)
    }
  }

  /// Prints all diagnostics of a spec and the line that counts them.
  static func report(_ checked: CheckedSpec, to descriptor: Int32 = 2) {
    write(reportText(checked, for: descriptor), to: descriptor)
  }

  /// All diagnostics of a spec and the line that counts them, with colours where this stream gets them; for a person
  /// at a terminal also where to read more.
  static func reportText(_ checked: CheckedSpec, for descriptor: Int32) -> String {
    let renderer = FullRenderer(sources: checked.sources, color: usesColor(descriptor))
    let more = isatty(descriptor) == 1 ? FullRenderer.pointer(to: checked.diagnostics) : nil
    return renderer.render(checked.diagnostics) + FullRenderer.summary(path: checked.path, of: checked.diagnostics)
      + "\n" + (more.map { $0 + "\n" } ?? "")
  }
}
