/// How the products of a convolution are computed. Sums are in single precision.
public enum ConvolutionAlgorithm: UInt8, Hashable, Sendable, CaseIterable {
  /// Every output sums its own products.
  case direct
  /// Winograd's minimal filtering of tiles of 4×4 outputs: fewer products, between transforms of input and output.
  case winograd
  /// The same, but each task transforms the weights that it needs when it needs them, instead of reading them packed.
  case winogradUnpacked
  /// `direct`, of factors that are stored as bf16 or rounded to it.
  case directBFloat16
  /// `winograd`, of transformed factors that are rounded to bf16.
  case winogradBFloat16
  /// Winograd's of tiles of 2×2 outputs: more products, but fewer than half as many transformed weights to read.
  case winograd2x2
  /// Winograd's down the columns only, of tiles of 4×1 outputs: for so few channels that transforms both ways would take longer
  /// than what they save.
  case winograd4x1
  /// Every output sums its own products, lanes running over channels of which each is a group of its own.
  case depthwise
  /// The same where groups have two, four or eight channels: of each, lanes are spread over those of its group.
  case grouped
  /// `direct` to so few channels that lanes run over those of the source instead.
  case narrow
  /// `direct`, of so few pixels that packing weights would take longer than reading them as they are.
  case unpacked

  /// Whether every output sums its own products, of all channels of a group.
  @inlinable public var isDirect: Bool {
    switch self {
    case .direct, .directBFloat16, .narrow, .unpacked: true
    case .winograd, .winogradUnpacked, .winogradBFloat16, .winograd2x2, .winograd4x1, .depthwise, .grouped: false
    }
  }
  /// Whether tasks are runs of rows of the image.
  @inlinable public var isCutInRows: Bool { isDirect && self != .unpacked }
  /// Whether it is one of Winograd's.
  @inlinable public var isWinograd: Bool { !isDirect && !isGrouped }
  /// Whether lanes run over the channels of several groups.
  @inlinable public var isGrouped: Bool { self == .depthwise || self == .grouped }
  /// Whether it multiplies bf16 numbers.
  @inlinable public var multipliesBFloat16: Bool { self == .directBFloat16 || self == .winogradBFloat16 }
  /// Whether weights are packed before.
  public var packsWeights: Bool {
    switch self {
    case .winogradUnpacked, .depthwise, .unpacked: false
    case .direct, .directBFloat16, .narrow, .winograd, .winogradBFloat16, .winograd2x2, .winograd4x1, .grouped: true
    }
  }

  /// What is added to a step's name in a plan; empty for `direct`.
  public var suffix: String {
    switch self {
    case .direct: ""
    case .winograd: ", winograd 4×4"
    case .winogradUnpacked: ", winograd 4×4 unpacked"
    case .directBFloat16: ", bfloat16"
    case .winogradBFloat16: ", winograd 4×4, bfloat16"
    case .winograd2x2: ", winograd 2×2"
    case .winograd4x1: ", winograd 4×1"
    case .depthwise: ", depthwise"
    case .grouped: ", grouped"
    case .narrow: ", narrow"
    case .unpacked: ", unpacked"
    }
  }
}
