import NNRuntime
import Synchronization

/// When progress is shown.
public enum ProgressMode: String, Equatable, Sendable, CaseIterable {
  /// A redrawn line on a terminal, otherwise a plain line every few seconds.
  case auto
  /// A redrawn line, even where standard error is no terminal.
  case always
  /// No progress line; the lines at the ends of epochs stay.
  case never
}

/// Shows how training goes, on standard error.
///
/// On a terminal one line is redrawn and never longer than the terminal is wide; elsewhere whole lines without escapes
/// come at most every few seconds. Lines that stay are written above it. With `quiet` nothing is written.
public final class ProgressReporter {
  private let terminal: Terminal
  private let redraws: Bool
  private let showsProgress: Bool
  private let quiet: Bool
  private let clock: () -> Double
  private var lastShown: Double?
  private var lineIsDrawn = false

  /// The seconds between two redraws, and between two plain lines.
  static let redrawInterval = 0.1
  static let plainInterval = 5.0

  /// A reporter on a descriptor, standard error unless told.
  public convenience init(mode: ProgressMode, quiet: Bool = false, descriptor: Int32 = 2) {
    self.init(mode: mode, quiet: quiet, descriptor: descriptor, clock: Clock.seconds)
  }

  init(mode: ProgressMode, quiet: Bool, descriptor: Int32, clock: @escaping () -> Double) {
    terminal = Terminal(descriptor: descriptor)
    redraws = mode == .always || (mode == .auto && terminal.isTerminal)
    showsProgress = mode != .never
    self.quiet = quiet
    self.clock = clock
  }

  deinit { clear() }

  /// Writes a line that stays. On a terminal its parts go onto as many lines as they need.
  public func note(_ parts: [String]) {
    if !quiet { write(parts) }
  }

  /// Says what is not as it should be, also where only errors are wanted.
  public func warn(_ text: String) { write(["warning: \(text)"]) }

  private func write(_ parts: [String]) {
    clear()
    let lines = redraws ? ProgressLine.wrapped(parts, columns: columns) : [parts.joined(separator: "  ")]
    terminal.write(lines.map { $0 + "\n" }.joined())
  }

  /// Says how a folder is held, where that is not as it should be: once, however many folders there are.
  public func warn(of lock: RunLock) {
    guard let weakness = lock.weakness, !Self.hasWarned.exchange(true, ordering: .relaxed) else { return }
    warn(weakness)
  }

  private static let hasWarned = Atomic<Bool>(false)

  /// Shows where training is, unless it is too early for that. `line` is asked for only when it is shown.
  func show(_ line: () -> ProgressLine) {
    guard !quiet, showsProgress else { return }
    let now = clock()
    if lastShown == nil && !redraws { lastShown = now }  // a run of less than a few seconds says nothing
    if let lastShown, now - lastShown < (redraws ? Self.redrawInterval : Self.plainInterval) { return }
    lastShown = now
    if redraws {
      terminal.write("\r" + line().text(columns: columns) + "\u{1B}[K")
      lineIsDrawn = true
    } else {
      terminal.write(line().text(columns: .max) + "\n")
    }
  }

  /// Takes the redrawn line away; call it before anything else is written to the terminal.
  public func clear() {
    guard lineIsDrawn else { return }
    terminal.write("\r\u{1B}[K")
    lineIsDrawn = false
  }

  /// One less than the terminal has, since some wrap when the last column is written.
  private var columns: Int { max(1, terminal.columns - 1) }
}
