import NNDiagnostics
import NNGraph
import NNTensor

extension Lint {
  static let deadTaps = Lint(
    DiagnosticCode("NNC0612", "dead-taps"), "a kernel of which some weights only ever multiply padding",
    reason: """
      With zeros around it, a convolution takes a picture smaller than its kernel. Rows or columns of the kernel that lie
      outside the picture at every place then multiply zeros and nothing else: they are stored, multiplied and never
      trained. That happens where a network shrinks its pictures to very few pixels, or dilates a kernel across them.
      """,
    found: [
      """
      nnc: 1
      network: {input: [4, 4, 8], layers: [max_pool, max_pool, conv: {filters: 8, kernel: 3, activation: relu}]}

      """, "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [conv: {filters: 8, dilation: 8}]}\n",
    ],
    passed: [
      "nnc: 1\nnetwork: {input: [2, 2, 8], layers: [conv: {filters: 8, kernel: 3}]}\n",
      "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [conv: {filters: 8, dilation: 7}]}\n",
      "nnc: 1\nnetwork: {input: [1, 1, 8], layers: [conv: {filters: 8, kernel: 1}]}\n",
    ]
  ) { context in
    context.graph.nodes.compactMap { node in
      guard let operation = node.operation as? Convolution, let layer = context.layer(of: node),
        layer.record.kind != "dense"
      else { return nil }
      let (window, size) = (operation.window, context.graph.shape(node.inputs[0]))
      let rows = live(
        size[1], operation.outputSize.height, window.kernel.height, window.stride.height, window.dilation.height,
        window.padding.height)
      let columns = live(
        size[2], operation.outputSize.width, window.kernel.width, window.stride.width, window.dilation.width,
        window.padding.width)
      guard rows < window.kernel.height || columns < window.kernel.width else { return nil }
      let reach = window.dilation == Size2D(1, 1) ? "" : " with dilation \(window.dilation)"
      return LintFinding(
        "\(window.kernel.area - rows * columns) of the kernel's \(window.kernel.area) weights never meet the picture",
        at: context.span(of: window.dilation == Size2D(1, 1) ? "kernel" : "dilation", in: layer),
        "of \(window.kernel.height)×\(window.kernel.width) taps\(reach) on \(size[1])×\(size[2]) pixels, \(rows)×\(columns) ever lie inside",
        labels: [Label("", at: layer.record.kindSpan)],
        help: [
          "use \(size[1] == 1 && size[2] == 1 ? "`kernel: 1`" : "a smaller kernel or dilation"), or shrink the picture less before"
        ],
        in: layer)
    }
  }

  /// How many taps along one direction lie inside at some place of the output.
  private static func live(
    _ size: Int, _ output: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int
  ) -> Int {
    (0..<kernel).count { tap in
      // The first place at which the tap is not left of the picture must exist, and not be right of it.
      let offset = tap * dilation - padding
      let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
      return first < output && first * stride + offset < size
    }
  }
}
