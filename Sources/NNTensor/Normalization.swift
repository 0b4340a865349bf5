/// Which values share a mean and a variance.
public enum NormalizationExtent: Hashable, Sendable, CustomStringConvertible {
  /// Those of a channel, over batch and pixels (Ioffe and Szegedy, 2015).
  case batch
  /// Those of a sample's group of neighbouring channels, over pixels (Wu and He, 2018); with as many groups as channels
  /// this is instance normalisation (Ulyanov and others, 2016).
  case groups(Int)
  /// Those of a pixel, over channels (Ba and others, 2016, along the last dimension).
  case channels

  /// The name in dumps and plans.
  public var description: String {
    switch self {
    case .batch: "batch_norm"
    case .groups(let count): "group_norm \(count)"
    case .channels: "layer_norm"
    }
  }
}
