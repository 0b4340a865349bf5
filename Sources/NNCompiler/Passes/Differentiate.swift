import NNGraph
import NNTensor

extension Graph {
  /// Reverse-mode differentiation on the graph: adds operations that carry the gradients of `seeds` (a value and its
  /// gradient's value) back to `targets`. A target that no seed depends on is left out of the result.
  public mutating func addGradients(
    of seeds: [(value: ValueID, gradient: ValueID)], to targets: [ValueID]
  ) -> [ValueID: ValueID] {
    let forward = nodes
    makesGradients = true
    defer { makesGradients = false }
    let needed = valuesDepending(on: Set(targets))
    var gradients: [ValueID: ValueID] = [:]
    for seed in seeds { accumulate(seed.gradient, for: seed.value, into: &gradients, layer: "seed") }
    for node in forward.reversed() where node.operation.passesGradients {
      let upstream = node.outputs.map { gradients[$0] }
      let wanted = node.inputs.map(needed.contains)
      guard upstream.contains(where: { $0 != nil }), wanted.contains(true) else { continue }
      let request = GradientRequest(node: node, upstream: upstream, wanted: wanted)
      let results = node.operation.gradient(request, in: &self)
      for (index, gradient) in results.enumerated() where wanted[index] {
        guard let gradient else { continue }
        accumulate(gradient, for: node.inputs[index], into: &gradients, layer: node.layer)
      }
    }
    return gradients.filter { targets.contains($0.key) }
  }

  /// All values that a change of `targets` changes, themselves among them.
  private func valuesDepending(on targets: Set<ValueID>) -> Set<ValueID> {
    var result = targets
    for node in nodes where node.operation.passesGradients && node.inputs.contains(where: result.contains) {
      result.formUnion(node.outputs)
    }
    return result
  }

  private mutating func accumulate(
    _ gradient: ValueID, for value: ValueID, into gradients: inout [ValueID: ValueID], layer: String
  ) {
    if let other = gradients[value] {
      gradients[value] = apply(Add(), to: other, gradient, layer: layer)
    } else {
      gradients[value] = gradient
    }
  }
}
