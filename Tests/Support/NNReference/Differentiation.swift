import NNGraph
import NNTensor

extension Graph {
  /// Adds the gradients of `seeds` (values and the gradients given for them) for `targets`, by the operations' rules:
  /// nil for a target that no seed depends on. Only for tests: the compiler has its own pass.
  public mutating func referenceGradients(
    of seeds: [(value: ValueID, gradient: ValueID)], for targets: [ValueID]
  ) -> [ValueID?] {
    let forward = nodes
    let needed = valuesThatDepend(on: targets, forward)
    var gradients: [ValueID: ValueID] = [:]
    for seed in seeds { accumulate(seed.gradient, &gradients[seed.value]) }
    for node in forward.reversed() {
      let upstream = node.outputs.map { gradients[$0] }
      let wanted = node.inputs.map { needed.contains($0) }
      guard upstream.contains(where: { $0 != nil }), wanted.contains(true) else { continue }
      let request = GradientRequest(node: node, upstream: upstream, wanted: wanted)
      let results = node.operation.gradient(request, in: &self)
      precondition(results.count == node.inputs.count, "\(node.operation.name): \(results.count) gradients")
      for (input, (isWanted, result)) in zip(node.inputs, zip(wanted, results)) where isWanted {
        if let result { accumulate(result, &gradients[input]) }
      }
    }
    return targets.map { gradients[$0] }
  }

  private func valuesThatDepend(on targets: [ValueID], _ nodes: [Node]) -> Set<ValueID> {
    var needed = Set(targets)
    for node in nodes where node.inputs.contains(where: needed.contains) {
      needed.formUnion(node.outputs.filter { type($0).element == .float32 })
    }
    return needed
  }

  private mutating func accumulate(_ gradient: ValueID, _ sum: inout ValueID?) {
    sum = sum.map { apply(Add(), to: $0, gradient, layer: "gradient") } ?? gradient
  }
}
