import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong with a loss, a metric, a reference or an expectation.
  static let losses: [DiagnosticPage] = [
    DiagnosticPage(
      .sizesDiffer, "the prediction and the target of a loss differ in shape",
      """
      A loss compares value by value. The notes follow the size back through the layers to those that changed it: mostly a
      transposed convolution whose `padding` is a number and which so loses a pixel each time, or one that is missing.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network:
          - conv: {filters: 8, stride: 2, activation: relu}
          - transposed_conv: {filters: 8, kernel: 4, stride: 2, padding: 2, activation: relu}
          - output: {channels: 3}
        loss: mse
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("padding: 2", "padding: 1")]),
    DiagnosticPage(
      .unknownReference, "a name refers to nothing",
      """
      An input, a prediction, a target or an expectation names a data source (`photos`, `photos.target`), a network (`encoder`)
      or a layer of one (`encoder.code`), of this file or as `alias.name` of an included one.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network: {input: fotos, layers: [output: {channels: 3}]}
        """,
      repair: [("fotos", "photos")]),
    DiagnosticPage(
      .noSource, "a loss does not say what it compares with",
      """
      With one data source its target is meant. With none there is nothing to learn from, and with several the loss names one:
      `mse: {prediction: model, target: photos}`.
      """,
      example: """
        nnc: 1
        data:
          photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}
          others: {images: data/photos, shape: [8, 8, 3], validation: 10%}
        network: {input: photos, layers: [output: {channels: 3}]}
        loss: mse
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("loss: mse", "loss: {mse: {prediction: model, target: others}}")]),
    DiagnosticPage(
      .needsLabels, "a loss of labels is given values, or the other way round",
      """
      `cross_entropy` compares with class labels, such as `digits.label`. `mse`, `mae` and their kin compare values, and the
      number of a class is none: class 8 is not twice class 4.
      """,
      example: """
        nnc: 1
        data:
          digits:
            idx: {images: data/digits/images.idx3-ubyte, labels: data/digits/labels.idx1-ubyte}
            validation: 20%
        network: {input: digits.image, layers: [dense: {units: 10, activation: softmax}]}
        loss: mse
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("loss: mse", "loss: cross_entropy")]),
    DiagnosticPage(
      .tooFewClasses, "the network has fewer outputs than there are classes",
      """
      For `cross_entropy` the network gives one value for each class; a label beyond the last would compare with nothing.
      """,
      example: """
        nnc: 1
        data:
          digits:
            idx: {images: data/digits/images.idx3-ubyte, labels: data/digits/labels.idx1-ubyte}
            validation: 20%
        network: {input: digits.image, layers: [dense: {units: 9, activation: softmax}]}
        loss: cross_entropy
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("units: 9", "units: 10")]),
    DiagnosticPage(
      .needsProbabilities, "a loss of probabilities is given other values",
      """
      `binary_cross_entropy` needs values between 0 and 1, so the network ends in `sigmoid`; `cross_entropy` needs `softmax`.
      The two are computed together, from the values before, so that nothing is lost to rounding.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: binary_cross_entropy
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("channels: 3", "channels: 3, activation: sigmoid")]),
    DiagnosticPage(
      .metricDoesNotApply, "a metric does not apply to what the network gives",
      """
      `accuracy` counts right classes, so it needs `cross_entropy`; `psnr` and `ssim` compare images.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: mse
        metrics: [accuracy]
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("[accuracy]", "[psnr]")]),
    DiagnosticPage(
      .nothingToTrain, "there is nothing to train",
      """
      Training needs a loss, and a network with weights that are not frozen and that the loss depends on.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network: [output: {channels: 3}]
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("\ntrain", "\nloss: mse\ntrain")]),
    DiagnosticPage(
      .expectationFailed, "an expectation of the spec does not hold",
      """
      `expect` states what the spec's author relies on: output shapes, parameters, FLOPs. `check` proves it or says what is so
      instead. Change the network, or the expectation.
      """,
      example: """
        nnc: 1
        network: {input: [8, 8, 3], layers: [conv: {filters: 16}]}
        expect: {parameters: <= 400}
        """,
      repair: [("<= 400", "<= 500")]),
    DiagnosticPage(
      .labelsAsInput, "class labels are taken as input",
      """
      A network takes what is known when it runs: the picture. The label is what it learns to say.
      """,
      example: """
        nnc: 1
        data:
          digits:
            idx: {images: data/digits/images.idx3-ubyte, labels: data/digits/labels.idx1-ubyte}
            validation: 20%
        network: {input: digits.label, layers: [dense: {units: 10, activation: softmax}]}
        loss: cross_entropy
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("digits.label", "digits.image")]),
    DiagnosticPage(
      .lossNeedsImage, "a loss of images is given something else, or too small an image",
      """
      `ssim` and `total_variation` compare pixels with their neighbours. `ssim` looks through windows of `window` × `window`
      pixels, 11 where nothing is said, and needs an image at least as large.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: ssim
        train: {epochs: 1, batch_size: 4, optimizer: adam}
        """,
      repair: [("loss: ssim", "loss: {ssim: {window: 7}}")]),
  ]
}
