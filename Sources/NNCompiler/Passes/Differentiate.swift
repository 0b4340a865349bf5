import NNGraph
import NNTensor

extension Graph {
  /// Reverse-mode differentiation on the graph: adds operations that carry the gradients of `seeds` (a value and its
  /// gradient's value) back to `targets`. A target that no seed depends on is left out of the result.
  public mutating func addGradients(
    of seeds: [(value: ValueID, gradient: ValueID)], to targets: [ValueID]
  ) -> [ValueID: ValueID] {
    let gradients = addGradients(of: seeds, to: targets, watching: []).gradients
    return Dictionary(
      targets.compactMap { target in gradients[target].map { (target, $0) } }, uniquingKeysWith: { first, _ in first })
  }

  /// The same, with the gradients of values on the way; also gives, for each value of `places` that gradients reach, the
  /// gradients that add up there, each with the indices of the seeds that it comes from.
  mutating func addGradients(
    of seeds: [(value: ValueID, gradient: ValueID)], to targets: [ValueID], watching places: Set<ValueID>
  ) -> (gradients: IDMap<ValueID, ValueID>, arrivals: [ValueID: [Arrival]]) {
    let forward = nodes
    makesGradients = true
    defer { makesGradients = false }
    let needed = valuesDepending(on: targets)
    var gradients = IDMap<ValueID, ValueID>(capacity: values.count)
    var sources = IDMap<ValueID, Set<Int>>(capacity: places.isEmpty ? 0 : values.count)
    var arrivals: [ValueID: [Arrival]] = [:]
    // Where all comes from one seed, there is nothing to tell apart.
    let tellsApart = seeds.count > 1 && !places.isEmpty
    let all = Set(seeds.indices)
    for (index, seed) in seeds.enumerated() {
      accumulate(seed.gradient, for: seed.value, into: &gradients, layer: "seed")
      if tellsApart { sources[seed.value, default: []].insert(index) }
    }
    for node in forward.reversed() where node.operation.passesGradients {
      let upstream = node.outputs.map { gradients[$0] }
      guard upstream.contains(where: { $0 != nil }), needed.containsAny(of: node.inputs) else { continue }
      let wanted = node.inputs.map { needed.contains($0) }
      let request = GradientRequest(node: node, upstream: upstream, wanted: wanted)
      let results = node.operation.gradient(request, in: &self)
      let seeds = tellsApart ? sources.union(of: node.outputs) : all
      for (index, gradient) in results.enumerated() where wanted[index] {
        guard let gradient else { continue }
        let value = node.inputs[index]
        accumulate(gradient, for: value, into: &gradients, layer: node.layer)
        if tellsApart { sources.add(seeds, to: value) }
        if places.contains(value) { arrivals[value, default: []].append(Arrival(gradient: gradient, seeds: seeds)) }
      }
    }
    return (gradients, arrivals)
  }

  /// A part of the gradient of a value.
  struct Arrival {
    /// The part.
    var gradient: ValueID
    /// The indices of the seeds that it comes from.
    var seeds: Set<Int>
  }

  /// All values that a change of `targets` changes, themselves among them.
  private func valuesDepending(on targets: [ValueID]) -> IDSet<ValueID> {
    var result = IDSet<ValueID>(capacity: values.count)
    result.formUnion(targets)
    for node in nodes where result.containsAny(of: node.inputs) && node.operation.passesGradients {
      result.formUnion(node.outputs)
    }
    return result
  }

  private mutating func accumulate(
    _ gradient: ValueID, for value: ValueID, into gradients: inout IDMap<ValueID, ValueID>, layer: String
  ) {
    if let other = gradients[value] {
      gradients[value] = apply(Add(), to: other, gradient, layer: layer)
    } else {
      gradients[value] = gradient
    }
  }
}

extension IDMap where ID == ValueID, Value == Set<Int> {
  /// All that the sets of these have.
  fileprivate func union(of values: [ValueID]) -> Set<Int> {
    values.dropFirst().reduce(self[values[0]] ?? []) { $0.union(self[$1] ?? []) }
  }

  fileprivate mutating func add(_ seeds: Set<Int>, to value: ValueID) {
    if self[value] == nil { self[value] = seeds } else { self[value, default: []].formUnion(seeds) }
  }
}
