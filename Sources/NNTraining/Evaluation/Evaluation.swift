import NNData
import NNPlan
import NNTensor
import NNText

/// What an evaluation found.
public struct Evaluation: Equatable, Sendable {
  /// A loss's mean over the samples, without its weight.
  public struct Loss: Equatable, Sendable {
    /// The name in the spec.
    public var name: String
    /// The mean.
    public var value: Double
  }

  /// How many samples were looked at.
  public var samples: Int
  /// The weighted total of the losses.
  public var loss: Double
  /// The losses, in the order of the spec.
  public var losses: [Loss]
  /// The metrics, in the order of the spec, without those that no sample was fit for.
  public var metrics: [MetricValue]
  /// What was wrong with each picture that was left out.
  public var brokenPictures: [String] = []
  /// The best and the worst samples, where they were asked for.
  public var ranking: SampleRanking?

  /// A metric's value; nil where it was not computed.
  public subscript(metric: Metric) -> MetricValue? { metrics.first { $0.metric == metric } }

  /// `{"loss": …, "losses": {…}, "metrics": {"psnr": …, "input_psnr": …}}`, on one line; with
  /// `broken_pictures` where some were left out, and `pictures` where the best and the worst samples were asked for.
  public var json: String {
    let pictures = ranking.map { [("pictures", $0.json)] } ?? []
    let broken = brokenPictures.isEmpty ? [] : [("broken_pictures", JSON.integer(brokenPictures.count))]
    return JSON.object([("samples", .integer(samples))] + broken + members + pictures).text
  }

  /// The same without the number of samples, as it stands in `metrics.jsonl`.
  var jsonText: JSON { .object(members) }

  private var members: [(String, JSON)] {
    var values: [(String, JSON)] = []
    for value in metrics {
      values.append((value.metric.rawValue, .number(value.value)))
      if let input = value.ofInput { values.append(("input_\(value.metric.rawValue)", .number(input))) }
    }
    return [
      ("loss", .number(loss)), ("losses", .object(losses.map { ($0.name, .number($0.value)) })),
      ("metrics", .object(values)),
    ]
  }

  /// A table for people: a row for the samples, each loss and each metric.
  public var text: String {
    var rows = [["samples", grouped(samples), ""]]
    if losses.count > 1 { rows.append(["loss", NumberText.short(loss), "weighted total"]) }
    rows += losses.map { [losses.count > 1 ? "loss \($0.name)" : "loss", NumberText.short($0.value), ""] }
    rows += metrics.map { value in
      let input = value.ofInput.map { "input: \(NumberText.metric(value.metric, $0))" } ?? ""
      return [value.metric.rawValue, NumberText.metric(value.metric, value.value), input]
    }
    let lines =
      table(["what", "mean", ""], rows, rightAligned: [1]).dropFirst() + BrokenText.lines(brokenPictures)
      + (ranking?.lines ?? [])
    return lines.joined(separator: "\n") + "\n"
  }

  /// The parts of a line for people: `loss 0.00123`, `psnr 27.1 dB (input 20.3)`.
  var summary: [String] {
    [losses.isEmpty ? "" : "loss \(NumberText.short(loss))"].filter { !$0.isEmpty }
      + metrics.map { value in
        let input = value.ofInput.map { " (input \(NumberText.metric(value.metric, $0)))" } ?? ""
        return "\(value.metric.rawValue) \(NumberText.metric(value.metric, value.value))\(input)"
      }
  }
}

/// Which samples are evaluated.
public enum EvaluationScope: String, Equatable, Sendable {
  /// Those held out.
  case validation
  /// Those learnt from, without augmentation.
  case training
  /// Both.
  case all

  /// The parts of the data that it is.
  var splits: [DataSource.Split] {
    switch self {
    case .validation: [.validation]
    case .training: [.training]
    case .all: [.training, .validation]
    }
  }
}
