/// The keys of `train` and of the optimizers.
public enum TrainKeys {
  /// `train`.
  public static let train = KeyTable([
    .optional("epochs", .integer(1...), "How often every sample is seen; this or `steps`."),
    .optional("steps", .integer(1...), "How many updates are made; this or `epochs`."),
    .required("batch_size", .integer(1...), "Samples per step."),
    .key("seed", .integer(0...), default: .integer(1), "The seed of every random number."),
    optimizer,
    .key("shuffle", .boolean, default: .boolean(true), "Whether the order of samples changes every epoch."),
    .optional(
      "clip_gradient_norm", .scheduled(.above(0)), absence: "no limit",
      "The largest norm of all gradients of a phase together; larger ones are scaled down to it."),
    .optional(
      "clip_gradient_value", .scheduled(.above(0)), absence: "no limit",
      "The largest magnitude of each value of a gradient; what exceeds it is cut off, before the norm is taken."),
    .key(
      "accumulate", .integer(1...65_536), default: .integer(1),
      "How many batches make one step: its gradients are means over all their samples, as in one batch of all, but "
        + "batch normalisation and spectral norm see each batch by itself; an epoch's last step takes the batches left."
    ),
    .optional(
      "ema", .scheduled(.from(0, below: 1)), absence: "none",
      "The decay of the weights' moving average, which validation, `eval` and `run` then use: "
        + "after each update of a weight average ← ema · average + (1 − ema) · weight, but after the first it is a copy "
        + "of the weights."
    ),
    .key(
      "precision", .word(["float32", "bfloat16"]), default: .word("float32"),
      "`bfloat16` stores activations and their gradients in half the memory and multiplies bf16 numbers; sums, losses and "
        + "the weights that are updated stay in single precision. Running follows, too. It takes a processor with AVX-512 BF16."
    ),
    .optional(
      "memory_limit", .bytes, absence: "no limit",
      "The most memory that training may take, such as `4 GiB`: so many samples go through the networks at a time that it "
        + "fits, unless batch normalisation or phases with a common forward pass need them all; where it cannot, `check` "
        + "says by how much."),
    .optional(
      "checkpoint", .keys("checkpoint", checkpoint), absence: "each epoch, the last 3",
      "How often to save all that training goes on from, and how many of these files to keep."),
    .optional(
      "early_stop", .keys("early_stop", earlyStop), absence: "to the end", "When to stop before the end."),
    .optional(
      "phases", .list(.keys("phase", phase)), absence: "one phase of everything",
      "What is updated by which losses, one after the other in each step."),
    .allow,
  ])

  /// What updates the parameters; it may be missing only where there are phases.
  static let optimizer = Key.optional(
    "optimizer", .kind(optimizers), absence: "each phase's own",
    "What updates the parameters, also of phases that have none of their own; required without `phases`.")

  /// `checkpoint`.
  public static let checkpoint = KeyTable([
    .key("every", .count, default: .count(.epochs(1)), "One is written after every so many steps or epochs."),
    .key(
      "keep", .integer(1...), default: .integer(3), "So many are kept, the newest, besides that of the best validation."
    ),
  ])

  /// `early_stop`.
  public static let earlyStop = KeyTable([
    .required(
      "metric", .name, "What must improve: `validation.loss`, or `validation.psnr` and so on for one of `metrics`."),
    .required("patience", .integer(1...), "So many evaluations without an improvement end training."),
    .key("minimum_change", .real(.atLeast(0)), default: .real(0), "What counts as an improvement: more than this."),
  ])

  /// A phase of `train`.
  public static let phase = KeyTable([
    .required("name", .name, "What it is called in reports."),
    .required("update", .list(.name), "The networks that it updates; others get no gradient from it."),
    .required(
      "losses", .list(.name),
      "What it minimises; an adversarial loss `adv` has the terms `adv.generator` and `adv.discriminator`."),
    .optional("optimizer", .kind(optimizers), absence: "that of `train`", "What updates its networks."),
    .key("every", .integer(1...), default: .integer(1), "It takes part in every so many steps."),
    .key("start", .count, default: .count(.steps(0)), "The steps before it begins."),
    .optional("end", .count, absence: "never", "The last step that it takes part in."),
    .allow,
  ])

  private static let common: [Key] = [
    .key("weight_decay", .scheduled(.atLeast(0)), default: .real(0), "How much weights are drawn towards 0."),
    .key(
      "decay", .word(["weights", "all"]), default: .word("weights"), "Whether biases and normalisations decay too."),
  ]

  private static func learningRate(_ value: Double) -> Key {
    .key("learning_rate", .scheduled(.atLeast(0)), default: .real(value), "The size of a step.")
  }

  private static let moments: [Key] = [
    .key("beta1", .scheduled(.from(0, below: 1)), default: .real(0.9), "The decay of the first moment."),
    .key("beta2", .scheduled(.from(0, below: 1)), default: .real(0.999), "The decay of the second moment."),
    .key("epsilon", .scheduled(.atLeast(0)), default: .real(1e-8), "Added to the root of the second moment."),
  ]

  /// The optimizers, with PyTorch's defaults.
  public static let optimizers = KindFamily(
    "optimizer",
    [
      KindDefinition(
        "sgd",
        keys: [learningRate(1e-3)] + [
          .key("momentum", .scheduled(.from(0, below: 1)), default: .real(0), "The decay of the velocity."),
          .key("nesterov", .boolean, default: .boolean(false), "Whether to look ahead by the velocity."),
        ] + common,
        doc: "Stochastic gradient descent: v ← momentum · v + g; w ← w − rate · v, or rate · (g + momentum · v) with "
          + "`nesterov`."),
      KindDefinition(
        "adam", keys: [learningRate(1e-3)] + moments + common,
        doc: "Adam (Kingma and Ba, 2015) with coupled weight decay: w ← w − rate · m̂ / (√v̂ + epsilon), m̂ and v̂ the "
          + "unbiased means of the gradient and of its square."),
      KindDefinition(
        "adamw",
        keys: [learningRate(1e-3)] + moments + [
          .key(
            "weight_decay", .scheduled(.atLeast(0)), default: .real(1e-2), "How much weights shrink, times the rate."),
          common[1],
        ],
        doc: "Adam with decoupled weight decay (Loshchilov and Hutter, 2019): first w ← w − rate · weight_decay · w, "
          + "then as `adam`."),
      KindDefinition(
        "rmsprop",
        keys: [learningRate(1e-2)] + [
          .key(
            "alpha", .scheduled(.from(0, below: 1)), default: .real(0.99), "The decay of the squared gradient's mean."),
          .key("epsilon", .scheduled(.atLeast(0)), default: .real(1e-8), "Added to the root."),
          .key("momentum", .scheduled(.from(0, below: 1)), default: .real(0), "The decay of the velocity."),
        ] + common,
        doc: "RMSprop (Hinton, 2012): w ← w − rate · g / (√s + epsilon), s the running mean of g² with decay alpha; "
          + "`momentum` accumulates the steps."),
    ])
}
