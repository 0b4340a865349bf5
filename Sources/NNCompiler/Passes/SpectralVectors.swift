import NNGraph
import NNTensor

extension Graph {
  /// Drops all power iterations, and gives them: what read the new singular vectors then reads the stored ones.
  @discardableResult
  mutating func keepSingularVectors() -> [Node] {
    var stored: [ValueID: ValueID] = [:]
    var (kept, dropped): ([Node], [Node]) = ([], [])
    for var node in nodes {
      node.inputs = node.inputs.map { stored[$0] ?? $0 }
      if node.operation is PowerIteration {
        for (result, vector) in zip(node.outputs, node.inputs.dropFirst()) { stored[result] = vector }
        dropped.append(node)
      } else {
        kept.append(node)
      }
    }
    replaceNodes(kept)
    return dropped
  }
}
