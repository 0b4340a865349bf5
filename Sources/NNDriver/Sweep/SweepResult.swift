import NNFormats
import NNText
import NNTraining

/// What became of a point of a sweep.
public struct SweepResult: Equatable, Sendable {
  /// How far it is.
  public enum State: String, Sendable {
    /// Its turn has not come.
    case waiting
    /// It was being trained when this was written.
    case training
    /// A signal stopped it; the same command goes on with it.
    case stopped
    /// All its steps are made, or `early_stop` ended it.
    case finished
    /// Its numbers went wrong.
    case diverged
    /// Something else ended it.
    case failed
  }

  /// How far it is.
  public var state = State.waiting
  /// Steps made.
  public var steps: Int?
  /// The last step's weighted total.
  public var loss: Double?
  /// What the best weights were chosen by, and what they reached.
  public var best: BestWeights.Score?
  /// The time of training, as far as it is known: that of a process that was killed is not.
  public var seconds: Double?
  /// Why it is not finished.
  public var reason: String?
  /// Stands for the spec that it was made of, the length of training included.
  var spec: String?

  /// Whether there is nothing left to do for a point with this spec.
  func isSettled(for spec: String) -> Bool { self.spec == spec && (state == .finished || state == .diverged) }

  /// Whether it has all of its steps.
  var isComplete: Bool { state == .finished }

  init(state: State = .waiting, spec: String? = nil) { (self.state, self.spec) = (state, spec) }

  /// Takes over what training found.
  mutating func finish(_ summary: TrainingSummary) {
    state = .finished
    steps = summary.state.step
    loss = summary.trainingLoss
    best = summary.best?.score
    reason = summary.stop
  }
}

extension SweepResult {
  /// As `sweep.json` keeps it.
  var json: [(String, JSON)] {
    var members: [(String, JSON)] = [("state", .string(state.rawValue))]
    if let steps { members.append(("steps", .integer(steps))) }
    if let loss { members.append(("loss", .number(loss))) }
    if let best {
      members.append(
        (
          "best",
          .object([
            ("measure", .string(best.measure.description)), ("value", .number(best.value)),
            ("step", .integer(best.step)),
          ])
        ))
    }
    if let seconds { members.append(("seconds", .number((seconds * 1000).rounded() / 1000))) }
    if let reason { members.append(("reason", .string(reason))) }
    if let spec { members.append(("spec", .string(spec))) }
    return members
  }

  /// What `sweep.json` says of a point; nil for what nnc does not write.
  init?(json: JSON) {
    guard let state = json["state"]?.string.flatMap(State.init) else { return nil }
    self.init(state: state, spec: json["spec"]?.string)
    steps = json["steps"]?.double.flatMap { Int(exactly: $0) }
    loss = json["loss"]?.double
    seconds = json["seconds"]?.double
    reason = json["reason"]?.string
    if let best = json["best"], let measure = best["measure"]?.string.flatMap(Measure.init),
      let value = best["value"]?.double, let step = best["step"]?.double.flatMap({ Int(exactly: $0) })
    {
      self.best = BestWeights.Score(measure: measure, value: value, step: step)
    }
  }
}

/// `sweep.json` in a sweep's folder: what became of each point, written whenever that changes; and `sweep.csv`, the same
/// for spreadsheets.
struct SweepRecord {
  private let path: String
  private let tablePath: String

  init(in folder: String) {
    (path, tablePath) = (Folder.join(folder, "sweep.json"), Folder.join(folder, "sweep.csv"))
  }

  /// The results by the points' names; empty where there is no such file, or it is none that nnc wrote.
  func read() throws(FileError) -> [String: SweepResult] {
    guard try Folder.kind(of: path) == .file, case let bytes = try InputFile(path: path).readAll(),
      case .array(let points)? = JSON(parsing: bytes)?["points"]
    else { return [:] }
    var results: [String: SweepResult] = [:]
    for point in points {
      if let name = point["name"]?.string, let result = SweepResult(json: point) { results[name] = result }
    }
    return results
  }

  func write(_ report: SweepReport) throws(FileError) {
    try AtomicFile.write(Array(report.json.indented().utf8), to: path)
    try AtomicFile.write(Array(report.csv.utf8), to: tablePath)
  }
}
