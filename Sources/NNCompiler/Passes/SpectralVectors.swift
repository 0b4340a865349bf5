import NNGraph
import NNTensor

extension Graph {
  /// Drops power iterations of weights whose names are chosen: what read the new singular vectors then reads the stored
  /// ones.
  mutating func keepSingularVectors(of isChosen: (_ parameter: String) -> Bool) {
    var stored: [ValueID: ValueID] = [:]
    var kept: [Node] = []
    for var node in nodes {
      node.inputs = node.inputs.map { stored[$0] ?? $0 }
      if node.operation is PowerIteration, case .parameter(let index) = values[node.inputs[0].index].origin,
        isChosen(parameters[index].name)
      {
        for (result, vector) in zip(node.outputs, node.inputs.dropFirst()) { stored[result] = vector }
      } else {
        kept.append(node)
      }
    }
    replaceNodes(kept)
  }
}
