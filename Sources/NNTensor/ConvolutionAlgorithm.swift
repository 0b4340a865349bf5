/// How the products of a convolution are computed.
public enum ConvolutionAlgorithm: UInt8, Hashable, Sendable, CaseIterable {
  /// Every output sums its own products.
  case direct
  /// Winograd's minimal filtering of tiles of 4×4 outputs: fewer products, between transforms of input and output.
  case winograd

  /// What is added to a step's name in a plan; empty for `direct`.
  public var suffix: String { self == .direct ? "" : ", winograd 4×4" }
}
