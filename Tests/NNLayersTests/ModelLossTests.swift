import NNDiagnostics
import NNSpec
import Testing

@testable import NNLayers

@Suite struct ModelLossTests {
  @Test func `a loss without a target goes by the data of its prediction where there are several sources`() throws {
    let text = """
      nnc: 1
      data:
        a: {images: nowhere, shape: [16, 16, 3]}
        b: {images: nowhere, shape: [8, 8, 1]}
      networks:
        first: {input: a, layers: [output: {channels: 3}]}
        second: {input: b, layers: [output: {channels: 1}]}
      losses:
        first: {mse: {prediction: first, target: a}}
        flat: {total_variation: {prediction: second}}
      """
    let spec = try #require(SpecReader.read(text: text, path: "spec.yaml").spec)
    let facts = [
      "a": DataFacts(fields: [.init(name: "image", shape: [16, 16, 3])]),
      "b": DataFacts(fields: [.init(name: "image", shape: [8, 8, 1])]),
    ]
    let model = ModelBuilder.build(spec, facts: facts, batch: 1)
    #expect(model.diagnostics.sorted.map(\.message) == [])
    #expect(model.losses.map(\.targetName) == ["a.image", "b.image"])
  }
}
