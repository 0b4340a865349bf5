import NNTraining

extension Evaluation {
  /// What is wrong with its numbers, if anything is.
  public var failure: CommandFailure? {
    let numbers =
      losses.map { ("the loss `\($0.name)`", $0.value) }
      + metrics.map { ("the metric `\($0.metric.rawValue)`", $0.value) }
    guard let (name, value) = numbers.first(where: { !$0.1.isFinite }) else { return nil }
    return .machine("\(name) is \(NumberText.short(value)): the weights or the samples have values that are no numbers")
  }
}
