import NNDiagnostics
import NNSpec

extension Lint {
  static let epochOfAnother = Lint(
    DiagnosticCode("NNC0623", "epoch-of-another-source"), "a number of samples that no epoch has",
    reason: """
      Where several data sources take part in training, the one that the first loss compares with says how many samples an
      epoch has; the others are drawn as often, beginning anew where they are fewer. Their `samples_per_epoch` has no
      effect.
      """,
    found: [
      """
      nnc: 1
      data:
        photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}
        others: {images: data/photos, shape: [16, 16, 3], validation: 20%, samples_per_epoch: 100}
      network: {input: others, layers: [conv: {filters: 3}]}
      loss: {mse: {target: photos}}
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """,
      """
      nnc: 1
      data:
        photos: {images: data/photos, shape: [16, 16, 3], validation: 20%}
        digits: {idx: {images: data/digits/images.idx3-ubyte}, samples_per_epoch: 100}
      networks:
        encoder: {input: photos, layers: [conv: {filters: 3}]}
        reader: {input: digits, layers: [conv: {filters: 1}]}
      losses:
        photos: {mse: {prediction: encoder, target: photos}}
        digits: {mse: {prediction: reader, target: digits}}
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """,
    ],
    passed: [
      """
      nnc: 1
      data:
        photos: {images: data/photos, shape: [16, 16, 3], validation: 20%, samples_per_epoch: 100}
        others: {synthetic: shapes, shape: [16, 16, 3], samples_per_epoch: 100}
      networks:
        encoder: {input: photos, layers: [conv: {filters: 3}]}
        reader: {input: others, layers: [conv: {filters: 3}]}
      losses:
        photos: {mse: {prediction: encoder, target: photos}}
        others: {mse: {prediction: reader, target: others}}
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """
    ]
  ) { context in
    guard context.trains, let leading = context.model.leadingSource else { return [] }
    let followers = Set(context.model.sources).subtracting([leading])
    return context.spec.data.compactMap { source in
      guard followers.contains(source.name), let samples = source.samplesPerEpoch else { return nil }
      // For drawn pictures it is how many there are.
      if case .synthetic = source.origin { return nil }
      return LintFinding(
        "`samples_per_epoch` of `\(source.name)` has no effect", at: samples.span,
        "an epoch is one of `\(leading)`, which the first loss compares with",
        help: ["write it at `\(leading)`, or remove it"])
    }
  }
}
