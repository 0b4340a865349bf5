/// One data source of a spec, as plain values: where its samples come from and what is done to each.
/// Paths are as they shall be opened (the caller has joined them with the spec's folder).
public struct SourceDescription: Equatable, Sendable {
  /// Where samples come from.
  public enum Kind: Equatable, Sendable {
    /// Pictures: a folder (recursive), one file, a glob pattern, or a `.txt` list of paths relative to the list.
    case images(String)
    /// The IDX format: a file of images, and one of labels.
    case idx(images: String, labels: String?)
    /// A `.npy` file of `[N, H, W, C]` or `[N, F]`; its values are never mapped.
    case npy(String)
    /// A folder that holds one folder of pictures per class; classes are numbered in bytewise order of their names.
    case classes(String)
    /// A folder with the files of CIFAR-10's binary version; gives labels, and holds its test file out by itself.
    case cifar10(String)
    /// Two folders of pictures, joined by the path below the folder without its extension.
    case pairs(input: String, target: String)
    /// Coloured discs, boxes and triangles on a plain ground, drawn here; needs no files.
    case syntheticShapes

    /// Whether each picture is a file of its own, which can be left out.
    var hasFilePerPicture: Bool {
      switch self {
      case .images, .classes, .pairs: true
      case .npy, .idx, .cifar10, .syntheticShapes: false
      }
    }
  }

  /// Which samples are held out from training.
  public enum Validation: Equatable, Sendable {
    /// None, unless the kind itself says which.
    case none
    /// This part (0…1), chosen by a hash of the file's name below the source's folder, or of the sample's index where there
    /// are no names.
    case fraction(Double)
    /// The samples of files of their own. They have the shape, the fields and the classes of those to train on.
    case samples(Kind)
  }

  /// What becomes of a picture file that cannot be decoded.
  public enum BrokenPictures: Equatable, Sendable {
    /// It ends the run.
    case fail
    /// It is left out: training draws the next whole sample instead, evaluation has one fewer.
    case skip
  }

  /// How a class label becomes numbers.
  public enum LabelEncoding: Equatable, Sendable {
    /// `[classes]`: 1 at the label, 0 elsewhere.
    case oneHot
    /// `[1]`: the label's number.
    case index
  }

  /// The source's name in the spec, for messages.
  public var name: String
  /// Where samples come from.
  public var kind: Kind
  /// `[height, width, channels]`; needed for pictures, only asserted for `idx`, `cifar10` and `npy`.
  public var shape: [Int]?
  /// From a picture's 0 (black) … 1 (white) to the network's numbers.
  public var mapping: ValueMapping = .unit
  /// Applied in order to training samples.
  public var augment: [Augmentation] = []
  /// Applied in order to make `input` out of the clean `target`; empty: the sample is its own target.
  public var degrade: [Degradation] = []
  /// What is held out.
  public var validation: Validation = .none
  /// Draws per epoch; nil: each training sample once.
  public var samplesPerEpoch: Int?
  /// What becomes of broken picture files.
  public var broken: BrokenPictures = .fail
  /// How labels are given.
  public var labels: LabelEncoding = .oneHot
  /// Decoded pictures are kept in memory up to this many bytes.
  public var cacheBytes = 512 << 20

  /// A source with the defaults of the language.
  public init(name: String, kind: Kind, shape: [Int]? = nil) {
    self.name = name
    self.kind = kind
    self.shape = shape
  }
}

/// A random change of a training sample; each sample draws its own numbers.
public enum Augmentation: Equatable, Sendable {
  /// An axis of a flip.
  public enum Flip: Equatable, Sendable {
    /// Left and right, with probability 1/2.
    case horizontal
    /// Top and bottom, with probability 1/2.
    case vertical
    /// Each of the two, independently, with probability 1/2.
    case both
  }

  /// A crop that covers `scale` (uniform) of the picture's area, resized to the shape: torchvision's
  /// `RandomResizedCrop`. `aspect` multiplies the shape's own width ÷ height and is drawn log-uniformly.
  case randomCrop(scale: ClosedRange<Double>, aspect: ClosedRange<Double> = 1...1)
  /// Mirroring.
  case flip(Flip)
  /// By an angle uniform in ±degrees about the centre, bilinear; black fills what comes from outside (PIL's `rotate`).
  case rotate(degrees: Double)
  /// Multiplied by a factor uniform in [max(0, 1 − f), 1 + f] (torchvision's `ColorJitter`), clamped.
  case brightness(Double)
  /// Blended with the mean of its grey version by such a factor, clamped.
  case contrast(Double)
  /// Blended with its grey version by such a factor, clamped.
  case saturation(Double)
  /// The hue turned by an angle uniform in ±f, in turns of the colour circle, at most 1/2 (torchvision's `adjust_hue`).
  case hue(Double)
}

/// What turns the clean target into the input.
public enum Degradation: Equatable, Sendable {
  /// Gaussian noise of this standard deviation, in the units of the mapped values (`range`); not clamped.
  case noise(Double)
  /// Gaussian blur with this standard deviation in pixels; the border continues outwards.
  case blur(Double)
  /// Each n × n block becomes its mean; n must divide height and width.
  case downscale(Int)
  /// Rec. 601 luma in every channel.
  case grayscale
  /// One random rectangle of this part of the area (width ÷ height log-uniform in 1/2…2) becomes black.
  case mask(Double)
}

/// The affine map from a picture's 0…1 to the network's numbers, and back.
public enum ValueMapping: Equatable, Sendable {
  /// 0 becomes `low`, 1 becomes `high`.
  case range(low: Double, high: Double)
  /// `(value − mean) ÷ deviation`, per channel (or one for all).
  case standardize(mean: [Double], deviation: [Double])

  /// 0…1, unchanged.
  public static let unit = ValueMapping.range(low: 0, high: 1)

  /// The factor and the offset of a channel: mapped = value · scale + offset.
  public func coefficients(channel: Int) -> (scale: Float, offset: Float) {
    switch self {
    case .range(let low, let high):
      return (Float(high - low), Float(low))
    case .standardize(let mean, let deviation):
      guard let lastMean = mean.last, let lastDeviation = deviation.last else { return (1, 0) }
      let centre = channel < mean.count ? mean[channel] : lastMean
      let spread = channel < deviation.count ? deviation[channel] : lastDeviation
      return (Float(1 / spread), Float(-centre / spread))
    }
  }
}
