import NNGraph
import NNTensor

extension Graph {
  /// Reverse-mode differentiation on the graph: adds operations that carry the gradients of `seeds` (a value and its
  /// gradient's value) back to `targets`. A target that no seed depends on is left out of the result.
  public mutating func addGradients(
    of seeds: [(value: ValueID, gradient: ValueID)], to targets: [ValueID]
  ) -> [ValueID: ValueID] {
    addGradients(of: seeds, to: targets, watching: []).gradients
  }

  /// The same; also gives, for each value of `places` that gradients reach, the gradients that add up there, each with the
  /// indices of the seeds that it comes from.
  mutating func addGradients(
    of seeds: [(value: ValueID, gradient: ValueID)], to targets: [ValueID], watching places: Set<ValueID>
  ) -> (gradients: [ValueID: ValueID], arrivals: [ValueID: [Arrival]]) {
    let forward = nodes
    makesGradients = true
    defer { makesGradients = false }
    let needed = valuesDepending(on: Set(targets))
    var gradients: [ValueID: ValueID] = [:]
    var sources: [ValueID: Set<Int>] = [:]
    var arrivals: [ValueID: [Arrival]] = [:]
    for (index, seed) in seeds.enumerated() {
      accumulate(seed.gradient, for: seed.value, into: &gradients, layer: "seed")
      sources[seed.value, default: []].insert(index)
    }
    for node in forward.reversed() where node.operation.passesGradients {
      let upstream = node.outputs.map { gradients[$0] }
      let wanted = node.inputs.map(needed.contains)
      guard upstream.contains(where: { $0 != nil }), wanted.contains(true) else { continue }
      let request = GradientRequest(node: node, upstream: upstream, wanted: wanted)
      let results = node.operation.gradient(request, in: &self)
      let seeds = node.outputs.reduce(into: Set<Int>()) { $0.formUnion(sources[$1] ?? []) }
      for (index, gradient) in results.enumerated() where wanted[index] {
        guard let gradient else { continue }
        let value = node.inputs[index]
        accumulate(gradient, for: value, into: &gradients, layer: node.layer)
        sources[value, default: []].formUnion(seeds)
        if places.contains(value) { arrivals[value, default: []].append(Arrival(gradient: gradient, seeds: seeds)) }
      }
    }
    return (gradients.filter { targets.contains($0.key) }, arrivals)
  }

  /// A part of the gradient of a value.
  struct Arrival {
    /// The part.
    var gradient: ValueID
    /// The indices of the seeds that it comes from.
    var seeds: Set<Int>
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
