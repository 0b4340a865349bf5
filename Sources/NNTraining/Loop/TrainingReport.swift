import NNData
import NNRuntime

/// Tells people how a run goes.
final class TrainingReport {
  private let schedule: TrainingSchedule
  private let progress: ProgressReporter
  private var startTime = Clock.seconds()
  private var line: ProgressLine
  private var done = 0
  private var first = 0

  init(_ schedule: TrainingSchedule, _ progress: ProgressReporter) {
    self.schedule = schedule
    self.progress = progress
    line = ProgressLine(epoch: 1, epochs: schedule.epochs, step: 0, steps: schedule.stepsPerEpoch)
  }

  /// Seconds since the start.
  var seconds: Double { Clock.seconds() - startTime }

  /// Training goes on after `step`.
  func start(after step: Int) {
    startTime = Clock.seconds()
    (first, done) = (step, step)
  }

  /// Says something that stays.
  func note(_ text: String) { progress.note([text]) }

  /// Says what is not as it should be.
  func warn(_ text: String) { progress.warn(text) }

  /// Step `step` of the run is done; `position` is its place.
  func step(_ step: Int, _ position: BatchPosition, loss: () -> Double?, rate: Double?) {
    done = step
    progress.show {
      line.epoch = position.epoch + 1
      line.step = step - position.epoch * schedule.stepsPerEpoch
      line.steps = stepsOfEpoch(position.epoch)
      line.loss = loss()
      line.samplesPerSecond = rate
      line.secondsLeft = secondsLeft
      line.activity = nil
      return line
    }
  }

  /// `done` of `total` samples of an evaluation of `scope` are done.
  func evaluation(of scope: EvaluationScope, _ done: Int, _ total: Int) {
    progress.show {
      line.activity = "\(scope == .validation ? "validating" : "evaluating") \(done)/\(total)"
      line.secondsLeft = secondsLeft
      return line
    }
  }

  /// An epoch is over; the evaluation was of the samples of `scope`.
  func epoch(
    _ epoch: Int, _ report: StepReport, _ trainingLoss: Double?, _ evaluation: Evaluation, _ scope: EvaluationScope
  ) {
    let head =
      ["epoch \(epoch)/\(schedule.epochs)", "step \(done)"] + report.summary
      + (trainingLoss.map { ["training loss \(NumberText.short($0))"] } ?? [])
    let what = scope == .validation ? "validation" : "on training samples:"
    let found = evaluation.summary
    progress.note(head + found.prefix(1).map { "\(what) \($0)" } + found.dropFirst())
  }

  private func stepsOfEpoch(_ epoch: Int) -> Int {
    let before = epoch * schedule.stepsPerEpoch
    return min(schedule.stepsPerEpoch, max(1, schedule.steps - before))
  }

  /// By the time that steps took so far, validations included.
  private var secondsLeft: Double? {
    done == first ? nil : seconds / Double(done - first) * Double(schedule.steps - done)
  }
}
