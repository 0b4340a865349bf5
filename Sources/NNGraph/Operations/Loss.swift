import NNTensor

/// A scalar loss of a prediction against a target, where its kind has one: `[N, …]` and `[N, …]` (or class labels `[N]`) to
/// `[]`.
public struct Loss: Operation {
  /// The formula.
  public var kind: LossKind

  /// A loss by its formula.
  public init(_ kind: LossKind) { self.kind = kind }

  public var name: String { "\(kind)" }
  public var samples: SampleRule { .sums([0]) }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] {
    require(inputs.count == (kind.takesTarget ? 2 : 1), self, "\(inputs)")
    if kind.takesTarget { require(kind.accepts(inputs[0].shape, inputs[1].shape), self, "\(inputs)") }
    return [TensorType([])]
  }

  public func flops(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int { 3 * inputs[0].shape.elementCount }

  public func gradient(_ request: GradientRequest, in graph: inout Graph) -> [ValueID?] {
    let operands = request.node.inputs + [request.gradient]
    let gradient = graph.apply(LossGradient(kind), operands, layer: request.node.layer)[0]
    return kind.takesTarget ? [gradient, nil] : [gradient]
  }
}

/// The gradient of a loss for its prediction: prediction, target (where there is one) and the loss's own gradient `[]` to the prediction's
/// shape.
public struct LossGradient: Operation {
  /// The formula.
  public var kind: LossKind

  /// The gradient of a loss.
  public init(_ kind: LossKind) { self.kind = kind }

  public var name: String { "\(kind) gradient" }

  public func outputTypes(_ inputs: [TensorType]) -> [TensorType] { [inputs[0]] }
}

extension LossKind {
  /// True where a loss of this kind takes these shapes.
  func accepts(_ prediction: Shape, _ target: Shape) -> Bool {
    takesLabels ? target.dimensions == Array(prediction.dimensions.dropLast()) : prediction == target
  }
}
