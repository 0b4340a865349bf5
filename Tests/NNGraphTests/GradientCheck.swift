import NNGraph
import NNReference
import NNTensor

/// An operation with operands of given shapes, whose gradient rule is compared with central differences.
struct GradientCheck: Sendable, CustomStringConvertible {
  /// An operand's shape and how its values are drawn.
  struct Operand: Sendable {
    enum Values: Sendable {
      /// Uniform in `-scale ..< scale`; a gradient is expected.
      case free(scale: Double)
      /// Distinct values at least 1/64 apart, so that no maximum changes; a gradient is expected.
      case distinct
      /// At least 1/16 away from zero; a gradient is expected.
      case awayFromZero
      /// In `0.1 ..< 0.9`, such as probabilities.
      case probability(hasGradient: Bool)
      /// Class labels.
      case labels(Int)
      /// Uniform, but at least 1/16 away from those distances to operand 0.
      case awayFrom([Double])
    }
    var shape: Shape
    var values = Values.free(scale: 1)

    var hasGradient: Bool {
      switch values {
      case .labels, .awayFrom, .probability(hasGradient: false): false
      default: true
      }
    }
  }

  var operation: any Operation
  var operands: [Operand]
  /// Whose rule is checked; another operation's to see the check fail.
  var rule: any Operation

  init(_ operation: any Operation, _ shapes: Shape...) {
    self.operation = operation
    rule = operation
    operands = shapes.map { Operand(shape: $0) }
  }

  init(_ operation: any Operation, operands: [Operand]) {
    self.operation = operation
    rule = operation
    self.operands = operands
  }

  var description: String {
    "\(operation.name) \(operation.detail) of \(operands.map { "\($0.shape)" }.joined(separator: ", "))"
  }

  /// The operands' values: `turn` draws others.
  func values(turn: Int) -> [ReferenceTensor] {
    var values: [ReferenceTensor] = []
    for (index, operand) in operands.enumerated() {
      values.append(operand.draw(seed: "\(description)/\(turn)/\(index)", first: values.first))
    }
    return values
  }
}

extension GradientCheck.Operand {
  func draw(seed: String, first: ReferenceTensor?) -> ReferenceTensor {
    let uniform = SharedHash.symmetric(shape, seed: seed)
    switch values {
    case .free(let scale): return uniform.mapped { $0 * scale }
    case .distinct:
      let order = uniform.values.indices.sorted { uniform.values[$0] < uniform.values[$1] }
      var result = uniform
      for (rank, index) in order.enumerated() { result.values[index] = Double(rank) / 64 - 0.5 }
      return result
    case .awayFromZero: return uniform.mapped { $0 + ($0 < 0 ? -1 : 1) / 16 }
    case .probability: return uniform.mapped { 0.5 + 0.4 * $0 }
    case .labels(let classes): return uniform.mapped { (($0 + 1) / 2 * Double(classes)).rounded(.down) }
    case .awayFrom(let distances):
      guard let first else { return uniform }
      return uniform.combined(first) { target, prediction in
        distances.contains { abs(abs(2 * target - prediction) - $0) < 1.0 / 16 } ? prediction - 0.17 : 2 * target
      }
    }
  }
}

/// A graph in which every leaf is an input, named by its position, with the operation's gradients for all operands.
struct GradientGraph {
  var graph = Graph()
  var node: Node
  var seed: ValueID
  var gradients: [ValueID?]

  init(_ check: GradientCheck) {
    var graph = Graph()
    let inputs = check.operands.enumerated().map { graph.input("\($0)", TensorType($1.shape)) }
    let outputs = graph.apply(check.operation, inputs, layer: "check")
    seed = graph.input("upstream", graph.type(outputs[0]))
    node = graph.nodes[0]
    let upstream: [ValueID?] = [seed] + outputs.dropFirst().map { _ in nil }
    let request = GradientRequest(node: node, upstream: upstream, wanted: check.operands.map(\.hasGradient))
    gradients = check.rule.gradient(request, in: &graph)
    self.graph = graph
  }
}

extension GradientCheck {
  /// The worst relative difference between the rule's gradients and central differences over several draws of values.
  func worstDifference(turns: Int = 3, step: Double = 1e-4) -> Double {
    let graph = GradientGraph(self)
    let evaluator = Evaluator()
    var worst = 0.0
    for turn in 0..<turns {
      let values = values(turn: turn)
      let upstream = SharedHash.symmetric(graph.graph.shape(graph.seed), seed: "\(description)/upstream/\(turn)")
      var leaves: [Origin: ReferenceTensor] = [.input("upstream"): upstream]
      for (index, value) in values.enumerated() { leaves[.input("\(index)")] = value }
      let computed = evaluator.evaluate(graph.graph, leaves: leaves)
      for (index, gradient) in graph.gradients.enumerated() where operands[index].hasGradient {
        guard let gradient else { return .infinity }
        let numeric = numericGradient(values, index, upstream, step, evaluator)
        worst = max(worst, computed[gradient.index].relativeDifference(to: numeric))
      }
    }
    return worst
  }

  private func numericGradient(
    _ values: [ReferenceTensor], _ index: Int, _ upstream: ReferenceTensor, _ step: Double, _ evaluator: Evaluator
  ) -> ReferenceTensor {
    var moved = values
    var result = ReferenceTensor(values[index].shape)
    for element in result.values.indices {
      let original = values[index].values[element]
      func objective(_ offset: Double) -> Double {
        moved[index].values[element] = original + offset
        return evaluator.results(of: operation, moved)[0].dot(upstream)
      }
      // Fourth order: the error of the plain difference would hide below 1e-6 only for smaller steps.
      let near = objective(step) - objective(-step)
      let far = objective(2 * step) - objective(-2 * step)
      result.values[element] = (8 * near - far) / (12 * step)
      moved[index].values[element] = original
    }
    return result
  }
}
