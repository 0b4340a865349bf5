import NNGraph
import NNTensor

extension Graph {
  /// Drops all power iterations, and gives them: what read the new singular vectors then reads the stored ones.
  @discardableResult
  mutating func keepSingularVectors() -> [Node] {
    guard nodes.contains(where: { $0.applies(PowerIteration.self) }) else { return [] }
    var stored = IDMap<ValueID, ValueID>()
    var (kept, dropped): ([Node], [Node]) = ([], [])
    for node in nodes {
      let node = node.reading(stored)
      if node.applies(PowerIteration.self) {
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
