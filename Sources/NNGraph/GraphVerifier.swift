import NNTensor

extension TensorType {
  /// The type as operations compute it, however it is stored.
  fileprivate var computed: TensorType { element == .bfloat16 ? TensorType(shape) : self }
}

extension Graph {
  /// What is wrong with the graph, one sentence per fault: operands before they are made, types that an operation's
  /// shape rule does not give, outputs that nothing makes.
  public var faults: [String] {
    var made = [Bool](repeating: false, count: values.count)
    var hasBFloat16 = false
    for index in values.indices {
      hasBFloat16 = hasBFloat16 || values[index].type.element == .bfloat16
      if case .node = values[index].origin { continue }
      made[index] = true
    }
    var faults: [String] = []
    for index in nodes.indices {
      let node = nodes[index]
      var place: String { "node \(index) (\(node.operation.name) of \(node.layer))" }
      for input in node.inputs where !made[input.index] {
        faults.append("\(place) reads %\(input.index) before it is made")
      }
      if let fault = typeFault(node) { faults.append("\(place) \(fault)") }
      if hasBFloat16 { faults += storageFaults(node).map { "\(place) \($0)" } }
      for output in node.outputs {
        if made[output.index] { faults.append("\(place) makes %\(output.index) again") }
        made[output.index] = true
      }
    }
    for output in outputs where !made[output.value.index] { faults.append("nothing makes the output `\(output.name)`") }
    return faults
  }

  /// Results that have other types than the operation gives them. What a node was found to be once it stays: its operands
  /// and results never change, nor do their types but for how they are stored.
  private func typeFault(_ node: Node) -> String? {
    if node.isTyped { return nil }
    let types = node.operation.outputTypes(node.inputs.map { type($0).computed })
    let outputs = node.outputs
    guard types.count == outputs.count, !types.indices.contains(where: { types[$0] != type(outputs[$0]).computed })
    else { return "has results of types \(outputs.map { type($0) }), not \(types)" }
    node.markTyped()
    return nil
  }

  /// Operands and results that are stored as bf16 where the node does not take that.
  private func storageFaults(_ node: Node) -> [String] {
    let all = node.inputs + node.outputs
    if !all.contains(where: { type($0).element == .bfloat16 }) { return [] }
    let groups = node.operation.storage(node.inputs.map { type($0) }, node.outputs.map { type($0) })
    var free = Set(all)
    var faults: [String] = []
    for group in groups {
      let values = group.places.map { node.value($0) }
      free.subtract(values)
      if Set(values.map { type($0).element }).count > 1 { faults.append("mixes bf16 with what is stored otherwise") }
    }
    return faults
      + free.sorted().filter { type($0).element == .bfloat16 }.map { "cannot have %\($0.index) stored as bf16" }
  }

  /// Traps with the first fault: a bug of the pass named.
  public func verify(after pass: String) {
    if let fault = faults.first { preconditionFailure("\(pass): \(fault)") }
  }

  /// The graph as text, a line a node: `%7 = convolution 3×3 + bias + relu (%0, %1, %2)  [4, 64, 64, 16]  model.conv_1`.
  public var text: String {
    var lines: [String] = []
    for (index, value) in values.enumerated() {
      switch value.origin {
      case .node: continue
      case .input(let name): lines.append("%\(index) = input \(name)  \(value.type)")
      case .parameter(let parameter): lines.append("%\(index) = parameter \(parameters[parameter].name)  \(value.type)")
      case .state(let parameter, let slot):
        lines.append("%\(index) = state \(parameters[parameter].name).\(slot)  \(value.type)")
      case .scalar(let name): lines.append("%\(index) = scalar \(name)")
      }
    }
    for node in nodes {
      let results = node.outputs.map { "%\($0.index)" }.joined(separator: ", ")
      let operands = node.inputs.map { "%\($0.index)" }.joined(separator: ", ")
      let name = [node.operation.name, node.operation.detail].filter { !$0.isEmpty }.joined(separator: " ")
      let types = node.outputs.map { "\(type($0))" }.joined(separator: ", ")
      lines.append("\(results) = \(name) (\(operands))  \(types)  \(node.layers.joined(separator: ", "))")
    }
    lines += outputs.map { "output \($0.name) = %\($0.value.index)" }
    return lines.joined(separator: "\n") + "\n"
  }
}
