import NNFormats
import NNTraining

/// Keeps a run's report new while it trains: after a validation, unless writing would take more than a small part of the
/// time. That it cannot be written is said once, and does not end the run.
final class ReportKeeper {
  private let report: RunReport
  private let progress: ProgressReporter
  private var hasFailed = false
  private var lastEnd: ContinuousClock.Instant?
  private var lastDuration = Duration.zero

  /// What writing may take of the time at most: one part in so many.
  static let share = 50

  init(_ report: RunReport, _ progress: ProgressReporter) {
    self.report = report
    self.progress = progress
  }

  /// Writes it where it is time.
  func refresh() {
    if let lastEnd, lastEnd.duration(to: .now) < lastDuration * ReportKeeper.share { return }
    write()
  }

  /// Writes it.
  func write() {
    let start = ContinuousClock.now
    do throws(FileError) {
      try report.rewrite()
    } catch {
      if !hasFailed { progress.warn("the report cannot be written: \(error)") }
      hasFailed = true
    }
    lastEnd = .now
    lastDuration = start.duration(to: .now)
  }
}
