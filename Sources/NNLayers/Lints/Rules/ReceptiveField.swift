import NNDiagnostics
import NNGraph
import NNTensor

extension Lint {
  static let receptiveField = Lint(
    DiagnosticCode("NNC0611", "receptive-field"),
    "a convolution whose input already sees the whole picture from every place",
    reason: """
      The receptive field is how many pixels of the network's input one value depends on. Of n pixels, every value sees all
      once the field has 2 n - 1, wherever it stands; a wider kernel after that gathers nothing new and mostly multiplies
      padding. Richter and others ("Should You Go Deeper?", ICMLA 2021) find that such layers of classifiers can be left out
      without loss. Networks that enlarge again, or join paths, are left alone: there later layers do other work.
      """,
    found: [
      """
      nnc: 1
      network:
        input: [8, 8, 3]
        layers:
          - conv: {filters: 8, kernel: 7, activation: relu}
          - conv: {filters: 8, kernel: 7, activation: relu}
          - conv: {filters: 8, kernel: 7, activation: relu}
          - conv: {filters: 8, kernel: 3, activation: relu}
          - dense: {units: 10}

      """,
      """
      nnc: 1
      network:
        input: [16, 16, 3]
        layers:
          - repeat: {count: 3, layers: [conv: {filters: 8, kernel: 5, activation: relu}, max_pool]}
          - conv: {filters: 8, activation: relu}
          - conv: {filters: 8, activation: relu}
          - dense: {units: 10}

      """,
    ],
    passed: [
      """
      nnc: 1
      network:
        input: [16, 16, 3]
        layers:
          - repeat: {count: 3, layers: [conv: {filters: 8, kernel: 5, activation: relu}, max_pool]}
          - conv: {filters: 8, kernel: 1, activation: relu}
          - dense: {units: 10}

      """,
      """
      nnc: 1
      network:
        input: [8, 8, 3]
        layers:
          - repeat: {count: 2, layers: [conv: {filters: 8, kernel: 5, activation: relu}, max_pool]}
          - repeat: {count: 2, layers: [upsample, conv: {filters: 8, activation: relu}]}
          - output: {channels: 3}

      """,
    ]
  ) { context in
    context.model.networks.compactMap { network in
      guard let input = network.input, input.count == 3, isChain(network) else { return nil }
      let idle = network.layers.indices.filter { isIdle($0, in: network, of: Size2D(input[0], input[1])) }
      guard let first = idle.first,
        let field = network.layers[first].sources[0].map({ network.layers[$0].field.extent })
      else { return nil }
      let layer = network.layers[first]
      let (seen, whole) = (field?.description ?? "", Size2D(2 * input[0] - 1, 2 * input[1] - 1))
      let rest = idle.count - 1
      return LintFinding(
        "this kernel cannot see more of the picture", at: layer.kindSpan,
        "each value it is given already depends on \(seen) pixels; from 2 · \(input[0]) - 1 = \(whole.height) rows on, that is all of \(input[0])×\(input[1])",
        help: [
          "leave it out\(rest == 0 ? "" : ", and \(rest) after it"), use `kernel: 1`, or give the network larger pictures"
        ],
        in: LintContext.Layer(record: layer, network: network))
    }
  }

  /// Whether each layer takes the one before, and none enlarges.
  private static func isChain(_ network: NetworkRecord) -> Bool {
    network.layers.enumerated().allSatisfy { index, layer in
      layer.sources == [index == 0 ? nil : index - 1]
        && !["transposed_conv", "upsample", "depth_to_space", "reshape"].contains(layer.kind)
    }
  }

  private static func isIdle(_ index: Int, in network: NetworkRecord, of size: Size2D) -> Bool {
    guard index > 0, network.layers[index].kind == "conv", let field = network.layers[index - 1].field.extent,
      field.height >= 2 * size.height - 1, field.width >= 2 * size.width - 1,
      let kernel = network.layers[index].arguments.size("kernel")
    else { return false }
    return kernel.area > 1
  }
}
