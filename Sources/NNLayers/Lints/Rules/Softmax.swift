import NNDiagnostics
import NNGraph
import NNTensor
import NNText

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Lint {
  static let squeezedSoftmax = Lint(
    DiagnosticCode("NNC0616", "squeezed-softmax"), "a softmax of values that another activation has bounded",
    reason: """
      softmax turns differences into probabilities: to give a class 99 %, its value must stand above the others by several
      units. Values that a softmax, sigmoid or tanh has bounded already cannot; the network can never be sure, and the loss
      cannot fall below the logarithm of the largest probability. Most often `softmax` stands twice, once as a key and once as
      a layer.
      """,
    found: [
      """
      nnc: 1
      network: {input: [16], layers: [dense: {units: 10, activation: softmax}, activation: softmax]}

      """, "nnc: 1\nnetwork: {input: [16], layers: [dense: {units: 10, activation: tanh}, activation: softmax]}\n",
    ],
    passed: [
      "nnc: 1\nnetwork: {input: [16], layers: [dense: {units: 10, activation: softmax}]}\n",
      """
      nnc: 1
      network: {input: [16], layers: [dense: {units: 16, activation: tanh}, dense: {units: 10, activation: softmax}]}

      """, "nnc: 1\nnetwork: {input: [16], layers: [dense: {units: 10, activation: relu}, activation: softmax]}\n",
    ]
  ) { context in
    context.softmaxes.compactMap { node, layer in
      let range = context.range(node.inputs[0])
      let classes = context.graph.shape(node.outputs[0]).last ?? 1
      guard range.isBounded, classes > 1 else { return nil }
      let largest = 1 / (1 + Double(classes - 1) * exp(range.low - range.high))
      guard largest < 0.99, let source = context.source(of: node.inputs[0]), let other = context.layer(of: source)
      else {
        return nil
      }
      return LintFinding(
        "this softmax can never be sure",
        at: context.span(of: layer.record.kind == "activation" ? "kind" : "activation", in: layer),
        "of \(classes) values of \(range.text), the largest becomes at most \(decimal(largest * 100, 1)) %",
        labels: [
          Label(
            "`\((source.operation as? Activate)?.activation ?? .none)` gives \(range.text)",
            at: context.span(of: other.record.kind == "activation" ? "kind" : "activation", in: other))
        ],
        help: ["remove the activation before it"], in: layer)
    }
  }

  static let constantSoftmax = Lint(
    DiagnosticCode("NNC0617", "constant-softmax"), "a softmax over a single channel",
    reason: """
      softmax divides each channel by the sum over all channels of a pixel. With one channel that is 1 whatever the network
      gives, and no gradient passes. For two classes in one channel, `sigmoid` is meant.
      """,
    found: [
      "nnc: 1\nnetwork: {input: [16], layers: [dense: {units: 1, activation: softmax}]}\n",
      "nnc: 1\nnetwork: {input: [8, 8, 3], layers: [output: {channels: 1}, activation: softmax]}\n",
    ],
    passed: [
      "nnc: 1\nnetwork: {input: [16], layers: [dense: {units: 1, activation: sigmoid}]}\n",
      "nnc: 1\nnetwork: {input: [16], layers: [dense: {units: 2, activation: softmax}]}\n",
    ]
  ) { context in
    context.softmaxes.compactMap { node, layer in
      guard context.graph.shape(node.outputs[0]).last == 1 else { return nil }
      let key = layer.record.kind == "activation" ? "kind" : "activation"
      let fix = layer.record.use.site == nil ? context.literal(key, of: layer) : nil
      return LintFinding(
        "this softmax always gives 1", at: context.span(of: key, in: layer), "exp(x) / exp(x): there is one channel",
        help: ["use `sigmoid`, or a channel per class"],
        fix: fix.map { Fix("write `sigmoid`", edits: [Fix.Edit($0.span, with: "sigmoid")]) }, in: layer)
    }
  }
}

extension LintContext {
  /// All softmaxes of layers.
  fileprivate var softmaxes: [(node: Node, layer: Layer)] {
    graph.nodes.compactMap { node in
      guard (node.operation as? Activate)?.activation == .softmax else { return nil }
      return layer(of: node).map { (node, $0) }
    }
  }
}
