/// Normalisation; each entry says what it takes.
public struct NormalizationKernels: Sendable {
  /// Stage 0 of `NormalizeArguments`.
  public let partials: KernelFunction
  /// Stage 1 of `NormalizeArguments`.
  public let statistics: KernelFunction
  /// Stage 2 of `NormalizeArguments`, whose rows follow each other.
  public let apply: KernelFunction
  /// The same where other values lie between rows.
  public let applyApart: KernelFunction
  /// Stage 0 of `NormalizeGradientArguments`, whose rows follow each other.
  public let gradientPartials: KernelFunction
  /// The same where other values lie between rows.
  public let gradientPartialsApart: KernelFunction
  /// Stage 1 of `NormalizeGradientArguments`.
  public let gradientTotals: KernelFunction
  /// Stage 2 of `NormalizeGradientArguments`.
  public let gradientParameters: KernelFunction
  /// Stage 3 of `NormalizeGradientArguments`, whose rows follow each other.
  public let gradientApply: KernelFunction
  /// The same where other values lie between rows.
  public let gradientApplyApart: KernelFunction
  /// Takes `NormalizeRowsArguments`.
  public let rows: KernelFunction
  /// Stage 0 of the gradient of `NormalizeRowsArguments`.
  public let rowsGradient: KernelFunction
  /// Stage 1 of the gradient of `NormalizeRowsArguments`.
  public let rowsParameters: KernelFunction
  /// Takes `StatisticsArguments`.
  public let track: KernelFunction
  /// Takes `StatisticsArguments`.
  public let scale: KernelFunction
  /// Takes `ChannelAffineArguments`, whose rows follow each other.
  public let affine: KernelFunction
  /// The same where other values lie between rows.
  public let affineApart: KernelFunction
  /// Takes `ScaleWeightsArguments`.
  public let scaleWeights: KernelFunction

  /// The table, entry by entry.
  public init(
    partials: @escaping KernelFunction, statistics: @escaping KernelFunction, apply: @escaping KernelFunction,
    applyApart: @escaping KernelFunction,
    gradientPartials: @escaping KernelFunction, gradientPartialsApart: @escaping KernelFunction,
    gradientTotals: @escaping KernelFunction,
    gradientParameters: @escaping KernelFunction, gradientApply: @escaping KernelFunction,
    gradientApplyApart: @escaping KernelFunction,
    rows: @escaping KernelFunction, rowsGradient: @escaping KernelFunction, rowsParameters: @escaping KernelFunction,
    track: @escaping KernelFunction, scale: @escaping KernelFunction, affine: @escaping KernelFunction,
    affineApart: @escaping KernelFunction,
    scaleWeights: @escaping KernelFunction
  ) {
    self.partials = partials
    self.statistics = statistics
    self.apply = apply
    self.applyApart = applyApart
    self.gradientPartials = gradientPartials
    self.gradientPartialsApart = gradientPartialsApart
    self.gradientTotals = gradientTotals
    self.gradientParameters = gradientParameters
    self.gradientApply = gradientApply
    self.gradientApplyApart = gradientApplyApart
    self.rows = rows
    self.rowsGradient = rowsGradient
    self.rowsParameters = rowsParameters
    self.track = track
    self.scale = scale
    self.affine = affine
    self.affineApart = affineApart
    self.scaleWeights = scaleWeights
  }
}
