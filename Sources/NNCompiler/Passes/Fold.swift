import NNGraph
import NNTensor

extension Graph {
  /// Batch normalisations by their running values instead of the batch's.
  mutating func useRunningStatistics() {
    var running = IDMap<ValueID, [ValueID]>()
    for node in nodes where node.applies(TrackStatistics.self) {
      running[node.inputs[2]] = Array(node.inputs.prefix(2))
    }
    if running.isEmpty { return }
    var result: [Node] = []
    for node in nodes {
      guard node.applies(Normalize.self), let operation = node.operation as? Normalize, operation.extent == .batch,
        let statistics = running[node.outputs[1]]
      else {
        if !(node.applies(TrackStatistics.self)) { result.append(node) }
        continue
      }
      let scale = ChannelScale(epsilon: operation.epsilon, isAffine: operation.isAffine)
      // The values of the batch's statistics become those of scale and shift: types agree, and nobody else reads them.
      let line = Array(node.outputs.dropFirst())
      result.append(
        Node(operation: scale, inputs: statistics + node.inputs.dropFirst(), outputs: line, layers: node.layers))
      result.append(
        Node(
          operation: ChannelAffine(hasShift: true), inputs: [node.inputs[0]] + line, outputs: [node.outputs[0]],
          layers: node.layers))
    }
    replaceNodes(result)
  }

  /// Joins the scale and shift of a normalisation with the weights and bias of the convolution before it: all that depends
  /// on parameters alone and is computed once.
  mutating func foldScales() {
    guard nodes.contains(where: { $0.applies(ChannelAffine.self) }) else { return }
    let (readers, results) = (readers, IDSet(outputs.map(\.value)))
    let before = self
    var replacements: [Int: [Node]] = [:]
    for (index, node) in before.nodes.enumerated() {
      guard let affine = node.operation as? ChannelAffine, affine.hasShift, affine.activation == .none,
        let folding = before.folding(into: index, readers, results)
      else { continue }
      for absorbed in folding.absorbed { replacements[absorbed] = [] }
      replacements[index] = folded(folding, node)
    }
    replaceNodes(before.nodes.indices.flatMap { replacements[$0] ?? [before.nodes[$0]] })
  }

  /// A convolution, perhaps with a bias, that only a normalisation reads.
  private struct Folding {
    var convolution: Node
    var direction: ConvolutionDirection
    var groups: Int
    var bias: ValueID?
    var absorbed: [Int]
  }

  private func folding(into index: Int, _ readers: Readers, _ results: IDSet<ValueID>) -> Folding? {
    func soleProducer(of value: ValueID, for reader: Int) -> Int? {
      guard readers.only(of: value) == reader, !results.contains(value),
        case .node(let node, _) = values[value.index].origin
      else { return nil }
      return node
    }
    guard isParameter(nodes[index].inputs[1]), var place = soleProducer(of: nodes[index].inputs[0], for: index) else {
      return nil
    }
    var absorbed = [place]
    var bias: ValueID?
    if let add = nodes[place].operation as? BiasAdd {
      guard add.activation == .none, isParameter(nodes[place].inputs[1]),
        let sums = soleProducer(of: nodes[place].inputs[0], for: place)
      else { return nil }
      bias = nodes[place].inputs[1]
      place = sums
      absorbed.append(sums)
    }
    let convolution = nodes[place]
    guard let operation = convolution.operation as? any Convolving, operation.epilogue == Epilogue(),
      isParameter(convolution.inputs[1])
    else { return nil }
    if let forward = operation as? Convolution {
      return Folding(
        convolution: convolution, direction: .forward, groups: forward.window.groups, bias: bias, absorbed: absorbed)
    }
    guard let adjoint = operation as? TransposedConvolution else { return nil }
    return Folding(
      convolution: convolution, direction: .adjoint, groups: adjoint.window.groups, bias: bias, absorbed: absorbed)
  }

  /// Whether a value is a parameter or computed from parameters alone.
  private func isParameter(_ value: ValueID) -> Bool {
    switch values[value.index].origin {
    case .parameter: true
    case .node(let node, _): nodes[node].inputs.allSatisfy { isParameter($0) }
    default: false
    }
  }

  private mutating func folded(_ folding: Folding, _ affine: Node) -> [Node] {
    let (scale, shift) = (affine.inputs[1], affine.inputs[2])
    let (convolution, layers) = (folding.convolution, affine.layers)
    let weights = makeValue(type(convolution.inputs[1]))
    var result = [
      Node(
        operation: ScaleWeights(direction: folding.direction, groups: folding.groups),
        inputs: [convolution.inputs[1], scale], outputs: [weights], layers: layers)
    ]
    var bias = shift
    if let own = folding.bias {
      bias = makeValue(type(shift))
      result.append(
        Node(operation: ChannelAffine(hasShift: true), inputs: [own, scale, shift], outputs: [bias], layers: layers))
    }
    let sums = makeValue(type(affine.outputs[0]))
    let all = convolution.layers + layers.filter { !convolution.layers.contains($0) }
    result.append(
      Node(
        operation: convolution.operation, inputs: [convolution.inputs[0], weights], outputs: [sums],
        layers: convolution.layers))
    result.append(Node(operation: BiasAdd(), inputs: [sums, bias], outputs: affine.outputs, layers: all))
    return result
  }
}
