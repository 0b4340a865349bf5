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
  /// What each buffer is there for, by its index: as the steps use it.
  public var bufferKinds: [BufferKind] {
    var kinds = [BufferKind](repeating: .activation, count: buffers.count)
    for step in steps where step.isGradient { for output in step.outputs { kinds[output.index] = .gradient } }
    for step in steps {
      if let workspace = step.workspace { kinds[workspace.index] = .workspace }
      switch step.kernel {
      case .packWeights, .scaleWeights, .sumOfSquares, .clipFactor:
        for output in step.outputs { kinds[output.index] = .workspace }
      case .update(_, let norm):
        kinds[step.inputs[1].index] = .weightGradient
        if norm == .measured, let sum = step.outputs.last { kinds[sum.index] = .workspace }
      case .sumGradient, .clampGradient, .spectralNormalizeGradient: kinds[step.inputs[0].index] = .weightGradient
      default: continue
      }
    }
    for port in inputs + outputs { kinds[port.buffer.index] = .port }
    return kinds
  }
}
