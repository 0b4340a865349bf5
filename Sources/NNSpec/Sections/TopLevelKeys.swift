import NNTensor

/// The keys of a spec's top level and of networks, losses and `expect`.
public enum SectionKeys {
  /// A spec's top level.
  public static let topLevel = KeyTable([
    .required("nnc", .integer(1...), "The version of the language."),
    .optional("name", .string, absence: "the file's name", "What the run folder is called."),
    .optional("description", .text, "For people."),
    .optional("vars", .node, "Named constants for expressions."),
    .optional("include", .node, "Other files whose variables, blocks and networks are used here."),
    .optional("blocks", .node, "Parameterised lists of layers."),
    .optional(
      "data", .node, "Where samples come from, by name. A name may have points, `a.b`, where nothing is called `a`."),
    .optional("network", .node, "The network, where there is one; it is called `model`."),
    .optional(
      "networks", .node, "The networks by name. A name may have points, as the names of included networks have."),
    .optional("loss", .node, "What is minimised, where it is one thing."),
    .optional("losses", .node, "What is minimised, by name."),
    .optional("metrics", .list(.word(Metric.allCases.map(\.rawValue))), "What validation reports."),
    .optional("train", .node, "How to train."),
    .optional("expect", .node, "What `check` is to prove."),
    .allow,
  ])

  /// A network.
  public static let network = KeyTable([
    .optional(
      "input", .node, absence: "the only data source", "What goes in: a name, a map of several names, or a shape."),
    .required("layers", .node, "The layers in order."),
    .key("frozen", .boolean, default: .boolean(false), "Whether it never trains."),
    .optional("weights", .path, "A safetensors file to load before training."),
    .optional("sha256", .digest, "The checksum that the weights file must have."),
    .optional("like", .name, "Another network whose layers it has, with its own weights."),
    .optional(
      "range", .list(.real(.any), count: 2...2), absence: "`[0, 1]` beside `mean` or `std`, else the data's",
      "The values that black and white have in its input; a perceptual loss maps the data's to them."),
    .optional(
      "mean", .list(.real(.any)), absence: "0", "Means per channel, subtracted from its input after the range."),
    .optional(
      "std", .list(.real(.above(0))), absence: "1", "Standard deviations per channel, divided by after `mean`."),
    .allow,
  ])

  /// A block.
  public static let block = KeyTable([
    .optional("parameters", .node, "What a use may give; one without a value must be given."),
    .required("layers", .node, "The layers in order."),
    .allow,
  ])

  /// `repeat`.
  public static let repetition = KeyTable([
    .required("count", .integer(0...), "How many turns there are."),
    .optional("index", .name, "The name of the turn's number, from 0, in expressions."),
    .required("layers", .node, "The layers of a turn."),
    .optional("name", .name, absence: "`repeat` and a number", "What it is called in references and reports."),
    .optional("from", .name, absence: "the layer before", "The layer whose output goes in."),
    .allow,
  ])

  /// The weight of a loss.
  public static let lossWeight = Key.key(
    "weight", .scheduled(.atLeast(0)), default: .real(1), "The factor of this loss in the sum.")

  /// What stands beside a loss's kind.
  public static let besideLoss = KeyTable([lossWeight, .allow])

  /// `expect`.
  public static let expect = KeyTable([
    .optional("output", .shape, "The output shape of the only or first network."),
    .optional("outputs", .node, "Output shapes by network."),
    .optional("parameters", .comparison, "How many parameters there are."),
    .optional("memory", .sizeComparison, "The predicted peak of memory."),
    .optional("flops", .comparison, "The FLOPs of running one sample."),
  ])
}
