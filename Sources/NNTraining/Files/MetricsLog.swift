import NNFormats
import NNText

/// The learning rates of a step.
public struct LearningRates: Sendable {
  /// That of the phase whose losses the total counts; nil where it did not take part.
  public var main: Double?
  /// That of each phase that took part, where there are several.
  public var phases: [(name: String, rate: Double)] = []

  var members: [(String, JSON)] {
    (main.map { [("learning_rate", .number($0))] } ?? [])
      + (phases.isEmpty ? [] : [("learning_rates", .object(phases.map { ($0.name, .number($0.rate)) }))])
  }
}

/// One line of `metrics.jsonl`.
public struct MetricsRecord: Sendable {
  /// Updates made, the logged one included.
  public var step: Int
  /// The epoch of this step, from 1.
  public var epoch: Int
  /// The weighted total of the losses, each as it was last computed; nil before any was.
  public var loss: Double?
  /// The step's losses, and what happened inside it.
  public var report: StepReport
  /// What the update used.
  public var learningRates: LearningRates
  /// Training speed since the line before.
  public var samplesPerSecond: Double
  /// Where validation ran after this step.
  public var validation: Evaluation?

  /// The line, without its end.
  public var json: String { JSON.object(members).text }

  /// What the line holds.
  var members: [(String, JSON)] {
    var members: [(String, JSON)] = [("step", .integer(step)), ("epoch", .integer(epoch))]
    if let loss { members.append(("loss", .number(loss))) }
    members.append(("losses", .object(report.losses.map { ($0.name, .float($0.value)) })))
    members += learningRates.members
    members.append(("samples_per_second", .number((samplesPerSecond * 1000).rounded() / 1000)))
    members += report.members
    if let validation { members.append(("validation", validation.jsonText)) }
    return members
  }
}

/// `metrics.jsonl`: a line is in the file, whole, before the next step begins, or is not there at all.
public final class MetricsLog {
  /// The file.
  public var path: String { file.path }
  private let file: AppendedFile

  /// Opens the file for appending; makes it where it is missing.
  public init(path: String) throws(FileError) { file = try AppendedFile(path: path) }

  /// Opens the log of a run that goes on after `step`: lines of later steps, and what is left of a torn one, are removed.
  public convenience init(path: String, upTo step: Int) throws(FileError) {
    try self.init(path: path)
    let bytes = try InputFile(path: path).readAll()
    let length = MetricsLog.length(of: bytes, upTo: step)
    if length < bytes.count { try file.truncate(to: length) }
  }

  /// Appends a line.
  public func append(_ record: MetricsRecord) throws(FileError) { try append(line: record.json) }

  /// Appends a line of text, whole: where the disk is full, what was written of it is taken back.
  func append(line: String) throws(FileError) { try file.append(Array("\(line)\n".utf8)) }

  /// Brings all lines to the disk.
  func flush() throws(FileError) { try file.flush() }

  /// How many bytes the whole lines of steps up to `step` take.
  static func length(of bytes: [UInt8], upTo step: Int) -> Int {
    let mark = Array("{\"step\": ".utf8)
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = bytes[start..<end]
      let digits = line.dropFirst(mark.count).prefix { (0x30...0x39).contains($0) }
      guard line.starts(with: mark), let found = Int(String(decoding: digits, as: UTF8.self)), found <= step else {
        return start
      }
      start = end + 1
    }
    return start
  }
}
