import NNTensor

/// What preparing steps make of parameters, told by how it is made: equal values are equal bytes, whichever plan made them.
public indirect enum PreparedValue: Hashable, Sendable {
  /// A parameter, by name.
  case parameter(String)
  /// The result at an index of a step with this kernel on these operands, stored so.
  case result(Int, of: Kernel, on: [PreparedValue], TensorType, byteCount: Int)

  /// Of which parameters it is made tells nearly all values apart, and takes far less time than their kernels and types.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .parameter(let name): hasher.combine(name)
    case .result(let index, _, let operands, _, _):
      hasher.combine(index)
      for operand in operands { operand.hash(into: &hasher) }
    }
  }

  /// The parameters that it is made of, by name.
  public var parameters: Set<String> {
    switch self {
    case .parameter(let name): [name]
    case .result(_, _, let operands, _, _): operands.reduce(into: []) { $0.formUnion($1.parameters) }
    }
  }
}

extension Plan {
  /// What preparing steps fill for the others, in the order of its places.
  public var prepared: [(id: BufferID, value: PreparedValue)] {
    var values: [BufferID: PreparedValue] = [:]
    for step in steps[..<preparingSteps] {
      let operands = step.inputs.map { id -> PreparedValue in
        if case .parameter(let index) = self[id].place { return .parameter(parameters[index].name) }
        guard let value = values[id] else { preconditionFailure("`\(self[id].name)` is not made of parameters alone") }
        return value
      }
      for (index, id) in step.outputs.enumerated() {
        values[id] = .result(
          index, of: step.kernel.ofAnyBatch, on: operands, self[id].type, byteCount: self[id].byteCount)
      }
    }
    let kept = values.compactMap { id, value -> (offset: Int, id: BufferID, value: PreparedValue)? in
      guard case .retained(let offset) = self[id].place else { return nil }
      return (offset, id, value)
    }
    return kept.sorted { ($0.offset, $0.id) < ($1.offset, $1.id) }.map { ($0.id, $0.value) }
  }
}

extension Kernel {
  /// The same where the number of samples changes nothing of what it makes of parameters.
  fileprivate var ofAnyBatch: Kernel {
    guard case .packWeights(var problem, let direction, let algorithm) = self else { return self }
    problem.batch = 1
    return .packWeights(problem, direction, algorithm)
  }
}
