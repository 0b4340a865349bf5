import NNDiagnostics
import NNGraph
import NNSpec

extension Lint {
  static let unpairedSamples = Lint(
    DiagnosticCode("NNC0625", "unpaired-samples"), "a loss that compares samples which do not belong together",
    reason: """
      Where a network is given samples of one data source and compared with those of another, sample 5 should meet sample 5.
      It does where both have as many samples and hold the same ones out, by number: they are drawn in the same order then.
      Else each is drawn in an order of its own, and the network learns from pairs made at random. Augmentations are drawn
      for each source by itself, too; of two folders of pictures, `pairs` makes one source, joined by file name and
      augmented alike.
      """,
    found: [
      compared(
        "photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}", "images: data/photos, shape: [16, 16, 3]"),
      compared(
        "photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}",
        "images: data/photos, shape: [16, 16, 3], validation: 20%, augment: [{flip: horizontal}]"),
    ],
    passed: [
      compared(
        "photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}",
        "images: data/photos, shape: [16, 16, 3], validation: 20%")
    ]
  ) { context in
    guard context.trains else { return [] }
    return context.model.losses.compactMap { loss in
      guard loss.takesTarget, loss.judge?.adversarial == nil,
        let target = context.numbered(Model.source(ofInput: loss.targetName)), !target.isSingle
      else { return nil }
      let names = Set(context.graph.inputs(behind: [loss.prediction]).map(Model.source(ofInput:))).sorted()
      if names.contains(target.source.name) { return nil }
      let inputs = names.compactMap(context.numbered)
      guard let input = inputs.first, inputs.count == names.count, !inputs.contains(where: \.isSingle) else {
        return nil
      }
      let both = [input.source, target.source]
      let (first, second) = (input.source.name, target.source.name)
      guard let paired = inputs.first(where: { $0.numbering == target.numbering }) else {
        return LintFinding(
          "samples of `\(first)` are compared with any of `\(second)`", at: loss.nameSpan,
          context.spec.train?.shuffle == false
            ? "their numbers are not the same" : "which of them meet is drawn at random",
          labels: [input, target].map { Label($0.text, at: $0.source.nameSpan) },
          help: help(both) ?? [
            "sources with as many samples and the same `validation` are drawn in the same order"
          ])
      }
      guard let augmented = [paired.source, target.source].first(where: { !$0.augment.isEmpty }) else { return nil }
      return LintFinding(
        "samples of `\(paired.source.name)` and `\(second)` are augmented apart", at: loss.nameSpan,
        "it compares what no longer shows the same",
        labels: augmented.augment.prefix(1).map { Label("of `\(augmented.name)` alone", at: $0.span) },
        help: help([paired.source, target.source]) ?? ["leave out the augmentation"])
    }
  }

  /// How to join pictures; nil where not both sources are folders of pictures.
  private static func help(_ sources: [DataSource]) -> [String]? {
    let folders = sources.compactMap { if case .images(let path) = $0.origin { path.value } else { nil } }
    return folders.count == sources.count
      ? ["make one source of both, joined by file name: `pairs: {input: \(folders[0]), target: \(folders[1])}`"] : nil
  }

  private static func compared(_ photos: String, _ others: String) -> String {
    """
    nnc: 1
    data:
      \(photos)
      others: {\(others)}
    network: {input: others, layers: [conv: {filters: 3}]}
    loss: {mse: {target: photos}}
    train: {epochs: 1, batch_size: 4, optimizer: adam}

    """
  }
}

/// A source with the numbers of its samples.
private struct NumberedSource {
  var source: DataSource
  var numbering: [[Int]]

  /// Whether the same sample comes each time.
  var isSingle: Bool { numbering[0].count == 1 }

  /// How many samples it has.
  var text: String {
    let held = numbering[1].count
    return "\(numbering[0].count) samples to learn from, \(held == 0 ? "none" : "\(held)") held out"
  }
}

extension LintContext {
  /// The data source of a name, where its samples are known.
  fileprivate func numbered(_ name: String) -> NumberedSource? {
    guard let source = spec.data.first(where: { $0.name == name }), let numbering = facts[name]?.numbering else {
      return nil
    }
    return NumberedSource(source: source, numbering: numbering)
  }
}
