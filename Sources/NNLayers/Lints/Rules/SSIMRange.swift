import NNDiagnostics
import NNGraph

extension Lint {
  static let ssimRange = Lint(
    DiagnosticCode("NNC0618", "ssim-range"), "the loss ssim of pictures whose values do not span 1",
    reason: """
      The structural similarity has two constants, (0.01 L)² and (0.03 L)², L the span of the values (Wang and others, 2004).
      The loss takes L = 1. Of pictures that span more, the constants are too small, and nearly flat parts count as
      dissimilar; of pictures that span less, contrasts are lost in them.
      """,
    found: [
      picture("range: [-1, 1]", "output: {channels: 3, activation: tanh}", loss: "ssim"),
      picture("range: [0, 255]", "output: {channels: 3}", loss: "ssim"),
    ],
    passed: [
      picture("range: [0, 1]", "output: {channels: 3, activation: sigmoid}", loss: "ssim"),
      picture("range: [-0.5, 0.5]", "output: {channels: 3}", loss: "ssim"),
    ]
  ) { context in
    context.model.losses.compactMap { loss in
      guard case .ssim? = context.comparison(of: loss),
        let target = context.graph.leaf(.input(loss.targetName)),
        let use = context.spec.losses.first(where: { $0.name == loss.name }),
        let source = context.spec.data.first(where: { $0.name == loss.targetSource })
      else { return nil }
      let range = context.range(target)
      guard range.isBounded, abs(range.high - range.low - 1) > 0.01 else { return nil }
      return LintFinding(
        "`ssim` is of values that span 1", at: use.item.kindSpan,
        "these span \(range.high.short) - \(range.low.parenthesized) = \((range.high - range.low).short)",
        labels: context.dataLabels(source, "\(range.text)"), help: ["use `range: [0, 1]` in the data"])
    }
  }
}

extension Double {
  /// In brackets where it is negative.
  fileprivate var parenthesized: String { self < 0 ? "(\(short))" : short }
}
