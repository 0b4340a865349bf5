import NNFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where progress is written: a file descriptor that may be a terminal.
struct Terminal {
  /// The descriptor; 2 is standard error.
  let descriptor: Int32

  /// Whether a person looks at it on a screen that can redraw a line.
  var isTerminal: Bool {
    guard isatty(descriptor) == 1 else { return false }
    return getenv("TERM").map { String(cString: $0) } != "dumb"
  }

  /// Columns; 80 where the system does not say.
  var columns: Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes text; what cannot be written is lost, since progress must never stop training.
  func write(_ text: String) { _ = Descriptor.write(text, to: descriptor) }
}
