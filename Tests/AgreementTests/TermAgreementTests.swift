import NNGraph
import NNKernels
import NNLayers
import NNPlan
import NNReference
import NNRuntime
import NNSpec
import NNTensor
import Testing

@testable import NNCompiler

/// Adversarial and perceptual losses, held term by term against PyTorch (`make_terms.py`).
@Suite struct TermAgreementTests {
  static let records = ((try? ReferenceFile.records(group: "terms")) ?? [])

  @Test(arguments: Variant.all)
  func `each term's value and its gradients are PyTorch's to 1e-5`(_ variant: Variant) throws {
    for record in Self.records {
      let model = try model(of: record)
      #expect(!model.losses.isEmpty, "\(record.name)")
      for loss in model.losses { try compare(loss, model, record, variant) }
    }
  }

  @Test func `there is a reference of each kind, smoothed or not, of both distances, mapped or not`() {
    let texts = Self.records.map { ($0.fields["yaml"] ?? []).joined(separator: "\n") }
    func has(_ words: String...) -> Bool { texts.contains { text in words.allSatisfy(text.contains) } }
    for kind in AdversarialKind.allCases { #expect(has("kind: \(kind)")) }
    for kind in [AdversarialKind.vanilla, .lsgan] { #expect(has("kind: \(kind)", "label_smoothing: ")) }
    for distance in ["mse", "mae"] {
      #expect(has("distance: \(distance)", "range: [0, 255]", "mean: ", "layers: {edges: 1, parts: 0.5}"))
      #expect(has("distance: \(distance)", "range: [0, 1]", "mean: ", "std: "))
    }
  }

  private func model(of record: ReferenceRecord) throws -> Model {
    let text = (record.fields["yaml"] ?? []).joined(separator: "\n") + "\n"
    let facts = [
      "photos": DataFacts(fields: [
        .init(name: "input", shape: [8, 8, 3]), .init(name: "target", shape: [16, 16, 3]),
      ])
    ]
    let reading = SpecReader.read(text: text, path: "reference.yaml")
    let batch = try #require(record.field("batch").flatMap { Int($0) })
    let model = ModelBuilder.build(try #require(reading.spec), facts: facts, batch: batch)
    let errors = (reading.diagnostics.sorted + model.diagnostics.sorted).filter { $0.severity == .error }
    try #require(errors.isEmpty, "\(errors.map(\.message))\n\(text)")
    return model
  }

  private func compare(_ loss: LossRecord, _ model: Model, _ record: ReferenceRecord, _ variant: Variant) throws {
    let prefix = "gradient.\(loss.name)."
    let names = record.results.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    #expect(names.count >= 4)
    var graph = model.trainingGraph
    let leaves = try names.map { name in
      let index = try #require(graph.parameters.firstIndex { $0.name == name }, "\(name)")
      return (parameter: graph.parameters[index], value: try #require(graph.leaf(.parameter(index))))
    }
    let seeds = loss.parts.map { (value: $0.value, gradient: graph.scalar("\($0.outputName).weight")) }
    let gradients = graph.addGradients(of: seeds, to: leaves.map(\.value))
    for leaf in leaves {
      let value = try #require(gradients[leaf.value], "\(record.name): nothing teaches \(leaf.parameter.name)")
      graph.outputs.append(GraphOutput(name: leaf.parameter.name, value: value))
    }
    let plan = variant.compiler.plan(
      graph, name: record.name, purpose: .train, batch: try #require(record.field("batch").flatMap { Int($0) }))
    let bound = try variant.bind(plan, plan.parameters.reduce(into: [:]) { $0[$1.name] = record.generated($1.name) })
    for part in loss.parts { bound.set(scalar: "\(part.outputName).weight", part.factor) }
    try bound.run(["photos.input": record.generated("input"), "photos.target": record.generated("target")])
    let value = loss.parts.reduce(0.0) { $0 + $1.factor * Double(bound.output($1.outputName).first ?? .nan) }
    let expected = try #require(record.results["losses.\(loss.name)"]).values[0]
    #expect(abs(value - expected) <= 1e-5 * max(1, abs(expected)), "\(record.name) \(loss.name): \(value), \(expected)")
    for (parameter, _) in leaves {
      let gradient = parameter.inFileOrder(bound.tensor(parameter.name, parameter.shape))
      let expected = try #require(record.results[prefix + parameter.name])
      #expect(
        gradient.relativeDifference(to: expected) <= 1e-5,
        "\(record.name): gradient of \(loss.name) for \(parameter.name)")
    }
  }
}
