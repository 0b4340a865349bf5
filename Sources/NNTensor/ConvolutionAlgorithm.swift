/// How the products of a convolution are computed.
public enum ConvolutionAlgorithm: UInt8, Hashable, Sendable, CaseIterable {
  /// Every output sums its own products.
  case direct
  /// Winograd's minimal filtering of tiles of 4×4 outputs: fewer products, between transforms of input and output.
  case winograd
  /// The same, but each task transforms the weights that it needs when it needs them, instead of reading them packed.
  case winogradUnpacked

  /// Whether weights are packed before.
  public var packsWeights: Bool { self != .winogradUnpacked }

  /// What is added to a step's name in a plan; empty for `direct`.
  public var suffix: String {
    switch self {
    case .direct: ""
    case .winograd: ", winograd 4×4"
    case .winogradUnpacked: ", winograd 4×4 unpacked"
    }
  }
}
