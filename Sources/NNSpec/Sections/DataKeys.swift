/// The keys of a data source, of its augmentations and its degradations.
public enum DataKeys {
  /// Keys that say where samples come from: a source has exactly one.
  public static let origins = ["images", "idx", "cifar10", "npy", "classes", "pairs", "synthetic"]

  /// Origins whose pictures have many sizes, so that `shape` must say which to bring them to.
  public static let shapedOrigins = ["images", "classes", "pairs", "synthetic"]

  /// A data source.
  public static let source = KeyTable([
    .optional(
      "images", .path,
      "A folder (recursive), a glob, or a `.txt` list of PNG or JPEG files. An alpha channel is dropped, not blended; "
        + "colour profiles are passed over; a JPEG's EXIF orientation is applied."),
    .optional("idx", .keys("idx", idx), "Files in MNIST's format."),
    .optional("npy", .path, "A NumPy file of float32 samples."),
    .optional(
      "cifar10", .path,
      "A folder with CIFAR-10's binary files, `data_batch_1.bin` and so on; `test_batch.bin` is held out unless "
        + "`validation` says otherwise."),
    .optional(
      "classes", .path, "A folder with a folder of pictures per class; gives `image` and `label`, numbered by name."),
    .optional(
      "pairs", .keys("pairs", pairs), "Two folders of pictures, joined by file name; gives `input` and `target`."),
    .optional(
      "synthetic", .word(DataSource.Synthetic.allCases.map(\.rawValue)),
      "Pictures that nnc draws itself: discs, boxes and triangles. Needs no files."),
    .optional(
      "shape", .shape,
      "The shape of a sample: pictures are resized and cropped to it; `idx`, `cifar10` and `npy` must have it."),
    .optional(
      "range", .list(.real(.any), count: 2...2), absence: "[0, 1]", "The values of black and white.",
      implied: { $0.isGiven("npy") ? nil : $0.reals([0, 1]) }),
    .optional("mean", .list(.real(.any)), "Means per channel that are subtracted."),
    .optional("std", .list(.real(.above(0))), "Standard deviations per channel that are divided by."),
    .optional(
      "augment", .list(.kind(augmentations), count: 0...Int.max), "Random changes of training samples, in order."),
    .optional("degrade", .list(.kind(degradations), count: 0...Int.max), "Losses of quality to be undone, in order."),
    .optional(
      "validation", .oneOf([percentage, .keys("validation", validation)]),
      "What is held out: other files, or a part that is chosen by a hash of the files' names below the source's folder, or of "
        + "the samples' numbers where there are none; what is added later moves nothing."),
    .optional(
      "samples_per_epoch", .integer(1...16_777_216), absence: "each sample once; 1000 with `synthetic`",
      "How many samples an epoch has.", implied: { $0.isGiven("synthetic") ? .integer(1000) : nil }),
    .optional(
      "broken", .word(DataSource.Broken.allCases.map(\.rawValue)), absence: "error",
      "What becomes of a picture that cannot be decoded: it ends the run, or it is left out and counted.",
      implied: { source in
        ["images", "classes", "pairs"].contains { source.isGiven($0) } ? .word(DataSource.Broken.error.rawValue) : nil
      }),
    .allow,
  ])

  private static let percentage = ValueType.percentage(
    RealBounds(lower: 0, includesLower: false, upper: 100, includesUpper: false))

  /// `idx`.
  public static let idx = KeyTable([
    .required("images", .path, "The file of images."),
    .optional("labels", .path, "The file of labels."),
  ])

  /// `pairs`.
  public static let pairs = KeyTable([
    .required("input", .path, "The pictures that go in."),
    .required("target", .path, "The pictures that are to come out, under the same names."),
  ])

  /// `validation` as a mapping.
  public static let validation = KeyTable([
    .optional("images", .path, "Samples to validate on: what `images`, `idx: {images}`, `classes` or `npy` name."),
    .optional("labels", .path, "Their labels, for `idx`."),
    .optional("input", .path, "The pictures that go in, for `pairs`."),
    .optional("target", .path, "Those that are to come out, for `pairs`."),
  ])

  /// Random changes of training samples.
  public static let augmentations = KindFamily(
    "augmentation",
    [
      KindDefinition(
        "random_crop",
        keys: [
          .required(
            "scale", .list(.real(RealBounds(lower: 0, includesLower: false, upper: 1)), count: 2...2),
            "The smallest and the largest share of the picture's area. Where ten draws give no part that fits into the picture, "
              + "the largest central one is taken."),
          .optional(
            "aspect", .list(.real(.above(0)), count: 2...2), absence: "[1, 1]",
            "The narrowest and the widest part: its width ÷ height, 1 being that of `shape`.",
            implied: { $0.reals([1, 1]) }),
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
      KindDefinition(
        "contrast", keys: [.required("amount", .real(.from(0, to: 1)), "The largest change, as a share.")],
        shorthand: "amount", doc: "More or less contrast, about the picture's mean grey."),
      KindDefinition(
        "saturation", keys: [.required("amount", .real(.from(0, to: 1)), "The largest change, as a share.")],
        shorthand: "amount", doc: "More or less colourful."),
      KindDefinition(
        "hue",
        keys: [
          .required("amount", .real(.from(0, to: 0.5)), "The largest turn either way; 1 is the whole colour circle.")
        ], shorthand: "amount", doc: "Colours turned along the colour circle."),
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
