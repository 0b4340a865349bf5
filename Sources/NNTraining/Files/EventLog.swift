import NNFormats
import NNText

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The run's curves and pictures for TensorBoard. Its readers stop without a word at a record that is torn, so that each
/// start of a run begins a file of its own; the files' names sort by time.
final class EventLog {
  private let file: AppendedFile

  /// Begins a file for what comes after `step`.
  init(in folder: RunFolder, after step: Int) throws(FileError) {
    let last = try folder.eventFiles().compactMap { EventLog.time(of: $0) }.max() ?? 0
    let seconds = max(Int(EventLog.now), last + 1)
    file = try AppendedFile(path: Folder.join(folder.path, "\(EventLog.prefix)\(seconds)\(EventLog.suffix)"))
    try file.append(EventRecord.fileVersion(time: EventLog.now))
    if step > 0 { try file.append(EventRecord.start(time: EventLog.now, step: step + 1)) }
  }

  static let prefix = "events.out.tfevents."
  static let suffix = ".nnc"

  /// The seconds in a file's name; nil for a file that no `EventLog` made.
  static func time(of name: String) -> Int? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    let seconds = Int(name.dropFirst(prefix.count).dropLast(suffix.count))
    return seconds.flatMap { 0..<1 << 40 ~= $0 ? $0 : nil }
  }

  /// Adds what the log says of a step, each number under the keys that lead to it.
  func add(_ record: MetricsRecord) throws(FileError) {
    let skipped: Set = ["step"]
    let values = record.members.filter { !skipped.contains($0.0) }.flatMap { EventLog.numbers($0.1, tag: $0.0) }
    try file.append(EventRecord.summary(time: EventLog.now, step: record.step, values))
  }

  /// Adds a picture that was written as a PNG file.
  func add(_ image: Image, at path: String, step: Int) throws(FileError) {
    let bytes = try InputFile(path: path).readAll()
    let picture = EventRecord.Value.picture(
      png: bytes, width: image.width, height: image.height, channels: image.channels)
    try file.append(EventRecord.summary(time: EventLog.now, step: step, [("preview", picture)]))
  }

  private static func numbers(_ value: JSON, tag: String) -> [(tag: String, value: EventRecord.Value)] {
    switch value {
    case .integer(let number): [(tag, .scalar(Float(number)))]
    case .number(let number): [(tag, .scalar(Float(number)))]
    case .float(let number): [(tag, .scalar(number))]
    case .object(let members): members.flatMap { numbers($0.1, tag: "\(tag)/\($0.0)") }
    default: []
    }
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
