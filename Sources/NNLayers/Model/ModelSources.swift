import NNGraph

/// Which data a model's losses are computed from.
extension Model {
  /// The data source that says how long an epoch is and what a validation looks at: that of the first loss's target.
  public var leadingSource: String? { losses.first.map { Self.source(ofInput: $0.targetName) } }

  /// The data sources that training and validating read, the leading one first.
  public var sources: [String] {
    guard let leading = leadingSource else { return [] }
    let others = losses.flatMap { inputs(of: $0) }.map(Self.source(ofInput:))
    return [leading] + Set(others).subtracting([leading]).sorted()
  }

  /// The graph inputs that a loss, or what it compares, is computed from: `photos.input`; `critic.input` for a network
  /// that is given a bare shape.
  public func inputs(of loss: LossRecord) -> [String] {
    var open = loss.parts.map(\.value) + [loss.prediction]
    var seen = Set(open)
    var names: Set<String> = []
    while let value = open.popLast() {
      if case .input(let name) = graph.values[value.index].origin { names.insert(name) }
      for operand in graph.producer(of: value)?.inputs ?? [] where seen.insert(operand).inserted {
        open.append(operand)
      }
    }
    return names.sorted()
  }

  /// The source or network whose input `<name>.<field>` is.
  public static func source(ofInput name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}
