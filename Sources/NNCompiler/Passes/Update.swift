import NNGraph
import NNTensor

extension Graph {
  /// Adds a training step: for each phase its losses on the newest parameters, their gradients, and an update of each of
  /// its parameters that a loss depends on. What does not depend on an updated parameter is computed once for all
  /// phases. The losses of the phases and the updated parameters become the outputs.
  mutating func addTraining(_ recipe: TrainingRecipe) {
    var step = TrainingStepBuilder(graph: self)
    for phase in recipe.phases { step.add(phase) }
    step.addAverages(recipe.averageSlots)
    self = step.graph
    outputs = step.results
  }
}

/// Adds phases to a graph of losses.
private struct TrainingStepBuilder {
  var graph: Graph
  /// The losses, and what is updated.
  var results: [GraphOutput] { losses + updated.map { GraphOutput(name: updatePrefix + $0.name, value: $0.value) } }

  /// What the graph has before the first phase.
  private let forward: [Node]
  /// The power iterations of spectral norms, at most one of a weight in a phase; the graph itself has none.
  private let iterations: [Node]
  private let targets: [String: ValueID]
  /// The newest value of each parameter that was updated, by its leaf.
  private var newest: [ValueID: ValueID] = [:]
  private var losses: [GraphOutput] = []
  private var updated: [(name: String, value: ValueID)] = []

  init(graph: Graph) {
    self.graph = graph
    iterations = self.graph.keepSingularVectors()
    forward = self.graph.nodes
    targets = Dictionary(graph.outputs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func add(_ phase: TrainingPhase) {
    let values = phase.losses.compactMap { name in targets[name].map { (name: name, value: $0) } }
    let needed = valuesBehind(values.map(\.value))
    iterate(phase, needed)
    let current = recompute(needed)
    var seeds: [(value: ValueID, gradient: ValueID)] = []
    for (name, value) in values {
      let value = current[value] ?? value
      seeds.append((value, graph.scalar("\(name).weight")))
      losses.removeAll { $0.name == name }
      losses.append(GraphOutput(name: name, value: value))
    }
    let indices = graph.parameters.indices.filter { phase.parameters.contains(graph.parameters[$0].name) }
    let leaves = indices.compactMap { index in graph.leaf(.parameter(index)).map { (index: index, leaf: $0) } }
    let gradients = graph.addGradients(of: seeds, to: leaves.map { newest[$0.leaf] ?? $0.leaf })
    update(leaves, gradients, phase)
    track(phase, needed, current)
  }

  /// Adds the moving averages of all parameters that were updated.
  mutating func addAverages(_ slots: [String: Int]) {
    if slots.isEmpty { return }
    let decay = graph.scalar(TrainingRecipe.averageDecay)
    for index in graph.parameters.indices {
      let parameter = graph.parameters[index]
      guard let slot = slots[parameter.name], let leaf = graph.leaf(.parameter(index)), let value = newest[leaf] else {
        continue
      }
      let average = graph.state(ofParameter: index, slot: slot)
      let result = graph.apply(MovingAverage(), to: value, average, decay, layer: parameter.layer)
      updated.append(("\(parameter.name).average", result))
    }
  }

  // MARK: The losses of a phase

  /// The values that these depend on, themselves and all others that come with them among them.
  private func valuesBehind(_ values: [ValueID]) -> Set<ValueID> {
    var result = Set(values)
    for node in forward.reversed() where node.outputs.contains(where: result.contains) {
      result.formUnion(node.inputs + node.outputs)
    }
    return result
  }

  /// Computes again what depends on updated parameters; gives the new values by the old ones.
  private mutating func recompute(_ needed: Set<ValueID>) -> [ValueID: ValueID] {
    var current = newest
    if newest.isEmpty { return current }
    for node in forward where node.outputs.contains(where: needed.contains) {
      guard node.inputs.contains(where: { current[$0] != nil }) else { continue }
      let results = graph.apply(node.operation, node.inputs.map { current[$0] ?? $0 }, layer: node.layer)
      for (old, new) in zip(node.outputs, results) { current[old] = new }
    }
    return current
  }

  // MARK: Updates

  private typealias Found = (index: Int, leaf: ValueID, gradient: ValueID)

  private mutating func update(
    _ leaves: [(index: Int, leaf: ValueID)], _ gradients: [ValueID: ValueID], _ phase: TrainingPhase
  ) {
    let found = leaves.compactMap { index, leaf in
      gradients[newest[leaf] ?? leaf].map { (index: index, leaf: leaf, gradient: $0) }
    }
    if found.isEmpty { return }
    let summed = phase.gradients.collects ? sums(found, phase) : found
    if phase.gradients != .collect { apply(summed, phase) }
  }

  /// Adds gradients to those of the step's batches before.
  private mutating func sums(_ found: [Found], _ phase: TrainingPhase) -> [Found] {
    let keeps = graph.scalar(TrainingRecipe.keepsSums)
    return found.map { item in
      let parameter = graph.parameters[item.index]
      let sum = graph.state(ofParameter: item.index, slot: phase.sumSlots[parameter.name] ?? 0)
      var result = item
      result.gradient = graph.apply(SumGradient(), to: item.gradient, sum, keeps, layer: parameter.layer)
      updated.append(("\(phase.name).\(parameter.name).gradient", result.gradient))
      return result
    }
  }

  private mutating func apply(_ found: [Found], _ phase: TrainingPhase) {
    let scalars = [true, false].map { decays in
      phase.optimizer.scalarNames.map { graph.scalar(phase.scalarName($0, decays: decays)) }
    }
    let factor = phase.clipsGradients ? clipFactor(found.map(\.gradient), phase) : []
    for (index, leaf, gradient) in found {
      let parameter = graph.parameters[index]
      let first = phase.firstSlots[parameter.name] ?? 0
      let states = (0..<phase.optimizer.stateCount).map { graph.state(ofParameter: index, slot: first + $0) }
      let numbers = scalars[parameter.decays ? 0 : 1] + factor
      let operands = [newest[leaf] ?? leaf, gradient] + states + numbers
      let update = Update(phase.optimizer, isScaled: phase.clipsGradients)
      var value = graph.apply(update, operands, layer: parameter.layer)[0]
      if let bound = phase.clamps[parameter.name] {
        value = graph.apply(ClampParameter(bound: bound), to: value, layer: parameter.layer)
      }
      set(leaf, to: value, parameter.name)
    }
  }

  private mutating func clipFactor(_ gradients: [ValueID], _ phase: TrainingPhase) -> [ValueID] {
    let limit = graph.scalar(phase.clipName)
    return graph.apply(ClipFactor(), [limit] + gradients, layer: phase.name)
  }

  private mutating func set(_ leaf: ValueID, to value: ValueID, _ name: String) {
    newest[leaf] = value
    updated.removeAll { $0.name == name }
    updated.append((name, value))
  }

  // MARK: Statistics

  /// One power iteration with each weight of the phase's networks that its losses depend on, before they are computed.
  private mutating func iterate(_ phase: TrainingPhase, _ needed: Set<ValueID>) {
    for node in iterations where needed.contains(node.inputs[1]) {
      let vectors = node.inputs.dropFirst()
      let names = vectors.compactMap { vector -> String? in
        guard case .parameter(let index) = graph.values[vector.index].origin else { return nil }
        return graph.parameters[index].name
      }
      guard names.allSatisfy(phase.statistics.contains) else { continue }
      let results = graph.apply(node.operation, node.inputs.map { newest[$0] ?? $0 }, layer: node.layer)
      for ((leaf, name), result) in zip(zip(vectors, names), results) { set(leaf, to: result, name) }
    }
  }

  /// Lets the running statistics of the phase's networks follow the batches that its losses saw, one after the other.
  private mutating func track(_ phase: TrainingPhase, _ needed: Set<ValueID>, _ current: [ValueID: ValueID]) {
    for node in forward where node.operation is TrackStatistics && needed.contains(node.inputs[2]) {
      guard case .parameter(let index) = graph.values[node.inputs[0].index].origin,
        phase.statistics.contains(graph.parameters[index].name)
      else { continue }
      let running = node.inputs.prefix(2)
      let operands = running.map { newest[$0] ?? $0 } + node.inputs.dropFirst(2).map { current[$0] ?? $0 }
      let results = graph.apply(node.operation, operands, layer: node.layer)
      for (leaf, result) in zip(running, results) {
        guard case .parameter(let index) = graph.values[leaf.index].origin else { continue }
        set(leaf, to: result, graph.parameters[index].name)
      }
    }
  }
}
