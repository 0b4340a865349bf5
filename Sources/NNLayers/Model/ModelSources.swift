import NNGraph
import NNTensor

/// Which data a model's losses are computed from.
extension Model {
  /// The data source that says how long an epoch is and what a validation looks at: that of the leading loss's target.
  public var leadingSource: String? { losses.leading.map { Self.source(ofInput: $0.targetName) } }

  /// The data sources that training and validating read, the leading one first.
  public var sources: [String] {
    guard let leading = leadingSource else { return [] }
    let others = losses.flatMap(\.inputs).map(Self.source(ofInput:))
    return [leading] + Set(others).subtracting([leading]).sorted()
  }

  /// The source or network whose input `<name>.<field>` is.
  public static func source(ofInput name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}

extension Graph {
  /// The names of the inputs that these values are computed from, in order.
  func inputs(behind values: [ValueID]) -> [String] {
    var open = values
    var seen = IDSet<ValueID>(capacity: self.values.count)
    seen.formUnion(values)
    var names: Set<String> = []
    while let value = open.popLast() {
      switch self.values[value.index].origin {
      case .input(let name): names.insert(name)
      case .node(let node, _):
        for operand in nodes[node].inputs where !seen.contains(operand) {
          seen.insert(operand)
          open.append(operand)
        }
      case .parameter, .state, .scalar: continue
      }
    }
    return names.sorted()
  }
}
