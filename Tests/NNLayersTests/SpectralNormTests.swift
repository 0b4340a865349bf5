import NNGraph
import NNLayers
import NNTensor
import Testing

@Suite struct SpectralNormTests {
  private func model(_ layers: String, frozen: Bool = false) throws -> Model {
    let checked = Checked(
      text: """
        nnc: 1
        network: {input: [6, 5, 3], frozen: \(frozen), layers: [\(layers)]}
        """)
    #expect(checked.diagnostics.isEmpty)
    return try #require(checked.model)
  }

  private static let layers = """
    conv: {filters: 8, kernel: [3, 2], spectral_norm: true}, \
    transposed_conv: {filters: 4, stride: 2, groups: 2, spectral_norm: true}, dense: {units: 7, spectral_norm: true}
    """

  @Test func `tensors have PyTorch's names and shapes`() throws {
    let parameters = try model(Self.layers).graph.parameters
    let files = parameters.map { "\($0.name.dropFirst("model.".count)) \($0.fileShape)" }
    #expect(
      files == [
        "conv_1.weight_orig [8, 3, 3, 2]", "conv_1.weight_u [8]", "conv_1.weight_v [18]", "conv_1.bias [8]",
        "transposed_conv_1.weight_orig [8, 2, 3, 3]", "transposed_conv_1.weight_u [2]",
        "transposed_conv_1.weight_v [72]", "transposed_conv_1.bias [4]", "dense_1.weight_orig [7, 480]",
        "dense_1.weight_u [7]", "dense_1.weight_v [480]", "dense_1.bias [7]",
      ])
    #expect(parameters.filter(\.isTrainable).allSatisfy { $0.role == .learnt })
    #expect(parameters.filter { $0.role == .statistic }.count == 6)
  }

  @Test func `singular vectors are no learnt parameters, and running costs no more`() throws {
    let (with, without) = (
      try model(Self.layers), try model(Self.layers.replacing("true", with: "false"))
    )
    let (network, plain) = (try #require(with.networks.first), try #require(without.networks.first))
    #expect(network.layers.map(\.parameters) == plain.layers.map(\.parameters))
    #expect(network.layers.map(\.flops) == plain.layers.map(\.flops))
    #expect(network.layers[0].summary == "conv 3×2, spectral_norm")
  }

  @Test func `a frozen network does not iterate`() throws {
    let (frozen, trained) = (try model(Self.layers, frozen: true), try model(Self.layers))
    #expect(!frozen.graph.nodes.contains { $0.operation is PowerIteration })
    #expect(trained.graph.nodes.filter { $0.operation is PowerIteration }.count == 3)
    #expect(frozen.graph.nodes.filter { $0.operation is SpectralNormalize }.count == 3)
  }
}
