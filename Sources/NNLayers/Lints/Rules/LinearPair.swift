import NNDiagnostics
import NNGraph
import NNTensor

extension Lint {
  static let linearPair = Lint(
    DiagnosticCode("NNC0615", "linear-pair"), "two layers with weights in a row and no activation between them",
    reason: """
      Two linear maps in a row are one linear map: without an activation, the second layer adds weights and work, and no
      function that one layer could not have. Pairs that spare weights are left alone: those that reduce the channels between
      them, grouped and depthwise convolutions, and kernels of different forms such as 1×3 after 3×1.
      """,
    found: [
      """
      nnc: 1
      network: {input: [16, 16, 3], layers: [conv: {filters: 16}, conv: {filters: 16, activation: relu}]}

      """, "nnc: 1\nnetwork: {input: [16], layers: [dense: {units: 64}, dense: {units: 10, activation: softmax}]}\n",
    ],
    passed: [
      "nnc: 1\nnetwork: {input: [16, 16, 3], layers: [conv: {filters: 16, activation: relu}, conv: {filters: 16}]}\n",
      "nnc: 1\nnetwork: {input: [16, 16, 32], layers: [bottleneck: {filters: 8}, conv: {filters: 32}]}\n",
      """
      nnc: 1
      network: {input: [16, 16, 8], layers: [conv: {filters: 8, groups: 8}, conv: {filters: 16, kernel: 1}]}

      """,
      """
      nnc: 1
      network: {input: [16, 16, 8], layers: [conv: {filters: 8, kernel: [3, 1]}, conv: {filters: 8, kernel: [1, 3]}]}

      """,
      "nnc: 1\nnetwork: {input: [16], layers: [dense: {units: 4}, dense: {units: 10, activation: softmax}]}\n",
    ]
  ) { context in
    var seen: Set<String> = []
    return context.graph.nodes.compactMap { node in
      guard let layer = context.layer(of: node), let first = Linear(node, context.graph, isDense: layer.isDense),
        let next = follower(of: node, context), let other = context.layer(of: next),
        let second = Linear(next, context.graph, isDense: other.isDense), !first.spares(with: second),
        seen.insert(layer.record.path).inserted
      else { return nil }
      return LintFinding(
        "no activation between `\(layer.record.name)` and `\(other.record.name)`", at: layer.record.kindSpan,
        "\(first.given) -> \(second.given) -> \(second.result): together one linear map",
        labels: [Label("", at: other.record.kindSpan)],
        help: ["give `\(layer.record.name)` an activation, such as `activation: relu`, or make one layer of the two"],
        in: layer)
    }
  }

  /// What alone reads a layer's sums, its bias added, where nothing stands between.
  private static func follower(of node: Node, _ context: LintContext) -> Node? {
    var next = context.onlyReader(node.outputs[0])
    while let reader = next, reader.operation is BiasAdd || reader.operation is Reshape {
      next = context.onlyReader(reader.outputs[0])
    }
    return next
  }
}

extension LintContext.Layer {
  fileprivate var isDense: Bool { record.kind == "dense" }
}

/// A convolution, of either direction, as a linear map.
private struct Linear {
  /// What goes in, without the batch.
  var given: Shape
  /// What comes out, without the batch.
  var result: Shape
  var window: ConvolutionWindow

  init?(_ node: Node, _ graph: Graph, isDense: Bool) {
    guard let input = node.inputs.first.map({ graph.shape($0) }),
      let output = node.outputs.first.map({ graph.shape($0) })
    else { return nil }
    if let convolution = node.operation as? Convolution {
      window = convolution.window
    } else if let convolution = node.operation as? TransposedConvolution {
      window = convolution.window
    } else {
      return nil
    }
    // A dense layer is a convolution of one row of samples.
    given = Shape(Array(input.dimensions.dropFirst(isDense ? 3 : 1)))
    result = Shape(Array(output.dimensions.dropFirst(isDense ? 3 : 1)))
  }

  /// Whether having two in the place of one can be meant: it takes fewer weights, or passes fewer values.
  func spares(with next: Linear) -> Bool {
    if window.groups > 1 || next.window.groups > 1 { return true }
    if window.kernel.height != window.kernel.width || next.window.kernel.height != next.window.kernel.width {
      return true
    }
    return next.given.elementCount < min(given.elementCount, next.result.elementCount)
  }
}
