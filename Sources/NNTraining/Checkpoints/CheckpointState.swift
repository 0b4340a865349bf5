import NNData
import NNTensor

/// All that a run goes on from besides the values of tensors. Which samples come next, how they are changed and what is
/// dropped out follow from the seed and the place (a counter-based generator), and phases' turns from the step.
public struct CheckpointState: Equatable, Sendable {
  /// How far training is.
  public var training = TrainingState()
  /// How often each phase has taken part, by its name.
  public var updates: [String: Int] = [:]
  /// Whether the validation that belongs to the step is still to come, and with it the step's line of the log.
  public var isValidationDue = false
  /// The losses that were computed last, by name, and in which step.
  public var losses: [String: LastLoss] = [:]
  /// What gauges showed last.
  var gauges: [GaugeReadings.Reading] = []
  /// What early stopping and the best weights go by.
  public var progress: MeasureProgress.State?
  /// The last validation.
  public var evaluation: Evaluation?
  /// What was wrong with each picture that was left out.
  public var brokenPictures: [String] = []
  /// What every random number is drawn from.
  public var seed: UInt64 = 1
  /// Says which specs it fits: see `CheckpointSettings.structure`.
  public var structure = ""
  /// See `CheckpointSettings.specStructure`; nil in checkpoints of earlier versions, as the next.
  public var specStructure: String?
  /// See `CheckpointSettings.samplesAtATime`.
  public var samplesAtATime: Int?
  /// The weights that training began with; nil for new ones.
  public var origin: String?
  /// Stands for the weights that no step changes, see `FrozenWeights`; nil where there are none, or all are in here.
  var frozen: String?

  /// The beginning.
  public init() {}

  /// A loss and the step that it was computed in.
  public struct LastLoss: Equatable, Sendable {
    /// The value.
    public var value: Double
    /// The step.
    public var step: Int
  }
}

/// As a checkpoint's metadata, which holds texts by name. Numbers stand with as many digits as it takes to read the same
/// bits back.
extension CheckpointState {
  /// What this version writes and reads.
  static let format = "2"

  var metadata: [String: String] {
    var texts = [
      "checkpoint": Self.format, "step": "\(training.step)", "epoch": "\(training.position.epoch)",
      "batch": "\(training.position.batch)", "seed": "\(seed)", "structure": structure,
      "validation_due": "\(isValidationDue)",
    ]
    texts["origin"] = origin
    texts["spec_structure"] = specStructure
    texts["samples_at_a_time"] = samplesAtATime.map { "\($0)" }
    texts[FrozenWeights.key] = frozen
    for (name, count) in updates { texts["updates.\(name)"] = "\(count)" }
    for (name, loss) in losses { texts["loss.\(name)"] = "\(loss.value) \(loss.step)" }
    for (index, reading) in gauges.enumerated() { texts["gauge.\(index)"] = reading.text }
    if let progress { texts.merge(progress.metadata) { $1 } }
    if let evaluation { texts.merge(evaluation.metadata) { $1 } }
    for (index, text) in brokenPictures.enumerated() { texts["broken.\(index)"] = text }
    return texts
  }

  /// What a checkpoint's metadata says; nil where something is missing or no number.
  init?(metadata texts: [String: String]) {
    func integer(_ key: String) -> Int? { texts[key].flatMap { Int($0) } }
    guard texts["checkpoint"] == Self.format, let step = integer("step"), let epoch = integer("epoch"),
      let batch = integer("batch"), let seed = texts["seed"].flatMap({ UInt64($0) }),
      let structure = texts["structure"], let isDue = texts["validation_due"].flatMap({ Bool($0) }),
      step >= 0, epoch >= 0, batch >= 0
    else { return nil }
    training = TrainingState(step: step, position: BatchPosition(epoch: epoch, batch: batch))
    (self.seed, self.structure, isValidationDue, origin) = (seed, structure, isDue, texts["origin"])
    frozen = texts[FrozenWeights.key]
    (specStructure, samplesAtATime) = (texts["spec_structure"], integer("samples_at_a_time"))
    for (key, text) in texts where key.hasPrefix("updates.") {
      guard let count = Int(text), (0...step).contains(count) else { return nil }
      updates[String(key.dropFirst("updates.".count))] = count
    }
    for (key, text) in texts where key.hasPrefix("loss.") {
      let words = text.split(separator: " ")
      guard words.count == 2, let value = Double(words[0]), let step = Int(words[1]) else { return nil }
      losses[String(key.dropFirst(5))] = LastLoss(value: value, step: step)
    }
    while let text = texts["gauge.\(gauges.count)"] {
      guard let reading = GaugeReadings.Reading(text: text) else { return nil }
      gauges.append(reading)
    }
    progress = MeasureProgress.State(metadata: texts)
    evaluation = Evaluation(metadata: texts)
    while let text = texts["broken.\(brokenPictures.count)"] { brokenPictures.append(text) }
  }
}

extension MeasureProgress.State {
  fileprivate var metadata: [String: String] {
    var texts = ["measure": measure.description, "measure.waited": "\(waited)"]
    if let subject { texts["measure.subject"] = subject }
    if let best { texts["measure.best"] = "\(best.value) \(best.step)" }
    if let reference { texts["measure.reference"] = "\(reference.value) \(reference.step)" }
    return texts
  }

  fileprivate init?(metadata texts: [String: String]) {
    guard let measure = texts["measure"].flatMap(Measure.init),
      let waited = texts["measure.waited"].flatMap({ Int($0) })
    else { return nil }
    func point(_ key: String) -> MeasureProgress.Point? {
      let words = texts[key]?.split(separator: " ") ?? []
      guard words.count == 2, let value = Double(words[0]), let step = Int(words[1]) else { return nil }
      return MeasureProgress.Point(value: value, step: step)
    }
    self.init(
      measure: measure, subject: texts["measure.subject"], best: point("measure.best"),
      reference: point("measure.reference"), waited: waited)
  }
}

extension Evaluation {
  fileprivate var metadata: [String: String] {
    var texts = ["validation.samples": "\(samples)", "validation.loss": "\(loss)"]
    for (index, loss) in losses.enumerated() { texts["validation.losses.\(index)"] = "\(loss.value) \(loss.name)" }
    for (index, value) in metrics.enumerated() {
      let input = value.ofInput.map { " \($0)" } ?? ""
      texts["validation.metrics.\(index)"] = "\(value.metric.rawValue) \(value.value)\(input)"
    }
    return texts
  }

  fileprivate init?(metadata texts: [String: String]) {
    guard let samples = texts["validation.samples"].flatMap({ Int($0) }),
      let loss = texts["validation.loss"].flatMap({ Double($0) })
    else { return nil }
    self.init(samples: samples, loss: loss, losses: [], metrics: [])
    while let text = texts["validation.losses.\(losses.count)"] {
      let words = text.split(separator: " ", maxSplits: 1)
      guard words.count == 2, let value = Double(words[0]) else { return nil }
      losses.append(Loss(name: String(words[1]), value: value))
    }
    while let words = texts["validation.metrics.\(metrics.count)"]?.split(separator: " ") {
      guard words.count >= 2, let metric = Metric(rawValue: String(words[0])), let value = Double(words[1]) else {
        return nil
      }
      metrics.append(MetricValue(metric: metric, value: value, ofInput: words.count > 2 ? Double(words[2]) : nil))
    }
  }
}
