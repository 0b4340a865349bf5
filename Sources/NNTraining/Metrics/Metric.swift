/// A number that says how good predictions are, by its name in the spec language.
public enum Metric: String, Hashable, Sendable, CaseIterable {
  /// Peak signal-to-noise ratio in dB, mean over pictures; see `ErrorMetrics.psnr`.
  case psnr
  /// Structural similarity, mean over pictures; see `StructuralSimilarity`.
  case ssim
  /// Mean squared error over all values, in the network's own units.
  case mse
  /// Mean absolute error over all values, in the network's own units.
  case mae
  /// The part of samples whose largest output is at the label.
  case accuracy

  /// Whether more is better.
  public var isHigherBetter: Bool {
    switch self {
    case .psnr, .ssim, .accuracy: true
    case .mse, .mae: false
    }
  }

  /// True where pictures are compared, so that the network's input can be compared with the target too.
  public var comparesPictures: Bool { self == .psnr || self == .ssim }
}

/// A metric's mean over samples.
public struct MetricValue: Equatable, Sendable {
  /// Which metric.
  public var metric: Metric
  /// The mean over the samples that it is defined for.
  public var value: Double
  /// The same of the network's input in the place of its output; nil where input and target differ in shape, or are the
  /// same field, or where the metric does not compare pictures.
  public var ofInput: Double?

  /// A value, with that of the input where there is one.
  public init(metric: Metric, value: Double, ofInput: Double? = nil) {
    self.metric = metric
    self.value = value
    self.ofInput = ofInput
  }
}
