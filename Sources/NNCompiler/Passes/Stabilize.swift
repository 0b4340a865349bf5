import NNGraph
import NNTensor

extension Graph {
  /// Computes a cross-entropy of a sigmoid's or softmax's output from the logits: exact where probabilities round to 0
  /// or 1, and the gradient is a subtraction.
  mutating func stabilize() {
    var rewritten: [Node] = []
    var isChanged = false
    rewritten.reserveCapacity(nodes.count)
    for var node in nodes {
      if node.applies(Loss.self), let loss = node.operation as? Loss, let source = activated(behind: node.inputs[0]),
        let fused = loss.kind.fused(with: source.activation)
      {
        var logits = source.logits
        if shape(logits) != shape(node.inputs[0]) {
          let view = Reshape(shape(node.inputs[0]))
          let value = makeValue(TensorType(view.shape))
          rewritten.append(Node(operation: view, inputs: [logits], outputs: [value], layers: node.layers))
          logits = value
        }
        node = node.with(operation: Loss(fused), inputs: [logits] + node.inputs.dropFirst())
        isChanged = true
      }
      rewritten.append(node)
    }
    if isChanged { replaceNodes(rewritten) }
  }

  /// The activation that made `value`, and what it was applied to; views that keep the last dimension lie between at
  /// most.
  private func activated(behind value: ValueID) -> (logits: ValueID, activation: Activation)? {
    var current = value
    while let node = producer(of: current), node.operation is Reshape,
      shape(node.inputs[0]).last == shape(value).last
    {
      current = node.inputs[0]
    }
    guard let node = producer(of: current), let activate = node.operation as? Activate else { return nil }
    return (node.inputs[0], activate.activation)
  }
}

extension LossKind {
  /// This loss of an activation's output, as a loss of the activation's operand.
  fileprivate func fused(with activation: Activation) -> LossKind? {
    switch (self, activation) {
    case (.binaryCrossEntropy, .sigmoid): .binaryCrossEntropyWithLogits
    case (.crossEntropy, .softmax): .crossEntropyWithLogits
    default: nil
    }
  }
}
