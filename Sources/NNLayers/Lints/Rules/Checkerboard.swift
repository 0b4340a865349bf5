import NNDiagnostics
import NNGraph
import NNTensor

extension Lint {
  static let checkerboard = Lint(
    DiagnosticCode("NNC0601", "checkerboard"), "a transposed convolution whose kernel overlaps itself unevenly",
    reason: """
      A transposed convolution adds a kernel to its output at every stride. Where the stride does not divide the kernel,
      some pixels get more of these contributions than their neighbours, in a pattern that repeats with the stride: a
      checkerboard that the weights have to learn to cancel, and often do not quite. A kernel that is a multiple of the
      stride overlaps evenly; so does `upsample` followed by `conv`. See Odena, Dumoulin and Olah, "Deconvolution and
      Checkerboard Artifacts", Distill, 2016.
      """,
    found: [
      "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [transposed_conv: {filters: 4, kernel: 3, stride: 2}]}\n",
      """
      nnc: 1
      network:
        input: [8, 8, 4]
        layers:
          - transposed_conv: {filters: 4, kernel: [4, 5], stride: [2, 3], padding: 0}

      """,
    ],
    passed: [
      "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [transposed_conv: {filters: 4, kernel: 4, stride: 2}]}\n",
      "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [transposed_conv: {filters: 4, kernel: 3}]}\n",
      "nnc: 1\nnetwork: {input: [8, 8, 4], layers: [transposed_conv: {filters: 4, kernel: [4, 3], stride: [2, 3]}]}\n",
    ]
  ) { context in
    context.graph.nodes.compactMap { node in
      guard let operation = node.operation as? TransposedConvolution, let layer = context.layer(of: node) else {
        return nil
      }
      return unevenness(operation.window, layer, context)
    }
  }

  private static func unevenness(
    _ window: ConvolutionWindow, _ layer: LintContext.Layer, _ context: LintContext
  ) -> LintFinding? {
    let sides =
      [(window.kernel.height, window.stride.height, window.dilation.height)]
      + [(window.kernel.width, window.stride.width, window.dilation.width)]
    guard
      let (kernel, stride, counts) = sides.lazy.compactMap({ side -> (Int, Int, [Int])? in
        let counts = contributions(kernel: side.0, stride: side.1, dilation: side.2)
        return counts.count > 1 ? (side.0, side.1, counts) : nil
      }).first
    else { return nil }
    let multiple = (kernel + stride - 1) / stride * stride
    var help = ["a kernel that is a multiple of the stride overlaps evenly: `kernel: \(multiple)`"]
    help.append("or enlarge with `upsample`, and follow it by a `conv` of stride 1")
    return LintFinding(
      "the kernel of this transposed convolution overlaps itself unevenly", at: context.span(of: "kernel", in: layer),
      "\(kernel) is no multiple of the stride \(stride): along a line, pixels sum \(counts.map(String.init).joined(separator: " or ")) taps",
      labels: [Label("", at: layer.record.kindSpan)], help: help, fix: fix(multiple, window, layer, context), in: layer)
  }

  /// The different numbers of taps that pixels along one direction sum, away from the borders.
  private static func contributions(kernel: Int, stride: Int, dilation: Int) -> [Int] {
    guard stride > 1 else { return [kernel] }
    var counts: [Int: Int] = [:]
    for tap in 0..<kernel { counts[tap * dilation % stride, default: 0] += 1 }
    return Set(counts.values).union(counts.count < stride ? [0] : []).sorted()
  }

  /// With `padding: same` the size stays whatever the kernel.
  private static func fix(
    _ multiple: Int, _ window: ConvolutionWindow, _ layer: LintContext.Layer, _ context: LintContext
  ) -> Fix? {
    guard window.kernel.height == window.kernel.width, window.stride.height == window.stride.width,
      window.dilation == Size2D(1, 1), layer.network.weights == nil,
      layer.record.arguments.word("padding") == "same", let written = context.literal("kernel", of: layer),
      context.literal("stride", of: layer) != nil
    else { return nil }
    return Fix("write `kernel: \(multiple)`", edits: [Fix.Edit(written.span, with: "\(multiple)")])
  }
}
