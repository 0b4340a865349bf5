import NNCompiler
import NNFormats
import NNRuntime
import NNSpec
import NNText
import NNTraining

/// Trains a spec once for each point of a grid, one after the other, each in a run folder of its own.
///
/// Points that are finished or have diverged are not made again; one that was stopped goes on where it was. What became
/// of all stands in `sweep.json`.
public struct Sweep {
  /// The spec's path.
  public let path: String
  /// The points.
  public let grid: SweepGrid
  /// What holds for all of them; `folder` is that of the sweep.
  public let options: TrainingOptions
  let kernels: KernelTable
  let change: (inout CompilerOptions) -> Void

  /// A sweep over `grid`; `change` says how plans are made.
  public init(
    path: String, grid: SweepGrid, options: TrainingOptions, kernels: KernelTable,
    change: @escaping (inout CompilerOptions) -> Void = { _ in }
  ) {
    (self.path, self.grid, self.options, self.kernels, self.change) = (path, grid, options, kernels, change)
  }

  /// Trains all points that `check` found right.
  public func run(_ check: SweepCheck) throws(CommandFailure) -> SweepReport {
    do {
      let lock = try RunLock(RunFolder(path: check.folder))
      defer { withExtendedLifetime(lock) {} }
      let progress = ProgressReporter(mode: options.progress, quiet: options.isQuiet)
      progress.warn(of: lock)
      let record = SweepRecord(in: check.folder)
      return try run(check.takingUp(record), record, progress)
    } catch {
      throw CommandFailure(error)
    }
  }

  private func run(
    _ check: SweepCheck, _ record: SweepRecord, _ progress: ProgressReporter
  ) throws -> SweepReport {
    var report = check.report
    try record.write(report)
    for index in grid.points.indices {
      let place = "[\(index + 1)/\(grid.points.count)] \(grid.points[index].name)"
      if report.results[index].isSettled(for: check.specs[index]) {
        progress.note(["\(place): \(report.results[index].state.rawValue) before"])
        continue
      }
      if let signal = options.interruption.endingSignal {
        report.failure = .interrupted("stopped between two points", exitCode: 128 + signal)
        return report
      }
      progress.note([place])
      let before = report.results[index]
      report.results[index] = SweepResult(state: .training, spec: check.specs[index])
      try record.write(report)
      let (result, failure) = train(index, check, after: before)
      report.results[index] = result
      report.failure = failure
      try record.write(report)
      if failure != nil { return report }
    }
    report.failure = end(of: report)
    return report
  }

  /// Trains a point; the failure is one that ends the sweep.
  private func train(
    _ index: Int, _ check: SweepCheck, after before: SweepResult
  ) -> (result: SweepResult, failure: CommandFailure?) {
    var result = SweepResult(state: .training, spec: check.specs[index])
    let start = ContinuousClock.now
    do throws(CommandFailure) {
      let session = try session(index, files: check.files)
      let summary = try session.train(pointOptions(check.report, index))
      result.finish(summary)
      result.seconds = summary.wasFinished ? before.seconds : nil
      if summary.wasFinished { return (result, nil) }
    } catch {
      result.reason = error.reason
      switch error {
      case .diverged(_, let step): (result.state, result.steps) = (.diverged, step)
      case .interrupted: result.state = .stopped
      default: result.state = .failed
      }
      if result.steps == nil {
        result.steps = try? RunFolder(path: check.report.folder(of: index)).checkpointSteps().last
      }
      if result.state == .stopped || error.isMachines {
        result.seconds = seconds(since: start, before)
        return (result, error)
      }
    }
    result.seconds = seconds(since: start, before)
    return (result, nil)
  }

  private func seconds(since start: ContinuousClock.Instant, _ before: SweepResult) -> Double {
    (options.fresh ? 0 : before.seconds ?? 0) + start.duration(to: .now) / .seconds(1)
  }

  /// How the command ends after the last point: well where some point is finished and none failed.
  private func end(of report: SweepReport) -> CommandFailure? {
    let names = zip(grid.points, report.results)
    if let failed = names.first(where: { $0.1.state == .failed }) {
      return .data("\(failed.0.name): \(failed.1.reason ?? "it failed")")
    }
    guard report.results.allSatisfy({ $0.state == .diverged }), let first = report.results.first else { return nil }
    return .diverged("all points have diverged", step: first.steps ?? 0)
  }

  func pointOptions(_ report: SweepReport, _ index: Int) -> TrainingOptions {
    var options = options
    options.folder = report.folder(of: index)
    return options
  }

  /// The spec of a point, checked; `files` are read as they were when all points were checked.
  func load(_ index: Int, files: [String: [UInt8]]) -> CheckedSpec {
    CheckedSpec.load(
      path: path, overrides: grid.points[index].overrides, kernels: kernels, threads: options.threads,
      files: files.isEmpty ? .named : .replaced(files))
  }

  private func session(_ index: Int, files: [String: [UInt8]]) throws(CommandFailure) -> Session {
    let checked = load(index, files: files)
    return try Session(checked, plans: try checked.plans(options: change), threads: options.threads)
  }
}

extension CommandFailure {
  /// The message without the word before it.
  fileprivate var reason: String? {
    switch self {
    case .findings, .unreadable: "the spec or its data can no longer be used"
    case .data(let text), .usage(let text), .machine(let text), .diverged(let text, _), .interrupted(let text, _): text
    }
  }

  /// Whether other points would meet the same.
  fileprivate var isMachines: Bool {
    switch self {
    case .machine, .unreadable: true
    default: false
    }
  }
}
