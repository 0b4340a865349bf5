import NNDiagnostics
import NNGraph
import NNSpec
import NNTensor

extension Lint {
  static let outputRange = Lint(
    DiagnosticCode("NNC0603", "output-range"), "an output that cannot reach all values of what it is compared with",
    reason: """
      The last activation bounds what a network can give: sigmoid 0 to 1, tanh -1 to 1, relu nothing below 0. Where the
      target's values, from `range`, `mean` and `std` of the data, lie outside, the network can never get there; dark or
      light parts of every picture stay wrong, and gradients there are small or zero.
      """,
    found: [
      picture("range: [-1, 1]", "output: {channels: 3, activation: sigmoid}"),
      picture("mean: [0.5], std: [0.25]", "output: {channels: 3, activation: relu}"),
      picture("range: [0, 1]", "output: {channels: 3, activation: relu}, activation: sigmoid"),
    ],
    passed: [
      picture("range: [-1, 1]", "output: {channels: 3, activation: tanh}"),
      picture("range: [0, 1]", "output: {channels: 3, activation: sigmoid}"),
      picture("range: [0, 255]", "output: {channels: 3, activation: relu}"),
      picture("mean: [0.5], std: [0.25]", "output: {channels: 3}"),
    ]
  ) { context in
    context.comparisons.compactMap { comparison in
      guard !comparison.given.contains(comparison.wanted) else { return nil }
      return unreachable(comparison, context)
    }
  }

  /// A spec that trains on pictures with these keys, with these layers.
  static func picture(
    _ data: String, _ layers: String, loss: String = "mse", batch: Int = 4, optimizer: String = "adam"
  ) -> String {
    """
    nnc: 1
    data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 20%, \(data)}}
    network: [conv: {filters: 8, activation: relu}, \(layers)]
    loss: \(loss)
    train: {epochs: 1, batch_size: \(batch), optimizer: \(optimizer)}

    """
  }

  private static func unreachable(_ comparison: LintContext.Comparison, _ context: LintContext) -> LintFinding {
    let (given, wanted, layer) = (comparison.given, comparison.wanted, comparison.layer)
    let operand = context.range(comparison.activation.inputs[0])
    var label = "`\(comparison.function)` gives \(given.text)"
    var help: [String] = []
    var fix: Fix?
    if operand != .any {
      label += ", since what it is given is \(operand.text)"
      help.append("remove the activation before it")
    } else if let better = replacement(for: wanted), !comparison.needsProbabilities {
      help.append(better == "none" ? "give the last layer no activation" : "use `\(better)`")
      let key = layer.record.kind == "activation" ? "kind" : "activation"
      if let written = context.literal(key, of: layer), layer.record.use.site == nil {
        fix = Fix("write `\(better)`", edits: [Fix.Edit(written.span, with: better)])
      }
    }
    if operand == .any, given.isBounded {
      help.append("or bring the data to the output: `range: [\(given.low.short), \(given.high.short)]`")
    }
    return LintFinding(
      "this output cannot reach what it is compared with", at: comparison.span, label,
      labels: context.dataLabels(comparison.source, "its pictures are \(wanted.text)"), help: help, fix: fix, in: layer)
  }

  /// The activation that gives just these values, of those that bound.
  private static func replacement(for wanted: ValueRange) -> String? {
    if ValueRange(low: 0, high: 1).contains(wanted) { return "sigmoid" }
    if ValueRange(low: -1, high: 1).contains(wanted) { return "tanh" }
    return "none"
  }
}

extension LintContext {
  /// A loss that compares an activation's values with pictures.
  struct Comparison {
    /// What the prediction can be.
    var given: ValueRange
    /// What the pictures can be.
    var wanted: ValueRange
    /// The last activation.
    var activation: NNGraph.Node
    /// Its name.
    var function: Activation
    /// Its layer.
    var layer: Layer
    /// Its place.
    var span: Span
    /// The data source that the pictures come from.
    var source: DataSource
    /// Whether the loss takes nothing but probabilities.
    var needsProbabilities: Bool
  }

  /// All of them, each pair of activation and pictures once.
  var comparisons: [Comparison] {
    var seen: Set<[String]> = []
    return model.losses.compactMap { loss in
      let kind = comparison(of: loss)
      guard kind != nil || loss.judge != nil, kind?.takesTarget ?? true, !loss.comparesLabels,
        let target = graph.leaf(.input(loss.targetName)), range(target).isBounded,
        let activation = source(of: loss.prediction), let function = (activation.operation as? Activate)?.activation,
        let layer = layer(of: activation), seen.insert([layer.record.path, loss.targetName]).inserted,
        let source = spec.data.first(where: { $0.name == loss.targetSource })
      else { return nil }
      let key = layer.record.kind == "activation" ? "kind" : "activation"
      return Comparison(
        given: range(loss.prediction), wanted: range(target), activation: activation, function: function, layer: layer,
        span: span(of: key, in: layer), source: source, needsProbabilities: kind == .binaryCrossEntropy)
    }
  }

  /// How a loss compares prediction and target itself; nil where a network judges them.
  func comparison(of loss: LossRecord) -> LossKind? {
    guard loss.judge == nil, let value = loss.parts.first?.value else { return nil }
    return (graph.producer(of: value)?.operation as? Loss)?.kind
  }

  /// A label at what gives a data source its range.
  func dataLabels(_ source: DataSource, _ text: String) -> [Label] {
    [Label(text, at: source.scale.span ?? source.nameSpan)]
  }
}
