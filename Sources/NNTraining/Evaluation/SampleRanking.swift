import NNTensor
import NNText

/// The best and the worst samples of an evaluation, as the rows of a picture.
public struct SampleRanking: Equatable, Sendable {
  /// A sample.
  public struct Sample: Equatable, Sendable {
    /// What people call it: its file's path, or its number.
    public var title: String
    /// Its metric.
    public var value: Double
  }

  /// What they are judged by.
  public var metric: Metric
  /// The first rows of the picture, the best of all first.
  public var best: [Sample]
  /// The rows after these, the worst of all last.
  public var worst: [Sample]
  /// The picture, whose rows are input, output and target.
  public var path: String

  /// Lines for people: one that says what the picture is, then one for each row.
  var lines: [String] {
    let rows = [("best", best), ("worst", worst)].flatMap { rank, samples in
      samples.map { [rank, NumberText.metric(metric, $0.value), $0.title] }
    }
    return ["\(path): the best and the worst by \(metric.rawValue), from top to bottom (input | output | target)"]
      + table(["", "", ""], rows, rightAligned: [1]).dropFirst().map { "  \($0)" }
  }

  /// `{"path": …, "metric": "psnr", "best": [{"sample": …, "value": …}], "worst": […]}`
  var json: JSON {
    func list(_ samples: [Sample]) -> JSON {
      .array(samples.map { .object([("sample", .string($0.title)), ("value", .number($0.value))]) })
    }
    return .object([
      ("path", .string(path)), ("metric", .string(metric.rawValue)), ("best", list(best)), ("worst", list(worst)),
    ])
  }
}
