import NNDiagnostics

extension Lint {
  static let noValidation = Lint(
    DiagnosticCode("NNC0402", "no-validation-split"), "training without samples held out for validation",
    reason: """
      Samples that a network was trained on tell how well it remembers, not how well it does on new ones. `validation: 10%`
      holds out a tenth by a hash of the files' names, `validation: {images: folder}` takes others; without either, the
      validation loss and the metrics are those of training samples.
      """,
    found: [
      """
      nnc: 1
      data: {photos: {images: data/photos, shape: [16, 16, 3]}}
      network: [conv: {filters: 3}]
      loss: mse
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """,
      """
      nnc: 1
      data: {photos: {images: data/photos, shape: [16, 16, 3]}}
      network: [conv: {filters: 3}]
      loss: mse
      metrics: [psnr]
      train: {epochs: 1, batch_size: 4, optimizer: adam}

      """,
    ], passed: [picture("range: [0, 1]", "output: {channels: 3}")]
  ) { context in
    let (spec, own) = (context.spec, context.spec.ownData)
    guard let train = spec.train, !own.isEmpty,
      own.allSatisfy({ (context.facts[$0.name]?.validationSamples ?? 0) == 0 })
    else { return [] }
    return [
      LintFinding(
        "nothing is held out for validation", at: spec.metrics.first?.span ?? train.keySpan,
        spec.metrics.isEmpty
          ? "the validation loss is taken from training samples" : "metrics are taken from training samples",
        help: [
          spec.data.contains { $0.validation != nil }
            ? "the share in `validation` is less than one sample: make it larger"
            : "add `validation: 10%` to the data source"
        ])
    ]
  }
}
