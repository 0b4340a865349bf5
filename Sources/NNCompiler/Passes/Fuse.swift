import NNGraph
import NNKernels
import NNTensor

extension Graph {
  /// Joins operations into one step each: bias and activation into the convolution before them, an activation's
  /// gradient into the step that makes the gradient it multiplies, a max pool into its convolution, a 1×1 convolution to
  /// few channels into that before it if kernels of these tiles can, a bias's gradient into the weight's.
  mutating func fuse(tiles: TileShape) {
    for rule in FusionSite.rules { if let fused = fused(by: rule, tiles) { replaceNodes(fused) } }
  }

  /// The nodes with one rule applied wherever it matches; matches do not share nodes. Nil where there is none.
  private func fused(by rule: FusionSite.Rule, _ tiles: TileShape) -> [Node]? {
    let places = nodes.indices.filter { nodes[$0].applies(rule.last) }
    if places.isEmpty { return nil }
    let site = FusionSite(graph: self, tiles: tiles)
    var kept = nodes
    var (isClaimed, isDropped) = (
      [Bool](repeating: false, count: kept.count), [Bool](repeating: false, count: kept.count)
    )
    var matches = 0
    for index in places {
      guard let fusion = rule.match(site, index), !fusion.nodes.contains(where: { isClaimed[$0] }) else { continue }
      for node in fusion.nodes {
        isClaimed[node] = true
        isDropped[node] = node != fusion.position
      }
      kept[fusion.position] = fusion.replacement
      matches += 1
    }
    return matches == 0 ? nil : kept.indices.filter { !isDropped[$0] }.map { kept[$0] }
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

/// A graph, and who reads its values, for the rules of fusion.
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

  let graph: Graph
  private let tiles: TileShape
  private let readers: Readers
  private let results: IDSet<ValueID>

  init(graph: Graph, tiles: TileShape) {
    self.graph = graph
    self.tiles = tiles
    readers = graph.readers
    results = IDSet(graph.outputs.map(\.value))
  }

  /// The index of the node that makes `value`, if `index` is all that ever reads it.
  private func soleProducer(of value: ValueID, for index: Int) -> Int? {
    guard readers.only(of: value) == index, !results.contains(value) else { return nil }
    return producer(of: value)
  }

  private func producer(of value: ValueID) -> Int? {
    guard case .node(let node, _) = graph.values[value.index].origin else { return nil }
    return node
  }

  /// The layers of two nodes, the first one's first.
  private func layers(_ first: Int, _ second: Int) -> [String] {
    let layers = graph.nodes[first].layers
    return layers + graph.nodes[second].layers.filter { !layers.contains($0) }
  }

  /// Convolution + bias.
  func fusedBias(_ index: Int) -> Fusion? {
    let node = graph.nodes[index]
    guard node.operation is BiasAdd, let before = soleProducer(of: node.inputs[0], for: index),
      let sums = graph.nodes[before].operation as? any Convolving, sums.epilogue == Epilogue()
    else { return nil }
    var fused = sums
    fused.epilogue.hasBias = true
    let operands = graph.nodes[before].inputs + [node.inputs[1]]
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: fused, inputs: operands, outputs: node.outputs, layers: layers(before, index),
        isGradient: node.isGradient))
  }

  /// Convolution or bias + activation.
  func fusedActivation(_ index: Int) -> Fusion? {
    let node = graph.nodes[index]
    guard let activation = (node.operation as? Activate)?.activation, activation.isElementwise,
      let before = soleProducer(of: node.inputs[0], for: index)
    else { return nil }
    let operation: any Operation
    switch graph.nodes[before].operation {
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
    let outputs = node.outputs + graph.nodes[before].outputs.dropFirst()
    return Fusion(
      nodes: [before, index], position: outputs.count > 1 ? before : index,
      replacement: Node(
        operation: operation, inputs: graph.nodes[before].inputs, outputs: outputs, layers: layers(before, index),
        isGradient: node.isGradient))
  }

  /// An activation's gradient into what makes the gradient that it multiplies.
  func fusedActivationGradient(_ index: Int) -> Fusion? {
    let node = graph.nodes[index]
    guard let activation = (node.operation as? ActivationGradient)?.activation, activation.gradientFuses,
      let before = soleProducer(of: node.inputs[0], for: index)
    else { return nil }
    let producer = graph.nodes[before]
    let operation: any Operation
    let saved: ValueID
    switch producer.operation {
    case var sums as any Convolving where sums.epilogue == Epilogue():
      sums.epilogue.gradientOf = activation
      (operation, saved) = (sums, node.inputs[1])
    case var pool as MaxPoolGradient where pool.gradientOf == .none && activation.gradientFusesIntoPool:
      // At the place of each maximum, the activation's output is the pooled value.
      guard let forward = self.producer(of: producer.inputs[1]), graph.nodes[forward].inputs[0] == node.inputs[1]
      else { return nil }
      pool.gradientOf = activation
      (operation, saved) = (pool, graph.nodes[forward].outputs[0])
    default: return nil
    }
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: operation, inputs: producer.inputs + [saved], outputs: node.outputs, layers: layers(before, index),
        isGradient: node.isGradient))
  }

  /// Convolution + max pool over disjoint windows.
  func fusedPool(_ index: Int) -> Fusion? {
    let node = graph.nodes[index]
    guard let pool = node.operation as? MaxPool, pool.window.isDisjoint, (2...256).contains(pool.window.size.area),
      let before = soleProducer(of: node.inputs[0], for: index),
      var convolution = graph.nodes[before].operation as? Convolution, convolution.epilogue.canPool
    else { return nil }
    convolution.epilogue.pool = pool.window
    convolution.epilogue.keepsArgmax = !readers[node.outputs[1]].isEmpty
    let outputs = convolution.epilogue.keepsArgmax ? node.outputs : [node.outputs[0]]
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: convolution, inputs: graph.nodes[before].inputs, outputs: outputs, layers: layers(before, index),
        isGradient: node.isGradient))
  }

  /// Convolution + 1×1 convolution to few channels, each pixel of which needs all channels of the first one's: they must be
  /// one block of its kernel's. Of no more than a lane of channels, a step of its own is faster, whose lanes are pixels.
  func fusedProjection(_ index: Int) -> Fusion? {
    let node = graph.nodes[index]
    let operand = graph.shape(node.inputs[0])
    guard let last = node.operation as? Convolution, last.window.isPointwise, last.epilogue.isOfProjection,
      let channels = graph.shape(node.outputs[0]).last, channels <= Projection.mostChannels,
      let before = soleProducer(of: node.inputs[0], for: index),
      var sums = graph.nodes[before].operation as? any Convolving, sums.epilogue.canProject,
      sums.window.groups == 1, let wide = operand.last, wide > tiles.laneWidth, wide <= tiles.blockWidth
    else { return nil }
    sums.epilogue.projection = Projection(
      channels: channels, hasBias: last.epilogue.hasBias, activation: last.epilogue.activation)
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: sums, inputs: graph.nodes[before].inputs + node.inputs.dropFirst(), outputs: node.outputs,
        layers: layers(before, index), isGradient: node.isGradient))
  }

  /// An activation's gradient into that of the normalisation before the activation.
  func fusedNormalizationGradient(_ index: Int) -> Fusion? {
    let node = graph.nodes[index]
    guard var operation = node.operation as? NormalizeGradient, operation.extent != .channels,
      let before = soleProducer(of: node.inputs[0], for: index),
      let activation = (graph.nodes[before].operation as? ActivationGradient)?.activation,
      activation.gradientFusesIntoPool
    else { return nil }
    operation.gradientOf = activation
    let source = graph.nodes[before].inputs
    return Fusion(
      nodes: [before, index], position: index,
      replacement: Node(
        operation: operation, inputs: [source[0]] + node.inputs.dropFirst() + [source[1]], outputs: node.outputs,
        layers: layers(before, index), isGradient: node.isGradient))
  }

  /// A bias's gradient into the weights' that reads the same values.
  func fusedBiasGradient(_ index: Int) -> Fusion? {
    let node = graph.nodes[index]
    guard node.operation is ChannelSum else { return nil }
    for reader in readers[node.inputs[0]] {
      let weights = graph.nodes[reader]
      guard var operation = weights.operation as? ConvolutionWeightGradient, operation.biasGradient == .none,
        weights.inputs[0] != weights.inputs[1]
      else { continue }
      let position = min(index, reader)
      guard weights.inputs.allSatisfy({ (producer(of: $0) ?? -1) < position }) else { continue }
      operation.biasGradient = weights.inputs[1] == node.inputs[0] ? .output : .input
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
