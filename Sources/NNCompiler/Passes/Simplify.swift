import NNGraph
import NNTensor

extension Graph {
  /// Drops what does not matter: dropout and noise when not training (then batch normalisations use their running
  /// values and join the convolution before them, and spectral norms their stored singular vectors), permutations that
  /// cancel, reshapes of reshapes, and every node that reaches no output.
  mutating func simplify(training: Bool) {
    if !training { bypass { $1.applies(Dropout.self) || $1.applies(Noise.self) ? $1.inputs[0] : nil } }
    if !training { useRunningStatistics() }
    if !training { keepSingularVectors() }
    mergeReshapes()
    bypass { $0.cancelledPermutation($1) }
    removeUnreachable()
    if !training { foldScales() }
  }

  /// Lets the readers of a node's only result read another value instead, where `replacement` names one.
  private mutating func bypass(where replacement: (Graph, Node) -> ValueID?) {
    let graph = self
    var replaced = IDMap<ValueID, ValueID>()
    var kept: [Node] = []
    kept.reserveCapacity(nodes.count)
    for node in nodes {
      let node = node.reading(replaced)
      if let value = replacement(graph, node) {
        replaced[node.outputs[0]] = value
      } else {
        kept.append(node)
      }
    }
    if replaced.isEmpty { return }
    for index in outputs.indices { outputs[index].value = replaced[outputs[index].value] ?? outputs[index].value }
    replaceNodes(kept)
  }

  /// The value before a permutation and back.
  private func cancelledPermutation(_ node: Node) -> ValueID? {
    guard node.applies(Permute.self), let before = producer(of: node.inputs[0]), before.applies(Permute.self),
      shape(before.inputs[0]) == shape(node.outputs[0])
    else { return nil }
    return before.inputs[0]
  }

  private mutating func mergeReshapes() {
    var sources = IDMap<ValueID, ValueID>()
    var merged = nodes
    for index in merged.indices where merged[index].applies(Reshape.self) {
      let input = merged[index].inputs[0]
      let source = sources[input] ?? input
      merged[index] = merged[index].with(inputs: [source])
      sources[merged[index].outputs[0]] = source
    }
    if sources.isEmpty { return }
    replaceNodes(merged)
    bypass { graph, node in
      let isNothing = node.applies(Reshape.self) && graph.shape(node.inputs[0]) == graph.shape(node.outputs[0])
      return isNothing ? node.inputs[0] : nil
    }
  }

  /// Drops every node that reaches no output.
  mutating func removeUnreachable() {
    var needed = IDSet<ValueID>(capacity: values.count)
    needed.formUnion(outputs.map(\.value))
    var kept: [Node] = []
    kept.reserveCapacity(nodes.count)
    for node in nodes.reversed() where needed.containsAny(of: node.outputs) {
      needed.formUnion(node.inputs)
      kept.append(node)
    }
    if kept.count < nodes.count { replaceNodes(kept.reversed()) }
  }
}
