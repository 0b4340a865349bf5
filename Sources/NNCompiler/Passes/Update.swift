import NNGraph
import NNTensor

extension Graph {
  /// Adds a training step: for each phase its losses on the newest parameters, their gradients, and an update of each of
  /// its parameters that a loss depends on. What does not depend on an updated parameter is computed once for all
  /// phases. The losses of the phases and the updated parameters become the outputs.
  mutating func addTraining(_ recipe: TrainingRecipe) {
    var step = TrainingStepBuilder(graph: self)
    for phase in recipe.phases { step.add(phase) }
    step.addAverages(recipe.averages)
    step.order()
    let results = step.results
    self = (consume step).graph
    outputs = results
  }
}

/// Adds phases to a graph of losses.
private struct TrainingStepBuilder {
  var graph: Graph
  /// The losses, and what is updated.
  var results: [GraphOutput] {
    losses + gauges + updated.compactMap { $0.map { GraphOutput(updateOf: $0.name, value: $0.value) } }
  }

  /// What the graph has before the first phase.
  private let forward: [Node]
  /// The power iterations of spectral norms, at most one of a weight in a phase; the graph itself has none.
  private let iterations: [Node]
  /// For each of them, whether one of the phases so far needs it.
  private var isNeeded: [Bool]
  private let targets: [String: ValueID]
  /// The newest value of each parameter that was updated, by its leaf.
  private var newest = IDMap<ValueID, ValueID>()
  /// For each phase, the indices of the nodes of `forward` that it is the first to need, and where its own begin.
  private var stages: [(needed: [Int], start: Int)] = []
  private var losses: [GraphOutput] = []
  private var gauges: [GraphOutput] = []
  /// What is updated, in order; nil where the same is updated again later.
  private var updated: [(name: String, value: ValueID)?] = []
  /// Where each parameter stands there, by its leaf.
  private var places = IDMap<ValueID, Int>()

  init(graph: Graph) {
    self.graph = graph
    iterations = self.graph.keepSingularVectors()
    forward = self.graph.nodes
    isNeeded = Array(repeating: false, count: forward.count)
    targets = Dictionary(graph.outputs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func add(_ phase: TrainingPhase) {
    let values = phase.losses.compactMap { name in targets[name].map { (name: name, value: $0) } }
    let needed = valuesBehind(values.map(\.value))
    let first = forward.indices.filter { !isNeeded[$0] && needed.containsAny(of: forward[$0].outputs) }
    for index in first { isNeeded[index] = true }
    stages.append((first, graph.nodes.count))
    iterate(phase, needed)
    let current = recompute(needed)
    var seeds: [(value: ValueID, gradient: ValueID)] = []
    for (name, value) in values {
      let value = current[value] ?? value
      seeds.append((value, graph.scalar(.lossWeight(part: name))))
      losses.removeAll { $0.name == name }
      losses.append(GraphOutput(name: name, value: value))
      judge(name, value, phase)
    }
    let indices = graph.parameters.indices.filter { phase.parameters.contains(graph.parameters[$0].name) }
    let leaves = indices.compactMap { index in graph.leaf(.parameter(index)).map { (index: index, leaf: $0) } }
    let places = places(of: phase, current)
    let (gradients, arrivals) = graph.addGradients(
      of: seeds, to: leaves.map { newest[$0.leaf] ?? $0.leaf }, watching: Set(places.map(\.value)))
    for place in places { compare(arrivals[place.value] ?? [], at: place.name, values.map(\.name), phase) }
    update(leaves, gradients, phase)
    track(phase, needed, current)
  }

  /// Adds the moving averages of all parameters that were updated.
  mutating func addAverages(_ averages: [String: TrainingRecipe.Average]) {
    for index in averages.isEmpty ? 0..<0 : graph.parameters.indices {
      let parameter = graph.parameters[index]
      guard let average = averages[parameter.name], let leaf = graph.leaf(.parameter(index)), let value = newest[leaf]
      else { continue }
      let kept = graph.state(ofParameter: index, slot: average.slot)
      let decay = graph.scalar(average.decay)
      let result = graph.apply(MovingAverage(), to: value, kept, decay, layer: parameter.layer)
      updated.append(("\(parameter.name).average", result))
    }
  }

  /// Puts each node of the way forward just before the phase that is the first to need it, so that what only a later phase
  /// needs does not wait in memory.
  mutating func order() {
    var nodes: [Node] = []
    nodes.reserveCapacity(graph.nodes.count)
    for (index, stage) in stages.enumerated() {
      let end = index + 1 < stages.count ? stages[index + 1].start : graph.nodes.count
      nodes += stage.needed.map { graph.nodes[$0] } + graph.nodes[stage.start..<end]
    }
    graph.replaceNodes(nodes + forward.indices.filter { !isNeeded[$0] }.map { graph.nodes[$0] })
  }

  // MARK: The losses of a phase

  /// The values that these depend on, themselves and all others that come with them among them.
  private func valuesBehind(_ values: [ValueID]) -> IDSet<ValueID> {
    var result = IDSet<ValueID>(capacity: graph.values.count)
    result.formUnion(values)
    for node in forward.reversed() where result.containsAny(of: node.outputs) {
      result.formUnion(node.inputs)
      result.formUnion(node.outputs)
    }
    return result
  }

  /// Computes again what depends on updated parameters; gives the new values by the old ones.
  private mutating func recompute(_ needed: IDSet<ValueID>) -> IDMap<ValueID, ValueID> {
    var current = newest
    if newest.isEmpty { return current }
    for node in forward where needed.containsAny(of: node.outputs) {
      guard node.inputs.contains(where: { current[$0] != nil }) else { continue }
      let results = graph.apply(node.operation, node.inputs.map { current[$0] ?? $0 }, layer: node.layer)
      for (old, new) in zip(node.outputs, results) { current[old] = new }
    }
    return current
  }

  // MARK: Updates

  private typealias Found = (index: Int, leaf: ValueID, gradient: ValueID)

  private mutating func update(
    _ leaves: [(index: Int, leaf: ValueID)], _ gradients: IDMap<ValueID, ValueID>, _ phase: TrainingPhase
  ) {
    let found = leaves.compactMap { index, leaf in
      gradients[newest[leaf] ?? leaf].map { (index: index, leaf: leaf, gradient: $0) }
    }
    if found.isEmpty { return }
    let summed = phase.gradients.collects ? sums(found, phase) : found
    if phase.gradients == .collect { return }
    guard phase.clipsGradients || phase.clipsValues else { return show(applyMeasured(summed, phase), phase) }
    // Gauges show gradients as they come; what norms are clipped by is that of values within their limit.
    let norms = squares(summed, phase)
    show(norms, phase)
    let kept = phase.clipsValues ? clamped(summed, phase) : summed
    let numbers = numbers(phase)
    guard phase.clipsGradients else {
      for item in kept { apply(item, phase, numbers) }
      return
    }
    let factor = clipFactor(phase.clipsValues ? squares(kept, phase) : norms, phase)
    for item in kept { apply(item, phase, numbers, .limited, [factor]) }
  }

  /// Keeps each value of the gradients within the phase's limit.
  private mutating func clamped(_ found: [Found], _ phase: TrainingPhase) -> [Found] {
    let limit = graph.scalar(.clipGradientValue(phase: phase.name))
    return found.map { item in
      var result = item
      result.gradient = graph.apply(
        ClampGradient(), to: item.gradient, limit, layer: graph.parameters[item.index].layer)
      return result
    }
  }

  /// Adds gradients to those of the step's batches before.
  private mutating func sums(_ found: [Found], _ phase: TrainingPhase) -> [Found] {
    let keeps = graph.scalar(.keepsSums)
    return found.map { item in
      let parameter = graph.parameters[item.index]
      let sum = graph.state(ofParameter: item.index, slot: phase.sumSlots[parameter.name] ?? 0)
      var result = item
      result.gradient = graph.apply(SumGradient(), to: item.gradient, sum, keeps, layer: parameter.layer)
      updated.append(("\(phase.name).\(parameter.name).gradient", result.gradient))
      return result
    }
  }

  /// Updates parameters by their gradients as they are, whose norms the updates measure on their way. They follow each
  /// other as the gradients do, so that none waits for another.
  private mutating func applyMeasured(_ found: [Found], _ phase: TrainingPhase) -> NetworkNorms {
    let numbers = numbers(phase)
    var norms = NetworkNorms()
    for item in inOrder(found) {
      guard let network = phase.gauges.networks[graph.parameters[item.index].name] else {
        apply(item, phase, numbers)
        continue
      }
      norms[network] = apply(item, phase, numbers, .measured, norms[network].map { [$0] } ?? []).last
    }
    return norms
  }

  /// Updates a parameter. Gives the results of the update after the parameter itself.
  @discardableResult private mutating func apply(
    _ item: Found, _ phase: TrainingPhase, _ numbers: (decaying: [ValueID], others: [ValueID]),
    _ norm: NormUse = .ignored, _ normOperand: [ValueID] = []
  ) -> ArraySlice<ValueID> {
    let parameter = graph.parameters[item.index]
    let first = phase.firstSlots[parameter.name] ?? 0
    let states = (0..<phase.optimizer.stateCount).map { graph.state(ofParameter: item.index, slot: first + $0) }
    let operands =
      [newest[item.leaf] ?? item.leaf, item.gradient] + states
      + (parameter.decays ? numbers.decaying : numbers.others) + normOperand
    let results = graph.apply(Update(phase.optimizer, norm: norm), operands, layer: parameter.layer)
    var value = results[0]
    if let bound = phase.clamps[parameter.name] {
      value = graph.apply(ClampParameter(bound: bound), to: value, layer: parameter.layer)
    }
    set(item.leaf, to: value, parameter.name)
    return results.dropFirst()
  }

  /// The optimizer's numbers, for parameters that decay and for others.
  private mutating func numbers(_ phase: TrainingPhase) -> (decaying: [ValueID], others: [ValueID]) {
    let scalars = [true, false].map { decays in
      phase.optimizer.numbers.map { graph.scalar(.optimizer(phase: phase.name, $0, decays: decays)) }
    }
    return (scalars[0], scalars[1])
  }

  private mutating func clipFactor(_ norms: NetworkNorms, _ phase: TrainingPhase) -> ValueID {
    let limit = graph.scalar(.clipGradientNorm(phase: phase.name))
    return graph.apply(ClipFactor(), [limit] + norms.sums.map(\.square), layer: phase.name)[0]
  }

  private mutating func set(_ leaf: ValueID, to value: ValueID, _ name: String) {
    newest[leaf] = value
    if let place = places[leaf] { updated[place] = nil }
    places[leaf] = updated.count
    updated.append((name, value))
  }

  // MARK: Gauges

  /// The sums of the squares of gradients, one for each network. Each gradient is added when it is there, in the order in
  /// which they are made, so that none waits for another.
  private mutating func squares(_ found: [Found], _ phase: TrainingPhase) -> NetworkNorms {
    var norms = NetworkNorms()
    for item in inOrder(found) {
      let parameter = graph.parameters[item.index]
      let network = phase.gauges.networks[parameter.name]
      guard network != nil || phase.clipsGradients else { continue }
      let operands = [item.gradient] + (norms[network].map { [$0] } ?? [])
      norms[network] = graph.apply(SumOfSquares(), operands, layer: parameter.layer)[0]
    }
    return norms
  }

  private func inOrder(_ found: [Found]) -> [Found] {
    found.sorted { ($0.gradient, $0.index) < ($1.gradient, $1.index) }
  }

  private mutating func show(_ norms: NetworkNorms, _ phase: TrainingPhase) {
    for (network, square) in norms.sums {
      guard let network else { continue }
      gauges.append(GraphOutput(.gradient(phase: phase.name, network: network), value: square))
    }
  }

  /// The phase's places as they are in it. Where a loss was rewritten to read what an activation is given, its gradient
  /// meets the others' there.
  private func places(of phase: TrainingPhase, _ current: IDMap<ValueID, ValueID>) -> [PhaseGauges.Place] {
    let read = Set(
      phase.losses.compactMap { targets[$0].flatMap(graph.producer) }.filter(\.readsLogits).flatMap(\.inputs)
        .flatMap { [$0, unshaped($0)] })
    return phase.gauges.places.map { place in
      var place = place
      if let node = graph.producer(of: unshaped(place.value)), node.operation is Activate, read.contains(node.inputs[0])
      {
        place.value = node.inputs[0]
      }
      place.value = current[place.value] ?? place.value
      return place
    }
  }

  /// What a value is another shape of, or the value.
  private func unshaped(_ value: ValueID) -> ValueID {
    var value = value
    while let node = graph.producer(of: value), node.applies(Reshape.self) { value = node.inputs[0] }
    return value
  }

  /// Measures what arrives at a place, where it comes from more than one loss. What several losses share on its way
  /// cannot be told apart and is measured as one.
  private mutating func compare(
    _ arrivals: [Graph.Arrival], at place: String, _ outputs: [String], _ phase: TrainingPhase
  ) {
    var groups: [(losses: Set<String>, gradients: [ValueID])] = []
    for arrival in arrivals {
      var group = (losses: Set(arrival.seeds.map { phase.lossName(outputs[$0]) }), gradients: [arrival.gradient])
      for other in groups where !other.losses.isDisjoint(with: group.losses) {
        group.losses.formUnion(other.losses)
        group.gradients = other.gradients + group.gradients
      }
      groups.removeAll { !$0.losses.isDisjoint(with: group.losses) }
      groups.append(group)
    }
    if groups.count < 2 { return }
    for group in groups {
      let gradient = group.gradients.dropFirst().reduce(group.gradients[0]) {
        graph.apply(Add(), to: $0, $1, layer: place)
      }
      let names = outputs.map(phase.lossName).filter(group.losses.contains)
      let losses = names.indices.filter { names.firstIndex(of: names[$0]) == $0 }.map { names[$0] }
      let gauge = Gauge.pull(phase: phase.name, place: place, losses: losses)
      gauges.append(GraphOutput(gauge, value: graph.apply(SumOfSquares(), to: gradient, layer: place)))
    }
  }

  /// How many of a discriminator's values judge samples to be real.
  private mutating func judge(_ output: String, _ value: ValueID, _ phase: TrainingPhase) {
    guard let judgement = phase.gauges.judgements[output], let node = graph.producer(of: value) else { return }
    let share = graph.apply(ShareAbove(threshold: judgement.threshold), to: node.inputs[0], layer: output)
    gauges.append(GraphOutput(.judgedReal(loss: judgement.loss, side: judgement.side), value: share))
  }

  // MARK: Statistics

  /// One power iteration with each weight of the phase's networks that its losses depend on, before they are computed.
  private mutating func iterate(_ phase: TrainingPhase, _ needed: IDSet<ValueID>) {
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
  private mutating func track(_ phase: TrainingPhase, _ needed: IDSet<ValueID>, _ current: IDMap<ValueID, ValueID>) {
    for node in forward where node.applies(TrackStatistics.self) && needed.contains(node.inputs[2]) {
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

/// The sums of the squares of networks' gradients, in the order of their first; nil stands for one that is not shown.
private struct NetworkNorms {
  private(set) var sums: [(network: String?, square: ValueID)] = []

  subscript(_ network: String?) -> ValueID? {
    get { sums.first { $0.network == network }?.square }
    set {
      guard let newValue else { return sums.removeAll { $0.network == network } }
      guard let place = sums.firstIndex(where: { $0.network == network }) else {
        return sums.append((network, newValue))
      }
      sums[place].square = newValue
    }
  }
}

extension Node {
  /// Whether it is a loss that was rewritten to read what an activation is given.
  fileprivate var readsLogits: Bool {
    switch (operation as? Loss)?.kind {
    case .binaryCrossEntropyWithLogits, .crossEntropyWithLogits: true
    default: false
    }
  }
}
