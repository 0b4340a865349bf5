import NNDiagnostics

extension DiagnosticPages {
  /// The pages of what can be wrong with the sections of a spec.
  static let sections: [DiagnosticPage] = [
    DiagnosticPage(
      .rootNotAMapping, "a spec is not a mapping",
      """
      At its top a spec has keys with values: `nnc: 1`, `network: …`. A list or a bare text is none, however good its layers.
      """,
      example: "- conv: {filters: 8}\n- flatten",
      repair: [
        ("- conv", "nnc: 1\nnetwork:\n  input: [8, 8, 3]\n  layers:\n    - conv"), ("\n- flatten", "\n    - flatten"),
      ]),
    DiagnosticPage(
      .versionNotFirst, "the version does not come first",
      """
      `nnc: 1` says how to read all that follows, so it stands before it.
      """,
      example: "name: small\nnnc: 1\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 8}]}",
      repair: [("name: small\nnnc: 1", "nnc: 1\nname: small")]),
    DiagnosticPage(
      .wrongVersion, "a spec is in another version of the language",
      """
      This nnc reads version 1. A later version may mean something else by the same keys, so nothing is guessed.
      """,
      example: "nnc: 2\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: 8}]}",
      repair: [("nnc: 2", "nnc: 1")]),
    DiagnosticPage(
      .noNetwork, "a spec has no network",
      """
      A spec has `network:` with a list of layers, or `networks:` with several by name. Only a file that others include may
      do without.
      """,
      example: "nnc: 1\nvars: {width: 8}",
      repair: [("8}", "8}\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: $width}]}")]),
    DiagnosticPage(
      .bothForms, "two keys exclude each other",
      """
      `network` is short for `networks` with one of them, named `model`; `loss` is short for `losses`; `like` takes the layers
      of another network, `layers` has its own. Of each two only one can stand.
      """,
      example: """
        nnc: 1
        network: {input: [8, 8, 3], layers: [conv: {filters: 8}]}
        networks:
          other: {input: [8, 8, 3], layers: [conv: {filters: 4}]}
        """,
      repair: [("network: {input: [8, 8, 3], layers: [conv: {filters: 8}]}\n", "")]),
    DiagnosticPage(
      .badName, "a name has signs that names cannot have",
      """
      Names of layers, networks, data sources and variables have letters, digits, `_` and for some of them `-`, and do not
      begin with a digit: they stand in expressions, in paths such as `encoder.code`, and in the names of weights. Points
      stand between such names.
      """,
      example: "nnc: 1\nnetworks: {2nd: {input: [8, 8, 3], layers: [conv: {filters: 8}]}}",
      repair: [("2nd", "second")]),
    DiagnosticPage(
      .noSource, "a data source does not say where its samples come from",
      """
      A source has one origin, for instance `images: folder` or `npy: file.npy`. `nnc layers --format markdown` describes them
      all.
      """,
      example: """
        nnc: 1
        data: {photos: {shape: [8, 8, 3]}}
        network: {input: [8, 8, 3], layers: [conv: {filters: 8}]}
        """,
      repair: [("{shape", "{images: data/photos, shape")]),
    DiagnosticPage(
      .severalSources, "a data source has two origins",
      """
      One source takes its samples from one place. For pictures of several folders give a `.txt` list, or a folder above them;
      for different data give each a name of its own.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, npy: photos.npy, shape: [8, 8, 3]}}
        network: [conv: {filters: 8}]
        """,
      repair: [("npy: photos.npy, ", "")]),
    DiagnosticPage(
      .noShape, "a source of pictures has no shape",
      """
      Pictures in a folder have many sizes, and a network is checked for one. Each picture is resized and cropped to `shape`,
      `[height, width, channels]`.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos}}
        network: [conv: {filters: 8}]
        """,
      repair: [("data/photos", "data/photos, shape: [8, 8, 3]")]),
    DiagnosticPage(
      .validationKeys, "validation is not given as the data source is",
      """
      `validation` is a share such as `10%`, or names samples in the way that the source names those to train on: `{images:
      folder}` for `images`, `classes`, `npy` and `synthetic`, `{images: file, labels: file}` for `idx`, and `{input: folder,
      target: folder}` for `pairs`. CIFAR-10 comes with a file to validate on.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: {input: data/photos}}}
        network: [output: {channels: 3}]
        """,
      repair: [("validation: {input: data/photos}", "validation: 10%")]),
    DiagnosticPage(
      .emptyRange, "a range goes backwards, or has no extent",
      """
      A range is `[smaller, larger]`. `[1, 0]` would turn pictures into their negatives, and `[0, 0]` would make them black.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], range: [1, -1]}}
        network: [conv: {filters: 8}]
        """,
      repair: [("[1, -1]", "[-1, 1]")]),
    DiagnosticPage(
      .inputNeeded, "a network does not say what goes in",
      """
      Where there is one data source it is the input. Where there are several, or none, the network says `input:` beside
      `layers:`: the name of a source, of a network or of a layer of one, or a shape.
      """,
      example: """
        nnc: 1
        network:
          - conv: {filters: 8}
        """,
      repair: [("\n  - conv: {filters: 8}", " {input: [8, 8, 3], layers: [conv: {filters: 8}]}")]),
    DiagnosticPage(
      .noLayers, "a list of layers is empty",
      """
      A network, a block or a `repeat` without layers does nothing, which nobody writes on purpose.
      """,
      example: "nnc: 1\nnetwork: {input: [8, 8, 3], layers: []}",
      repair: [("[]", "[conv: {filters: 8}]")]),
    DiagnosticPage(
      .duplicateName, "two things have the same name",
      """
      Layers are referred to by name and their weights are stored under it, so each has its own. Unnamed layers are called
      `conv_1`, `conv_2`, … in their order, and a name of yours must not meet one of those. A name with points lies inside
      what stands before the point: beside `down1` no layer can be called `down1.end`. A list of names, such as a phase's
      `losses`, names each once.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          layers:
            - conv: {name: head, filters: 8, activation: relu}
            - conv: {name: head, filters: 4}
        """,
      repair: [("head, filters: 4", "tail, filters: 4")]),
    DiagnosticPage(
      .trainingLength, "`train` says nothing of its length, or says it twice",
      """
      Training lasts `epochs`, rounds through the samples, or `steps`, updates of the weights. One of them is needed, and both
      together would contradict each other.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: mse
        train: {epochs: 2, steps: 100, batch_size: 4, optimizer: adam}
        """,
      repair: [("epochs: 2, ", "")]),
    DiagnosticPage(
      .emptyPhase, "a phase ends before it begins",
      """
      `start` counts the steps before a phase, `end` is the last step that it takes part in. Between them there must be one.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: mse
        train:
          steps: 100
          batch_size: 4
          optimizer: adam
          phases: [{name: all, update: [model], losses: [loss], start: 50 steps, end: 20 steps}]
        """,
      repair: [("end: 20 steps", "end: 80 steps")]),
    DiagnosticPage(
      .unreportedMetric, "what is to improve is not reported",
      """
      `early_stop` follows a number that every evaluation reports: `validation.loss`, the weighted total of the losses, or
      `validation.` and one of the spec's `metrics`. What is not computed cannot improve, so training would never stop early.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [16, 16, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: mse
        metrics: [psnr]
        train:
          steps: 100
          batch_size: 4
          optimizer: adam
          early_stop: {metric: validation.ssim, patience: 3}
        """,
      repair: [("[psnr]", "[psnr, ssim]")]),
    DiagnosticPage(
      .nesterovWithoutMomentum, "Nesterov's step is asked for without momentum",
      """
      `nesterov` changes how the momentum is applied. With a momentum of 0 it does nothing.
      """,
      example: """
        nnc: 1
        data: {photos: {images: data/photos, shape: [8, 8, 3], validation: 10%}}
        network: [output: {channels: 3}]
        loss: mse
        train: {epochs: 2, batch_size: 4, optimizer: {sgd: {learning_rate: 0.1, nesterov: true}}}
        """,
      repair: [("nesterov: true", "momentum: 0.9, nesterov: true")]),
    DiagnosticPage(
      .checksumWithoutWeights, "a checksum of no file",
      """
      `sha256` is the checksum that the file of `weights` must have. Without `weights` there is nothing that it could be of.
      """,
      example: """
        nnc: 1
        network:
          input: [8, 8, 3]
          sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
          layers: [conv: {filters: 8}]
        """,
      repair: [("  sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n", "")]),
    DiagnosticPage(
      .badOverride, "`--set` leads nowhere, or has no value",
      """
      `--set PATH=VALUE` replaces a value of the spec for one run. The path names keys from the top, with points between;
      what it sets must be there, or be a key that may stand there.
      """,
      example: SpecExample(
        "nnc: 1\nvars: {width: 8}\nnetwork: {input: [8, 8, 3], layers: [conv: {filters: $width}]}",
        overrides: ["vars.widht=16"]),
      repair: [("widht", "width")]),
  ]
}
