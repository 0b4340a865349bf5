/// A number that says how good predictions are, by its name in the spec language: what `eval` and validation can report.
public enum Metric: String, Hashable, Sendable, CaseIterable {
  /// Peak signal-to-noise ratio in dB, mean over pictures.
  case psnr
  /// Structural similarity, mean over pictures.
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
