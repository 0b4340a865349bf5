import NNDiagnostics

/// A data source as written, typed. Paths are relative to the spec's folder.
public struct DataSource: Sendable {
  /// Where samples come from.
  public enum Origin: Sendable {
    /// A folder, a glob or a list of pictures.
    case images(Spanned<String>)
    /// A file of images and, where given, one of labels, in MNIST's format.
    case idx(images: Spanned<String>, labels: Spanned<String>?)
    /// A NumPy file of samples.
    case npy(Spanned<String>)
    /// A folder with CIFAR-10's binary files.
    case cifar10(Spanned<String>)
    /// A folder with a folder of pictures per class.
    case classes(Spanned<String>)
    /// Two folders of pictures, joined by file name.
    case pairs(input: Spanned<String>, target: Spanned<String>)
    /// Pictures that nnc draws.
    case synthetic(Synthetic)
    /// Wrong, and reported.
    case invalid
  }

  /// What nnc draws.
  public enum Synthetic: String, Sendable, CaseIterable {
    /// Discs, boxes and triangles.
    case shapes
  }

  /// What becomes of a picture file that cannot be decoded.
  public enum Broken: String, Sendable, CaseIterable {
    /// It ends the run.
    case error
    /// It is left out, and counted.
    case skip
  }

  /// How samples are held out.
  public enum Validation: Sendable {
    /// A share of the samples, between 0 and 1.
    case share(Double)
    /// The samples of files of their own, of the source's kind.
    case samples(Origin)
  }

  /// Its name in the spec; `alias.name` for one of an included file.
  public internal(set) var name: String
  /// The name's token.
  public let nameSpan: Span
  /// Where samples come from.
  public let origin: Origin
  /// The kind's key as written: `images`, `idx`, `npy`, ….
  public let originSpan: Span
  /// `shape:`, where it is written.
  public let shape: Spanned<[Int]>?
  /// Whether `shape:` is written and wrong (and reported).
  public let isShapeInvalid: Bool
  /// What numbers pictures become.
  public let scale: ValueScale
  /// In order.
  public let augment: [Spanned<Augmentation>]
  /// In order; where it is not empty, the source gives `input` and `target`.
  public let degrade: [Spanned<Degradation>]
  /// What is held out.
  public let validation: Spanned<Validation>?
  /// How many samples an epoch has; `nil` for each sample once.
  public let samplesPerEpoch: Spanned<Int>?
  /// What becomes of broken pictures; `nil` where it is not written.
  public let broken: Spanned<Broken>?
  /// All of it as written.
  public let part: SpecPart

  /// As it is called in a file that includes this one as `alias`.
  func imported(as alias: String) -> DataSource {
    var copy = self
    copy.name = "\(alias).\(name)"
    return copy
  }
}

/// A random change of a training sample.
public enum Augmentation: Sendable, Hashable {
  /// Which way a picture is mirrored, each with probability one half.
  public enum Direction: String, Sendable, CaseIterable {
    case horizontal
    case vertical
    case both
  }

  /// A part that covers a random share of the picture's area, resized to the shape, whose own proportions are multiplied
  /// by a random aspect.
  case randomCrop(scaleLow: Double, scaleHigh: Double, aspectLow: Double = 1, aspectHigh: Double = 1)
  /// Mirrored or not.
  case flip(Direction)
  /// By a random angle in degrees, up to this much either way.
  case rotate(degrees: Double)
  /// Brighter or darker by a random share up to this.
  case brightness(Double)
  /// More or less contrast by a random share up to this.
  case contrast(Double)
  /// More or less colourful by a random share up to this.
  case saturation(Double)
  /// Colours turned by a random share of the colour circle, up to this either way.
  case hue(Double)
}

/// A loss of quality that the network is to undo.
public enum Degradation: Sendable, Hashable {
  /// Gaussian noise, in units of the range.
  case noise(standardDeviation: Double)
  /// Gaussian blur, in pixels.
  case blur(sigma: Double)
  /// Smaller by this factor.
  case downscale(Int)
  /// Without colour, the channel count kept.
  case grayscale
  /// A share of the picture's area removed.
  case mask(share: Double)
}
