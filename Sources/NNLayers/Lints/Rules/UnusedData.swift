import NNDiagnostics
import NNGraph

extension Lint {
  static let unusedData = Lint(
    DiagnosticCode("NNC0607", "unused-data"), "a data source that no network takes and no loss compares with",
    reason: """
      Samples are drawn from the sources that networks take as input and losses compare with. A source that is neither is
      opened and checked, but never trained on; most often an `input` or a `target` names the other source.
      """,
    found: [
      """
      nnc: 1
      data:
        photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}
        small: {images: data/photos, shape: [8, 8, 3]}
      network: {input: photos, layers: [conv: {filters: 3}]}
      loss: {mse: {target: photos}}
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """,
      """
      nnc: 1
      data:
        noisy: {images: data/photos, shape: [16, 16, 3], degrade: [{noise: 0.1}]}
        clean: {images: data/photos, shape: [16, 16, 3], validation: 20%}
      network: {input: clean, layers: [conv: {filters: 3}]}
      loss: {mse: {target: clean}}
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """,
    ],
    passed: [
      """
      nnc: 1
      data:
        photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}
        others: {images: data/photos, shape: [16, 16, 3], validation: 20%}
      network: {input: photos, layers: [conv: {filters: 3}]}
      loss: {mse: {target: others}}
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """
    ]
  ) { context in
    guard context.trains else { return [] }
    let inputs = context.graph.values.compactMap { if case .input(let name) = $0.origin { name } else { nil } }
    let used = Set(inputs + context.model.losses.map(\.targetName) + context.model.networks.flatMap(\.dataInputs))
    return context.spec.ownData.compactMap { source in
      guard !used.contains(where: { $0.hasPrefix("\(source.name).") }) else { return nil }
      return LintFinding(
        "nothing uses the data source `\(source.name)`", at: source.nameSpan,
        "no network takes it as input, no loss as target",
        help: ["name it in `input` or `target`, or remove it"])
    }
  }
}
