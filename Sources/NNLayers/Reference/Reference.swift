import NNSpec
import NNText

/// The reference of the language, made from the registries that the parser reads by.
public enum Reference {
  /// The JSON Schema (draft-07) of a spec.
  public static var schema: JSON {
    SpecSchema(layers: LayerRegistry.family, losses: LossRegistry.family, lints: LintRegistry.names).json
  }

  /// Layers with what every layer takes.
  public static let layers = ReferenceSection.kinds(
    "Layers",
    "One key, its kind, with a mapping of the kind's keys; or the bare word where no key is required. "
      + "Every layer also takes the keys of the first table.", LayerRegistry.family,
    facts: { name in
      guard let kind = LayerRegistry.kind(name) else { return [] }
      return [("output", kind.shapeRule), ("formula", kind.formula)]
    }, example: { kind in LayerRegistry.kind(kind.name)?.example ?? ExampleMaker.example(of: kind) })

  static let activations = ReferenceSection.kinds(
    "Activations", "The key `activation` of a layer; also the layer `activation`.", Key.activationFamily,
    example: ExampleMaker.example)

  static let losses = ReferenceSection.kinds(
    "Losses", "`loss:` holds one, `losses:` several by name. Beside the kind stands `weight`.", LossRegistry.family,
    facts: { name in LossRegistry.definition(name).map { [("formula", $0.formula)] } ?? [] },
    example: { kind in LossRegistry.definition(kind.name)?.example ?? ExampleMaker.example(of: kind) })

  static let optimizers = ReferenceSection.kinds(
    "Optimizers", "The key `optimizer` of `train`.", TrainKeys.optimizers, example: ExampleMaker.example)

  static let normalizations = ReferenceSection.kinds(
    "Normalisations", "The key `normalization` of a convolution.", Key.normalizationFamily,
    example: ExampleMaker.example)

  static let schedules = ReferenceSection.kinds(
    "Schedules",
    "Where a key takes a schedule, such as `learning_rate: {cosine: {from: 1e-3, to: 1e-5}}`; its numbers keep to the "
      + "limits of that key. Every schedule also takes the keys of the first table.", ScheduleKeys.family(.any),
    facts: { name in scheduleTexts[name].map { [("formula", $0.formula)] } ?? [] },
    example: { kind in scheduleTexts[kind.name]?.example ?? ExampleMaker.example(of: kind) })

  private static let scheduleTexts: [String: (formula: String, example: String)] = [
    "constant": ("value", "constant: {value: 1e-3}"),
    "linear": (
      "from + (to − from) · p; p rises from 0, after the warm-up, to 1, at the end", "linear: {from: 1e-3, to: 1e-5}"
    ),
    "cosine": ("to + (from − to) · (1 + cos(π p)) / 2, p as for `linear`", "cosine: {from: 1e-3, to: 1e-5}"),
    "step": (
      "from · factor ^ ((k − 1) // every) at the schedule's update k, the warm-up counted with them",
      "step: {from: 1e-3, factor: 0.5, every: 10 epochs}"
    ),
    "exponential": (
      "from · factor ^ (k / every), k updates after the warm-up",
      "exponential: {from: 1e-3, factor: 0.9, every: 1 epochs}"
    ),
  ]

  static let augmentations = ReferenceSection.kinds(
    "Augmentations", "The list `augment` of a data source.", DataKeys.augmentations, example: ExampleMaker.example)

  static let degradations = ReferenceSection.kinds(
    "Degradations", "The list `degrade` of a data source: it then gives `input`, degraded, and `target`.",
    DataKeys.degradations, example: ExampleMaker.example)

  static let lints = ReferenceSection(
    title: "Warnings",
    introduction: "What is right in form but hardly meant; looked for where there are no errors. "
      + "`allow: [name]` in a layer, a block or its use, a `repeat`, a network, a loss, a data source, a phase, `train` or at top "
      + "level accepts a warning for everything inside; at top level also for what is included. "
      + "An `allow` that accepts nothing gives a note.",
    entries: LintRegistry.all.map { lint in
      ReferenceSection.Entry(
        name: lint.name, doc: lint.summary.sentence,
        facts: [("code", "`\(lint.code.code)`, a \(lint.severity.rawValue)"), ("reason", lint.reason.joinedLines)],
        keys: [],
        example: "", spec: lint.examples.found.first ?? "")
    })

  /// All of it, in the order of the page.
  public static let sections: [ReferenceSection] = [
    .table(
      "spec", "Top level", "A spec is one YAML mapping. Keys that begin with `x-` are notes, here and below.",
      SectionKeys.topLevel, forms: topLevelForms),
    .table(
      "data", "Data sources",
      "`data:` holds sources by name. A source has one origin: "
        + DataKeys.origins.map { "`\($0)`" }.joined(separator: ", ")
        + ". Samples of several sources that have the same numbers (as many, the same held out) come together; those of "
        + "others are drawn in orders of their own.", DataKeys.source),
    .table("idx", "IDX files", "The key `idx` of a data source.", DataKeys.idx),
    .table("pairs", "Pairs of folders", "The key `pairs` of a data source.", DataKeys.pairs),
    .table(
      "validation", "Validation",
      "The key `validation` of a data source, where other samples than a share of its own are held out: those of `images`, of "
        + "`images` and `labels` for `idx`, of `input` and `target` for `pairs`.", DataKeys.validation),
    augmentations, degradations,
    .table(
      "network", "Networks", "`network:` holds one, `networks:` several by name: a list of layers, or these keys.",
      SectionKeys.network, forms: networkForms),
    .table(
      "blocks", "Blocks",
      "`blocks:` holds lists of layers by name: a list alone, or these keys. A block is used like a layer.",
      SectionKeys.block, forms: ["parameters": "values by name", "layers": "a list of layers"], spec: blockSpec),
    .table(
      "repeat", "Repeat", "In a list of layers: some layers several times, one turn after the other.",
      SectionKeys.repetition, forms: ["layers": "a list of layers"],
      example: "repeat: {count: 3, index: i, layers: [conv: {filters: $(16 * 2 ** i)}, max_pool]}"),
    layers, activations, normalizations,
    .table("loss", "Beside a loss", "What stands beside a loss's kind.", SectionKeys.besideLoss),
    losses,
    .table("train", "Training", "The keys of `train`; `epochs` or `steps` must be given.", TrainKeys.train),
    .table(
      "phases", "Phases",
      "An element of `phases`. In each step the phases whose turn it is follow one another, each on the weights that the "
        + "ones before it left.", TrainKeys.phase),
    optimizers, schedules,
    .table("checkpoint", "Checkpoints", "The key `checkpoint` of `train`.", TrainKeys.checkpoint),
    .table("early_stop", "Early stopping", "The key `early_stop` of `train`.", TrainKeys.earlyStop),
    .table(
      "expect", "Expectations", "The keys of `expect`.", SectionKeys.expect,
      forms: ["outputs": "shapes by network"]),
    lints,
  ]

  private static let topLevelForms = [
    "nnc": "`1`", "vars": "numbers, texts and booleans by name", "data": "data sources by name",
    "network": "a network", "networks": "networks by name", "loss": "a loss", "losses": "losses by name",
    "train": "the keys of training", "expect": "the keys of expectations", "include": "files by alias",
    "blocks": "`{parameters: …, layers: […]}` by name",
  ]

  private static let networkForms = ["input": "a name, or a shape", "layers": "a list of layers"]

  private static let blockSpec = """
    nnc: 1
    blocks: {down: {parameters: {filters: , kernel: 3}, layers: [conv: {filters: $filters, kernel: $kernel}, max_pool]}}
    network: {input: [16, 16, 3], layers: [down: {filters: 8}, down: {filters: 16, kernel: 5}]}

    """

  /// A whole spec, which stands at the head of the page.
  public static let exampleSpec = """
    nnc: 1
    vars: {width: 16}
    data:
      photos:
        images: data/photos
        shape: [32, 32, 3]
        augment: [{random_crop: {scale: [0.5, 1]}}, {flip: horizontal}]
        degrade: [{noise: 0.1}]
        validation: 10%
    network:
      input: photos.input
      layers:
        - conv: {filters: $width, activation: relu}
        - conv: {filters: $(2 * width), stride: 2, activation: relu}
        - transposed_conv: {filters: $width, kernel: 4, stride: 2, activation: relu}
        - output: {channels: 3, activation: sigmoid}
    loss: mse
    metrics: [psnr]
    train: {epochs: 2, batch_size: 4, optimizer: {adam: {learning_rate: 1e-3}}}
    expect: {output: [32, 32, 3], parameters: <= 2e5}

    """
}
