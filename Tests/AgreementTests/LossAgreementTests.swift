import NNGraph
import NNLayers
import NNPlan
import NNReference
import NNRuntime
import NNTensor
import Testing

@testable import NNCompiler

@Suite struct LossAgreementTests {
  @Test(arguments: Variant.all)
  func `values and gradients are PyTorch's to 1e-5`(_ variant: Variant) throws {
    let cases = try ReferenceSet(group: "loss").cases
    #expect(cases.count >= 30)
    for reference in cases {
      let loss = try #require(reference.loss)
      let bound = try plan(reference, loss, variant)
      let inputs = [
        "d.image": reference.input, "d.target": loss.target, "d.label": loss.target, "d.image target": loss.target,
      ]
      try bound.run(inputs)
      let value = Double(try #require(bound.output("losses.loss").first))
      #expect(abs(value - loss.value) <= 1e-5 * abs(loss.value), "\(reference.name) \(loss.yaml)")
      let gradient = bound.tensor("gradient", loss.gradient.shape)
      let difference = gradient.relativeDifference(to: loss.gradient)
      #expect(difference <= 1e-5, "\(reference.name) \(loss.yaml) gradient")
    }
  }

  private func plan(_ reference: ReferenceCase, _ loss: ReferenceLoss, _ variant: Variant) throws -> BoundPlan {
    let isLabels = loss.yaml.contains("cross_entropy") && !loss.yaml.contains("binary")
    // What `check` refuses, since nothing bounds the prediction, is still a kernel of its own: put in afterwards.
    let isUnchecked = loss.final == "none" && loss.yaml.hasSuffix("cross_entropy")
    let field = isLabels && !isUnchecked ? "label" : "target"
    let target = isUnchecked ? reference.output.shape : loss.target.shape
    let facts = DataFacts(fields: [
      .init(name: "image", shape: reference.inputShape.dimensions),
      .init(name: field, shape: Array(target.dimensions.dropFirst())),
    ])
    let network = reference.layers.map { "    \($0)" }.joined(separator: "\n")
    let text = """
      nnc: 1
      data: {d: {idx: {images: a, labels: b}}}
      network:
        input: d.image
        layers:
      \(network)
      loss: \(lossText(isUnchecked ? "mse" : loss.yaml, target: "d.\(field)"))
      """
    var graph = try model(text, facts: ["d": facts], batch: reference.batch).1.evaluationGraph
    if isUnchecked { graph = try evaluationGraph(of: graph, isLabels ? .crossEntropy : .binaryCrossEntropy, loss) }
    let prediction = try #require(graph.outputs.first { $0.name == "prediction" }).value
    var wanted = prediction
    if loss.final != "none" {
      var node = try #require(graph.producer(of: prediction))
      while node.operation is Reshape { node = try #require(graph.producer(of: node.inputs[0])) }
      wanted = node.inputs[0]
    }
    graph.stabilize()
    let value = try #require(graph.outputs.first { $0.name == "losses.loss" }).value
    let gradients = graph.addGradients(of: [(value, graph.scalar("one"))], to: [wanted])
    graph.outputs.append(GraphOutput(name: "gradient", value: try #require(gradients[wanted])))
    let plan = variant.compiler.plan(graph, name: "reference", purpose: .train, batch: reference.batch)
    let bound = try variant.bind(plan, reference.parameters)
    bound.set(scalar: "one", 1)
    return bound
  }

  /// `{huber: {delta: 0.3}}` or `mse`, with a target.
  private func lossText(_ yaml: String, target: String) -> String {
    if yaml == "total_variation" { return yaml }
    guard yaml.hasPrefix("{") else { return "{\(yaml): {target: \(target)}}" }
    return yaml.dropLast(2) + ", target: \(target)}}"
  }

  /// The same comparison by another loss.
  private func evaluationGraph(of graph: Graph, _ kind: LossKind, _ loss: ReferenceLoss) throws -> Graph {
    var graph = graph
    let prediction = try #require(graph.outputs.first { $0.name == "prediction" }).value
    let target = graph.input(kind.takesLabels ? "d.label" : "d.image target", TensorType(loss.target.shape))
    let value = graph.apply(Loss(kind), to: prediction, target, layer: "losses.loss")
    graph.outputs = [
      GraphOutput(name: "prediction", value: prediction), GraphOutput(name: "losses.loss", value: value),
    ]
    return graph
  }
}
