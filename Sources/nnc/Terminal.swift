import NNDiagnostics
import NNDriver
import NNRuntime

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The process's streams and how it ends.
enum Terminal {
  /// Whether diagnostics on this stream get colours: by `NO_COLOR`, `CLICOLOR_FORCE` and the terminal.
  static func usesColor(_ descriptor: Int32) -> Bool {
    if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
    if let value = getenv("CLICOLOR_FORCE"), value.pointee != 0, value.pointee != 48 { return true }
    return isatty(descriptor) == 1
  }

  /// Writes all of `text`; a failure ends the process with exit code 3, but for a reader that went away.
  static func write(_ text: String, to descriptor: Int32 = 1) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { nnc_write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        bytes = bytes.dropFirst(count)
      } else if errno == EPIPE {
        exit(descriptor == 1 ? 0 : 3)
      } else if errno != EINTR && errno != EAGAIN {
        let reason = String(cString: strerror(errno))
        if descriptor == 1 { note("cannot write to standard output: \(reason)") }
        exit(3)
      }
    }
  }

  /// A line on standard error.
  static func note(_ text: String) { write("nnc: \(text)\n", to: 2) }

  /// Ends the process as a failure asks.
  static func end(_ failure: CommandFailure) -> Never {
    if let message = failure.message { write("error: \(message)\n", to: 2) }
    exit(failure.exitCode)
  }

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
    let renderer = FullRenderer(sources: checked.sources, color: usesColor(descriptor))
    write(renderer.render(checked.diagnostics), to: descriptor)
    write(FullRenderer.summary(path: checked.path, of: checked.diagnostics) + "\n", to: descriptor)
  }
}

/// The system's `write`, under a name that does not meet `Terminal.write`.
private func nnc_write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
