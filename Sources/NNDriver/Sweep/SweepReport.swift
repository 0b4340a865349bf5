import NNFormats
import NNText
import NNTraining

/// A sweep's points and what became of them.
public struct SweepReport: Sendable {
  /// The spec's path.
  public let spec: String
  /// The folder of all points.
  public let folder: String
  /// The points.
  public let grid: SweepGrid
  /// The results, in the order of the points.
  public internal(set) var results: [SweepResult]
  /// Why the sweep ended before its end; nil where it did not.
  public internal(set) var failure: CommandFailure?

  /// The run folder of a point.
  func folder(of point: Int) -> String {
    grid.axes.isEmpty ? folder : Folder.join(folder, grid.points[point].name)
  }

  // MARK: The best

  /// What all points that have a score were judged by; nil where they were not judged by the same.
  private var measure: Measure? {
    let measures = results.compactMap { $0.best?.measure }
    return measures.first.flatMap { first in measures.allSatisfy { $0 == first } ? first : nil }
  }

  /// Whether the total of the losses in training is the same quantity in all points.
  var sharesTrainingLoss = true
  /// The same in validation.
  var sharesValidationLoss = true

  /// The best point: by what validation measured, or by the last loss where nothing was held out; nil where points
  /// cannot be compared.
  public var best: Int? {
    if let measure {
      if measure == .loss, !sharesValidationLoss { return nil }
      return extreme(isHigherBetter: measure.isHigherBetter) { $0.best?.value }
    }
    if !sharesTrainingLoss || results.contains(where: { $0.best != nil }) { return nil }
    return extreme(isHigherBetter: false) { $0.isComplete ? $0.loss : nil }
  }

  private func extreme(isHigherBetter: Bool, _ value: (SweepResult) -> Double?) -> Int? {
    var best: (index: Int, value: Double)?
    for (index, result) in results.enumerated() {
      guard let value = value(result), value.isFinite else { continue }
      if best.map({ isHigherBetter ? value > $0.value : value < $0.value }) ?? true { best = (index, value) }
    }
    return results.count > 1 ? best?.index : nil
  }

  // MARK: For people

  /// A row for each point, and where they are.
  public var text: String {
    let best = best
    let scored = measure
    let name = scored.map { "best \($0.name)" } ?? "best"
    let hasScores = results.contains { $0.best != nil }
    var header = grid.axes.map(\.label) + ["steps", "loss"]
    if hasScores { header += [name, "at step"] }
    header += ["time", "state"]
    let first = grid.axes.count
    let rows = results.indices.map { index in
      let result = results[index]
      var row = grid.points[index].values
      row += [result.steps.map(grouped) ?? "", result.loss.map(NumberText.short) ?? ""]
      if hasScores { row += [score(result, scored), result.best.map { grouped($0.step) } ?? ""] }
      row.append(result.seconds.map(NumberText.duration) ?? "")
      row.append(state(result) + (index == best ? "  <- best" : ""))
      return row.map { SweepReport.cell($0) }
    }
    let right = Set(first..<header.count - 1)
    var lines = table(header, rows, rightAligned: right)
    for result in zip(grid.points, results) where [.failed, .diverged].contains(result.1.state) {
      lines.append("\(result.0.name): \(result.1.reason ?? result.1.state.rawValue)")
    }
    if let best { lines.append("best: \(bestFile(best))") }
    lines.append("all points: \(Folder.join(folder, "sweep.json"))")
    return lines.joined(separator: "\n") + "\n"
  }

  /// A text short enough for a table.
  static func cell(_ text: String) -> String { text.count > 60 ? text.prefix(59) + "…" : text }

  private func score(_ result: SweepResult, _ measure: Measure?) -> String {
    guard let best = result.best else { return "" }
    return (measure == nil ? "\(best.measure.name) " : "") + best.measure.text(best.value)
  }

  private func state(_ result: SweepResult) -> String {
    result.state == .finished && result.reason != nil ? "stopped early" : result.state.rawValue
  }

  private func bestFile(_ index: Int) -> String {
    let run = RunFolder(path: folder(of: index))
    return results[index].best == nil ? run.weightsPath : run.bestPath
  }

  // MARK: For programs

  /// The points with their settings and results.
  public var json: JSON {
    let points = results.indices.map { index in
      let point = grid.points[index]
      let values = zip(grid.axes, point.values).map { ($0.path, JSON.string($1)) }
      return JSON.object(
        [("name", .string(point.name)), ("folder", .string(folder(of: index))), ("set", .object(values))]
          + results[index].json)
    }
    return .object([
      ("spec", .string(spec)), ("best", best.map { .string(grid.points[$0].name) } ?? .null),
      ("points", .array(points)),
    ])
  }

  /// A line for each point, as RFC 4180 has it.
  var csv: String {
    let header =
      ["name"] + grid.axes.map(\.path) + ["state", "steps", "loss", "measure", "best", "best_step", "seconds"]
    let rows = results.indices.map { index in
      let (point, result) = (grid.points[index], results[index])
      var row = [point.name] + point.values + [result.state.rawValue]
      row += [result.steps.map { "\($0)" } ?? "", result.loss.map { "\($0)" } ?? ""]
      row += [result.best?.measure.description ?? "", result.best.map { "\($0.value)" } ?? ""]
      row += [
        result.best.map { "\($0.step)" } ?? "", result.seconds.map { (($0 * 1000).rounded() / 1000).description } ?? "",
      ]
      return row
    }
    return ([header] + rows).map { $0.map(SweepReport.quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
    return "\"\(cell.replacing("\"", with: "\"\""))\""
  }
}
