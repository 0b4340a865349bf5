/// What a buffer is there for.
public enum BufferKind: String, Sendable, CaseIterable {
  /// The host writes or reads it.
  case port
  /// What layers compute.
  case activation
  /// Gradients on their way back.
  case gradient
  /// Gradients for what is learnt.
  case weightGradient
  /// Weights in a kernel's order, partial sums.
  case workspace

  /// What a legend calls it.
  public var text: String {
    switch self {
    case .port: "input or output"
    case .activation: "activation"
    case .gradient: "gradient"
    case .weightGradient: "weight gradient"
    case .workspace: "workspace, packed weights"
    }
  }
}

extension Plan {
  /// What each buffer is there for, by its index.
  public var bufferKinds: [BufferKind] {
    let learnt = Set(parameters.map { "gradient of \($0.name)" })
    var kinds = buffers.map { buffer -> BufferKind in
      if learnt.contains(buffer.name) { return .weightGradient }
      return buffer.name.hasPrefix("gradient ") ? .gradient : .activation
    }
    for step in steps {
      if let workspace = step.workspace { kinds[workspace.index] = .workspace }
      switch step.kernel {
      case .packWeights, .scaleWeights, .sumOfSquares, .clipFactor:
        for output in step.outputs { kinds[output.index] = .workspace }
      default: continue
      }
    }
    for port in inputs + outputs { kinds[port.buffer.index] = .port }
    return kinds
  }
}
