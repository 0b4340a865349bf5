import NNGraph
import NNPlan
import NNReference
import NNTensor
import Testing

@testable import NNCompiler

/// nnc from the spec's text to numbers, against PyTorch in double precision.
@Suite struct LayerAgreementTests {
  private static let groups = [
    "conv", "transposed_conv", "pool", "features", "stack", "layout", "normalization", "spectral",
  ]

  @Test func `there are at least 300 configurations`() throws {
    let count = try Self.groups.reduce(0) { $0 + (try ReferenceSet(group: $1).cases.count) }
    let losses = try ReferenceSet(group: "loss").cases.count
    #expect(count + losses >= 300, "\(count) layers, \(losses) losses")
  }

  @Test(arguments: groups, Variant.all)
  func `outputs and gradients are PyTorch's to 1e-5`(_ group: String, _ variant: Variant) throws {
    var worst = (difference: 0.0, what: "")
    for reference in try ReferenceSet(group: group).cases {
      for (what, difference) in try differences(reference, variant) where difference > worst.difference {
        worst = (difference, "\(reference.name): \(what) of \(reference.layers)")
      }
    }
    #expect(worst.difference <= 1e-5, "\(worst.what)")
  }

  private func differences(_ reference: ReferenceCase, _ variant: Variant) throws -> [(String, Double)] {
    let (_, model) = try model(reference.spec, batch: reference.batch)
    var graph = model.graph
    let output = try #require(model.results.first).value
    let input = try #require(graph.leaf(.input("model.input")))
    let upstream = graph.input("upstream", graph.type(output))
    let parameters = graph.parameters.indices.compactMap { graph.leaf(.parameter($0)) }
    let gradients = graph.addGradients(of: [(output, upstream)], to: [input] + parameters)
    graph.outputs = [GraphOutput(name: "output", value: output)]
    graph.outputs += gradients.map { GraphOutput(name: "gradient.\($0.key.index)", value: $0.value) }
    let plan = variant.compiler.plan(graph, name: "reference", purpose: .train, batch: reference.batch)
    let bound = try variant.bind(plan, reference.parameters)
    try bound.run(["model.input": reference.input, "upstream": reference.upstream])

    var result = [("output", bound.tensor("output", reference.output.shape).relativeDifference(to: reference.output))]
    let dx = bound.tensor("gradient.\(input.index)", reference.inputGradient.shape)
    result.append(("input gradient", dx.relativeDifference(to: reference.inputGradient)))
    for (parameter, value) in zip(graph.parameters, parameters) where parameter.role == .learnt {
      let expected = try #require(reference.parameterGradients[parameter.name])
      let memory = bound.tensor("gradient.\(value.index)", parameter.shape)
      result.append((parameter.name, parameter.inFileOrder(memory).gradientDifference(to: expected)))
    }
    return result
  }
}
