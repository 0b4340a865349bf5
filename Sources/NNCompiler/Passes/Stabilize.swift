import NNGraph
import NNTensor

extension Graph {
  /// Computes a cross-entropy of a sigmoid's or softmax's output from the logits: exact where probabilities round to 0
  /// or 1, and the gradient is a subtraction.
  mutating func stabilize() {
    let rewritten = nodes.map { node -> Node in
      guard let loss = node.operation as? Loss, let logits = logits(behind: node.inputs[0]) else { return node }
      var node = node
      switch (loss.kind, logits.activation) {
      case (.binaryCrossEntropy, .sigmoid): node.operation = Loss(.binaryCrossEntropyWithLogits)
      case (.crossEntropy, .softmax): node.operation = Loss(.crossEntropyWithLogits)
      default: return node
      }
      node.inputs[0] = logits.value
      return node
    }
    replaceNodes(rewritten)
  }

  private func logits(behind value: ValueID) -> (value: ValueID, activation: Activation)? {
    guard let producer = producer(of: value), let activate = producer.operation as? Activate else { return nil }
    return (producer.inputs[0], activate.activation)
  }
}
