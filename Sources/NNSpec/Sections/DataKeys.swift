/// The keys of a data source, of its augmentations and its degradations.
public enum DataKeys {
  /// Keys that say where samples come from: a source has exactly one.
  public static let origins = ["images", "idx", "npy"]

  /// A data source.
  public static let source = KeyTable([
    .optional("images", .path, "A folder (recursive), a glob, or a `.txt` list of PNG or JPEG files."),
    .optional("idx", .keys("idx", idx), "Files in MNIST's format."),
    .optional("npy", .path, "A NumPy file of float32 samples."),
    .unsupported("cifar10", "A folder with CIFAR-10's binary files."),
    .unsupported("classes", "A folder with a folder of pictures per class."),
    .unsupported("pairs", "Two folders of pictures, joined by file name."),
    .unsupported("synthetic", "Pictures drawn by nnc itself."),
    .optional("shape", .shape, "The shape of a sample."),
    .optional(
      "range", .list(.real(.any), count: 2...2), absence: "[0, 1]", "The values of black and white.",
      implied: { $0.isGiven("npy") ? nil : $0.reals([0, 1]) }),
    .optional("mean", .list(.real(.any)), "Means per channel that are subtracted."),
    .optional("std", .list(.real(.above(0))), "Standard deviations per channel that are divided by."),
    .optional(
      "augment", .list(.kind(augmentations), count: 0...Int.max), "Random changes of training samples, in order."),
    .optional("degrade", .list(.kind(degradations), count: 0...Int.max), "Losses of quality to be undone, in order."),
    .optional("validation", .oneOf([percentage, .keys("validation", validation)]), "What is held out."),
    .optional("samples_per_epoch", .integer(1...), absence: "each sample once", "How many samples an epoch has."),
    .allow,
  ])

  private static let percentage = ValueType.percentage(
    RealBounds(lower: 0, includesLower: false, upper: 100, includesUpper: false))

  private static let idx = KeyTable([
    .required("images", .path, "The file of images."),
    .optional("labels", .path, "The file of labels."),
  ])

  private static let validation = KeyTable([.required("images", .path, "Pictures to validate on.")])

  /// Random changes of training samples.
  public static let augmentations = KindFamily(
    "augmentation",
    [
      KindDefinition(
        "random_crop",
        keys: [
          .required(
            "scale", .list(.real(RealBounds(lower: 0, includesLower: false, upper: 1)), count: 2...2),
            "The smallest and the largest share of the picture's area.")
        ], doc: "A random part of the picture, resized to the shape."),
      KindDefinition(
        "flip",
        keys: [
          .required(
            "direction", .word(Augmentation.Direction.allCases.map(\.rawValue)), "Which way to mirror.")
        ], shorthand: "direction", doc: "Mirrored, with probability one half."),
      KindDefinition(
        "rotate", keys: [.required("degrees", .real(.from(0, to: 180)), "The largest angle either way.")],
        shorthand: "degrees", doc: "Turned by a random angle."),
      KindDefinition(
        "brightness", keys: [.required("amount", .real(.from(0, to: 1)), "The largest change, as a share.")],
        shorthand: "amount", doc: "Made brighter or darker."),
    ])

  /// Losses of quality.
  public static let degradations = KindFamily(
    "degradation",
    [
      KindDefinition(
        "noise", keys: [.required("stddev", .real(.atLeast(0)), "The standard deviation, in units of the range.")],
        shorthand: "stddev", doc: "Gaussian noise."),
      KindDefinition(
        "blur", keys: [.required("sigma", .real(.atLeast(0)), "The standard deviation in pixels.")],
        shorthand: "sigma", doc: "Gaussian blur."),
      KindDefinition(
        "downscale", keys: [.required("factor", .integer(1...), "How many times smaller; it divides the size.")],
        shorthand: "factor", doc: "Smaller."),
      KindDefinition("grayscale", keys: [], doc: "Without colour; the channel count stays."),
      KindDefinition(
        "mask", keys: [.required("share", .real(.from(0, to: 1)), "The share of the area.")],
        shorthand: "share", doc: "A part of the picture removed."),
    ])
}
