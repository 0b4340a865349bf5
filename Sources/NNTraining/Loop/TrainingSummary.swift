/// What a training run ended with.
public struct TrainingSummary: Equatable, Sendable {
  /// Steps made, and where the next would begin.
  public var state: TrainingState
  /// The last step's weighted total; nil without steps.
  public var trainingLoss: Double?
  /// What happened inside the phases when they last took part.
  public var report: StepReport
  /// The last validation.
  public var validation: Evaluation?
  /// The samples it looked at; `training` where none are held out.
  public var scope: EvaluationScope
  /// How long it took, since it was taken up again where it was.
  public var seconds: Double
  /// The step that it was taken up again after; nil where it was not.
  public var resumedAt: Int?
  /// The weights.
  public var weightsPath: String
  /// The last picture; nil where outputs are no pictures.
  public var previewPath: String?
  /// Whether there was nothing left to do.
  public var wasFinished = false
  /// The weights of the best validation; nil where there was none.
  public var best: BestWeights?
  /// Why training ended before its time; nil where it did not.
  public var stop: String?
  /// What was wrong with each picture that was left out.
  public var brokenPictures: [String] = []

  /// Lines for people: the last validation, what the network gained over its input, and where things are.
  public var text: String {
    let steps = "\(state.step) \(state.step == 1 ? "step" : "steps")"
    let since = resumedAt.map { " (those after step \($0))" } ?? ""
    var lines = ["trained \(steps) in \(NumberText.duration(seconds))\(since)"]
    if wasFinished {
      let more = stop == nil ? "more --steps or --epochs go on" : "a larger `patience` goes on"
      lines = ["this run is finished, after \(steps): \(more) with it, --fresh begins anew"]
    }
    if let validation {
      lines.append(
        "\(scope == .validation ? "validation" : "training samples"): " + validation.summary.joined(separator: ", "))
    }
    lines += report.lines
    if let stop { lines.insert("stopped early: \(stop)", at: 1) }
    lines += BrokenText.lines(brokenPictures)
    lines.append("weights: \(weightsPath)")
    if let best { lines.append("best weights: \(best.path) (\(best.text) at step \(best.step))") }
    if let previewPath { lines.append("preview (input | output | target): \(previewPath)") }
    return lines.joined(separator: "\n") + "\n"
  }
}
