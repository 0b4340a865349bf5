import NNGraph
import NNKernels
import NNTensor

extension Graph {
  /// Joins operations into one step each: bias and activation into the convolution before them, an activation's
  /// gradient into the step that makes the gradient it multiplies, a max pool into its convolution, a 1×1 convolution to
  /// few channels into that before it if kernels of these tiles can, a bias's gradient into the weight's.
  mutating func fuse(tiles: TileShape) { if let fused = fused(tiles) { replaceNodes(fused) } }

  /// The nodes after all rules; nil where none matches.
  private func fused(_ tiles: TileShape) -> [Node]? {
    var site = FusionSite(graph: self, tiles: tiles)
    for rule in FusionSite.rules { site.apply(rule) }
    return site.fused
  }
}

/// A match of a rule: nodes that one node replaces.
struct Fusion {
  /// The indices of the nodes that are replaced.
  var nodes: [Int]
  /// Where the replacement stands: the index of one of them.
  var position: Int
  /// The fused node.
  var replacement: Node
}

/// The nodes of a graph, and who makes and reads its values, for the rules of fusion. Nodes keep their places while rules are
/// applied; those that were joined to others leave theirs.
struct FusionSite {
  /// A way to join nodes.
  struct Rule: Sendable {
    /// The operation of the last of them.
    let last: any Operation.Type
    /// The match that ends at such a node, if there is one.
    let match: @Sendable (FusionSite, Int) -> Fusion?
  }

  /// The rules, in the order they are applied.
  static let rules = [
    Rule(last: BiasAdd.self) { $0.fusedBias($1) }, Rule(last: Activate.self) { $0.fusedActivation($1) },
    Rule(last: ActivationGradient.self) { $0.fusedActivationGradient($1) },
    Rule(last: MaxPool.self) { $0.fusedPool($1) }, Rule(last: Convolution.self) { $0.fusedProjection($1) },
    Rule(last: ChannelSum.self) { $0.fusedBiasGradient($1) },
    Rule(last: NormalizeGradient.self) { $0.fusedNormalizationGradient($1) },
  ]

  /// The graph, for its values' types.
  private let graph: Graph
  private let tiles: TileShape
  private var nodes: [Node]
  /// For each place, the node's operation; nil where its node has left.
  private var kinds: [ObjectIdentifier?]
  /// For each value, where the node stands that makes it; -1 for leaves.
  private var producers: [Int]
  /// For each value, how many nodes read it, and the sum of their places: of one reader, its place.
  private var readers: [(count: Int, places: Int)]
  /// For each value, the weight gradients that read it, in order.
  private var weightGradients = IDMap<ValueID, [Int]>()
  private let results: IDSet<ValueID>
  private var isChanged = false

  init(graph: Graph, tiles: TileShape) {
    self.graph = graph
    self.tiles = tiles
    nodes = graph.nodes
    kinds = nodes.map { $0.kind }
    producers = [Int](repeating: -1, count: graph.values.count)
    readers = [(count: Int, places: Int)](repeating: (0, 0), count: graph.values.count)
    results = IDSet(graph.outputs.map(\.value))
    for place in nodes.indices { enter(place) }
    for place in nodes.indices where nodes[place].applies(ConvolutionWeightGradient.self) {
      for input in Set(nodes[place].inputs) { weightGradients[input, default: []].append(place) }
    }
  }

  /// The nodes in order; nil where they are as they were.
  var fused: [Node]? { isChanged ? nodes.indices.filter { kinds[$0] != nil }.map { nodes[$0] } : nil }

  /// Applies one rule wherever it matches; matches do not share nodes.
  mutating func apply(_ rule: Rule) {
    let last = ObjectIdentifier(rule.last)
    var isClaimed = [Bool](repeating: false, count: nodes.count)
    var fusions: [Fusion] = []
    for place in nodes.indices where kinds[place] == last {
      guard let fusion = rule.match(self, place), !fusion.nodes.contains(where: { isClaimed[$0] }) else { continue }
      for node in fusion.nodes { isClaimed[node] = true }
      fusions.append(fusion)
    }
    for fusion in fusions { replace(fusion) }
  }

  private mutating func replace(_ fusion: Fusion) {
    for place in fusion.nodes { leave(place) }
    nodes[fusion.position] = fusion.replacement
    kinds[fusion.position] = fusion.replacement.kind
    enter(fusion.position)
    isChanged = true
  }

  private mutating func enter(_ place: Int) {
    for output in nodes[place].outputs { producers[output.index] = place }
    count(place, 1)
  }

  private mutating func leave(_ place: Int) {
    count(place, -1)
    kinds[place] = nil
  }

  /// Counts a node as a reader of its operands, of each once, or no more.
  private mutating func count(_ place: Int, _ change: Int) {
    let inputs = nodes[place].inputs
    for (index, input) in inputs.enumerated() where index == 0 || !inputs[..<index].contains(input) {
      readers[input.index].count += change
      readers[input.index].places += change * place
    }
  }

  /// The place of the node that makes `value`, if the one at `place` is all that ever reads it.
  private func soleProducer(of value: ValueID, for place: Int) -> Int? {
    let reading = readers[value.index]
    guard reading.count == 1, reading.places == place, !results.contains(value) else { return nil }
    return producer(of: value)
  }

  private func producer(of value: ValueID) -> Int? {
    let place = producers[value.index]
    return place < 0 ? nil : place
  }

  /// The layers of two nodes, the first one's first.
  private func layers(_ first: Int, _ second: Int) -> [String] {
    let layers = nodes[first].layers
    let others = nodes[second].layers.filter { !layers.contains($0) }
    return others.isEmpty ? layers : layers + others
  }

  /// Whether the kernel of a convolution has the channels of its result (see `ConvolutionGeometry.keepsChannels`).
  private func keepsChannels(_ place: Int) -> Bool {
    guard let adjoint = nodes[place].operation as? TransposedConvolution else { return true }
    let inputs = nodes[place].inputs
    return adjoint.problem(graph.shape(inputs[0]), graph.shape(inputs[1])).geometry.keepsChannels(.adjoint)
  }

  /// Convolution + bias.
  func fusedBias(_ index: Int) -> Fusion? {
    let node = nodes[index]
    guard node.operation is BiasAdd, let before = soleProducer(of: node.inputs[0], for: index),
      let sums = nodes[before].operation as? any Convolving, sums.epilogue == Epilogue(), keepsChannels(before)
    else { return nil }
    var fused = sums
    fused.epilogue.hasBias = true
    let operands = nodes[before].inputs + [node.inputs[1]]
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: fused, inputs: operands, outputs: node.outputs, layers: layers(before, index),
        isGradient: node.isGradient))
  }

  /// Convolution or bias + activation.
  func fusedActivation(_ index: Int) -> Fusion? {
    let node = nodes[index]
    guard let activation = (node.operation as? Activate)?.activation, activation.isElementwise,
      let before = soleProducer(of: node.inputs[0], for: index)
    else { return nil }
    let operation: any Operation
    switch nodes[before].operation {
    case var sums as any Convolving where sums.epilogue.canActivate:
      sums.epilogue.activation = activation
      operation = sums
    case var bias as BiasAdd where bias.activation == .none:
      bias.activation = activation
      operation = bias
    case var affine as ChannelAffine where affine.activation == .none:
      affine.activation = activation
      operation = affine
    case var normalize as Normalize where normalize.activation == .none:
      normalize.activation = activation
      operation = normalize
    default: return nil
    }
    // Of a normalisation, mean and variance are read by others: it stays where it is.
    let outputs = node.outputs + nodes[before].outputs.dropFirst()
    return Fusion(
      nodes: [before, index], position: outputs.count > 1 ? before : index,
      replacement: Node(
        operation: operation, inputs: nodes[before].inputs, outputs: outputs, layers: layers(before, index),
        isGradient: node.isGradient))
  }

  /// An activation's gradient into what makes the gradient that it multiplies.
  func fusedActivationGradient(_ index: Int) -> Fusion? {
    let node = nodes[index]
    guard let activation = (node.operation as? ActivationGradient)?.activation, activation.gradientFuses,
      let before = soleProducer(of: node.inputs[0], for: index)
    else { return nil }
    let producer = nodes[before]
    let operation: any Operation
    let saved: ValueID
    switch producer.operation {
    case var sums as any Convolving where sums.epilogue == Epilogue():
      sums.epilogue.gradientOf = activation
      (operation, saved) = (sums, node.inputs[1])
    case var pool as MaxPoolGradient where pool.gradientOf == .none && activation.gradientFusesIntoPool:
      // At the place of each maximum, the activation's output is the pooled value.
      guard let forward = self.producer(of: producer.inputs[1]), nodes[forward].inputs[0] == node.inputs[1]
      else { return nil }
      pool.gradientOf = activation
      (operation, saved) = (pool, nodes[forward].outputs[0])
    default: return nil
    }
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: operation, inputs: producer.inputs + [saved], outputs: node.outputs, layers: layers(before, index),
        isGradient: node.isGradient))
  }

  /// Convolution + max pool over disjoint windows; kernels of narrow groups do not pool.
  func fusedPool(_ index: Int) -> Fusion? {
    let node = nodes[index]
    guard let pool = node.operation as? MaxPool, pool.window.isDisjoint, (2...256).contains(pool.window.size.area),
      let before = soleProducer(of: node.inputs[0], for: index),
      var convolution = nodes[before].operation as? Convolution, convolution.epilogue.canPool,
      ConvolutionProblem(
        input: graph.shape(nodes[before].inputs[0]), output: graph.shape(nodes[before].outputs[0]),
        window: convolution.window
      ).geometry.groupWidth == nil
    else { return nil }
    convolution.epilogue.pool = pool.window
    convolution.epilogue.keepsArgmax = readers[node.outputs[1].index].count > 0
    let outputs = convolution.epilogue.keepsArgmax ? node.outputs : [node.outputs[0]]
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: convolution, inputs: nodes[before].inputs, outputs: outputs, layers: layers(before, index),
        isGradient: node.isGradient))
  }

  /// Convolution + 1×1 convolution to few channels, each pixel of which needs all channels of the first one's: they are no
  /// more than a block of the widest kernels'. Of no more than a lane of channels, a step of its own is faster, whose lanes
  /// are pixels.
  func fusedProjection(_ index: Int) -> Fusion? {
    let node = nodes[index]
    let operand = graph.shape(node.inputs[0])
    guard let last = node.operation as? Convolution, last.window.isPointwise, last.epilogue.isOfProjection,
      let channels = graph.shape(node.outputs[0]).last, channels <= Projection.mostChannels,
      let before = soleProducer(of: node.inputs[0], for: index),
      var sums = nodes[before].operation as? any Convolving, sums.epilogue.canProject,
      keepsChannels(before), sums.window.groups == 1, let wide = operand.last, wide > tiles.laneWidth,
      wide <= max(tiles.blockWidth, Projection.mostOperands)
    else { return nil }
    sums.epilogue.projection = Projection(
      channels: channels, hasBias: last.epilogue.hasBias, activation: last.epilogue.activation)
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: sums, inputs: nodes[before].inputs + node.inputs.dropFirst(), outputs: node.outputs,
        layers: layers(before, index), isGradient: node.isGradient))
  }

  /// An activation's gradient into that of the normalisation before the activation.
  func fusedNormalizationGradient(_ index: Int) -> Fusion? {
    let node = nodes[index]
    guard var operation = node.operation as? NormalizeGradient, operation.extent != .channels,
      let before = soleProducer(of: node.inputs[0], for: index),
      let activation = (nodes[before].operation as? ActivationGradient)?.activation,
      activation.gradientFusesIntoPool
    else { return nil }
    operation.gradientOf = activation
    let source = nodes[before].inputs
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: operation, inputs: [source[0]] + node.inputs.dropFirst() + [source[1]], outputs: node.outputs,
        layers: layers(before, index), isGradient: node.isGradient))
  }

  /// A bias's gradient into the weights' that reads the same values.
  func fusedBiasGradient(_ index: Int) -> Fusion? {
    let node = nodes[index]
    guard node.operation is ChannelSum else { return nil }
    for reader in weightGradients[node.inputs[0]] ?? [] {
      let weights = nodes[reader]
      guard var operation = weights.operation as? ConvolutionWeightGradient, operation.biasGradient == .none,
        weights.inputs[0] != weights.inputs[1]
      else { continue }
      let position = min(index, reader)
      guard weights.inputs.allSatisfy({ (producer(of: $0) ?? -1) < position }) else { continue }
      operation.biasGradient = weights.inputs[1] == node.inputs[0] ? .output : .input
      let problem = ConvolutionProblem(
        input: graph.shape(weights.inputs[0]), output: graph.shape(weights.inputs[1]), window: operation.window)
      if operation.biasGradient == .input, !problem.geometry.keepsChannels(.adjoint) { continue }
      return Fusion(
        nodes: [reader, index], position: position,
        replacement: Node(
          operation: operation, inputs: weights.inputs, outputs: weights.outputs + node.outputs,
          layers: layers(reader, index), isGradient: node.isGradient))
    }
    return nil
  }
}

extension Epilogue {
  fileprivate var canActivate: Bool { activation == .none && gradientOf == .none && pool == nil }
  fileprivate var canPool: Bool { gradientOf == .none && pool == nil && projection == nil }
  fileprivate var canProject: Bool { canPool }
  /// Whether it is no more than a projection may have.
  fileprivate var isOfProjection: Bool { canPool }
}

extension ConvolutionWindow {
  /// Whether each result is of the pixel where it is.
  fileprivate var isPointwise: Bool {
    kernel == Size2D(1, 1) && stride == Size2D(1, 1) && padding == Size2D(0, 0) && groups == 1
  }
}

extension Activation {
  /// Whether a kernel that makes a gradient can multiply it by this one's, from the saved output.
  fileprivate var gradientFuses: Bool { isElementwise && self != .none && gradientUsesOutput }

  fileprivate var gradientFusesIntoPool: Bool {
    switch self {
    case .relu: true
    case .leakyRelu: gradientUsesOutput
    default: false
    }
  }
}
