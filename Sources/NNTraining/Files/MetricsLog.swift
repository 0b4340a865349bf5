import NNText
import NNFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One line of `metrics.jsonl`.
public struct MetricsRecord: Sendable {
  /// Updates made, the logged one included.
  public var step: Int
  /// The epoch of this step, from 1.
  public var epoch: Int
  /// The weighted total of the step's losses.
  public var loss: Double
  /// The step's losses, and what happened inside it.
  public var report: StepReport
  /// What the update used.
  public var learningRate: Double
  /// Training speed since the line before.
  public var samplesPerSecond: Double
  /// Where validation ran after this step.
  public var validation: Evaluation?

  /// The line, without its end.
  public var json: String {
    var members: [(String, JSON)] = [
      ("step", .integer(step)), ("epoch", .integer(epoch)), ("loss", .number(loss)),
      ("losses", .object(report.losses.map { ($0.name, .float($0.value)) })), ("learning_rate", .number(learningRate)),
      ("samples_per_second", .number((samplesPerSecond * 1000).rounded() / 1000)),
    ]
    members += report.members
    if let validation { members.append(("validation", validation.jsonText)) }
    return JSON.object(members).text
  }
}

/// `metrics.jsonl`: a line is on the disk, whole, before the next step begins, or is not there at all.
public final class MetricsLog {
  /// The file.
  public let path: String
  private let descriptor: Int32

  /// Opens the file for appending; makes it where it is missing.
  public init(path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw FileError(path, .write, systemError: errno) }
  }

  deinit { close(descriptor) }

  /// Appends a line.
  public func append(_ record: MetricsRecord) throws(FileError) { try append(line: record.json) }

  /// Appends a line of text, whole: where the disk is full, what was written of it is taken back.
  func append(line: String) throws(FileError) {
    let start = lseek(descriptor, 0, SEEK_END)
    let code = Descriptor.write(line + "\n", to: descriptor)
    if code == 0 { return }
    if start >= 0 { _ = ftruncate(descriptor, start) }
    throw FileError(path, .write, systemError: code)
  }
}

/// Writing to open files.
enum Descriptor {
  /// Writes all of `text` as UTF-8; the system's error number, or 0.
  static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count, let base = bytes.baseAddress {
        let sent = systemWrite(descriptor, base + done, bytes.count - done)
        if sent < 0 && errno == EINTR { continue }
        if sent < 0 { return errno }
        done += sent
      }
      return 0
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
