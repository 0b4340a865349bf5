import NNTensor

/// Which algorithm convolutions are planned with.
public enum AlgorithmChoice: Sendable, CaseIterable {
  /// For each layer and pass the one that measurements say is faster.
  case fastest
  /// Only those that multiply values as they are.
  case direct
  /// Winograd's wherever it is possible.
  case winograd
}

extension ConvolutionGeometry {
  /// The algorithm of the convolution in this direction of a source that is stored so to a destination that is, pooled by
  /// windows of `pool` (1 × 1 without pooling), or projected, by kernels with such tiles. Where weights are packed for each run,
  /// more tiles must share the work: Winograd's are up to four times as many.
  public func algorithm(
    _ direction: ConvolutionDirection, source: ElementType = .float32, destination: ElementType = .float32,
    pool: (Int, Int) = (1, 1), projects: Bool = false, packsOnce: Bool, shape: TileShape, choice: AlgorithmChoice
  ) -> ConvolutionAlgorithm {
    let isFloat = source == .float32
    // Tasks of what is not packed have some channels of a pixel only, or go through them tap by tap.
    if isFloat, choice == .fastest, !packsOnce, !projects, pool == (1, 1), groupedAlgorithm(shape) == nil,
      gainsUnpacked || gainsPieces(direction, pixels: shape.hasNarrowBlocks ? 16 : 64, shape: shape)
    {
      return .unpacked
    }
    let inFloats = floatAlgorithm(
      direction, pool: pool, packsOnce: packsOnce, hasSmallTiles: isFloat, storesFloats: destination == .float32,
      shape: shape, choice: choice)
    if isFloat { return inFloats }
    return inFloats == .winograd && allowsWinogradBFloat16(direction) ? .winogradBFloat16 : .directBFloat16
  }

  /// The algorithm of a source of floats, with tiles of 2×2 where told, and what needs a destination of floats.
  private func floatAlgorithm(
    _ direction: ConvolutionDirection, pool: (Int, Int), packsOnce: Bool, hasSmallTiles: Bool, storesFloats: Bool,
    shape: TileShape, choice: AlgorithmChoice
  ) -> ConvolutionAlgorithm {
    if pool == (1, 1), let grouped = groupedAlgorithm(shape) { return grouped }
    if choice != .winograd, storesFloats, pool == (1, 1), allowsNarrow(direction, shape) { return .narrow }
    guard choice != .direct, pool == (1, 1) || pool == (2, 2) else { return .direct }
    let (sources, destinations) =
      direction == .forward ? (inputChannels, outputChannels) : (outputChannels, inputChannels)
    // Its tiles go from the registers to where they are stored, as floats only.
    if choice == .fastest, storesFloats, sources < 16, destinations >= 16, winogradTiles(direction) >= 8,
      allowsWinograd4x1(direction)
    {
      return .winograd4x1
    }
    if choice == .fastest, packsOnce, allowsWinograd2x2(direction) {
      return min(sources, destinations) >= 16 ? cheapest(direction, hasSmallTiles: hasSmallTiles) : .direct
    }
    guard allowsWinograd(direction, pool: pool) else { return .direct }
    if choice == .winograd { return .winograd }
    let saving = winogradSaving(direction)
    let tiles = winogradTiles(direction)
    // Few tiles do not share packed weights often enough, and without a pack even a product of four is worth it; but
    // narrow blocks transform the sources again and again, which must be few then.
    let sharesSources = !shape.hasNarrowBlocks || weightCount >= 512 * tiles
    if !packsOnce, saving >= 2.2, 4...64 ~= tiles, min(sources, destinations) >= 32, sharesSources,
      allowsWinogradUnpacked(direction)
    {
      return .winogradUnpacked
    }
    let channels = winogradChannels(direction, shape)
    return saving >= 1.6 && min(sources, destinations) >= channels && tiles >= (packsOnce ? 8 : 32)
      ? .winograd : .direct
  }

  /// The algorithm that costs least of a 3×3 convolution of stride 1 whose weights are packed once; a simpler one where
  /// another is hardly better.
  private func cheapest(_ direction: ConvolutionDirection, hasSmallTiles: Bool) -> ConvolutionAlgorithm {
    var best = (ConvolutionAlgorithm.direct, WinogradCost(self, direction, .direct).total)
    for algorithm in [ConvolutionAlgorithm.winograd2x2, .winograd] {
      if algorithm == .winograd ? !allowsWinograd(direction) : !hasSmallTiles { continue }
      let cost = WinogradCost(self, direction, algorithm).total
      if cost < 0.9 * best.1 { best = (algorithm, cost) }
    }
    return best.0
  }

  /// The algorithm of the weight gradient of operands that are stored so, by kernels with such tiles.
  public func weightGradientAlgorithm(
    input: ElementType = .float32, output: ElementType = .float32, shape: TileShape, choice: AlgorithmChoice
  ) -> ConvolutionAlgorithm {
    let inFloats = floatWeightGradientAlgorithm(shape: shape, choice: choice)
    guard input == .bfloat16 || output == .bfloat16 else { return inFloats }
    return inFloats == .winograd && allowsWinogradBFloat16(.forward) ? .winograd : .directBFloat16
  }

  /// The algorithm of the weight gradient of floats.
  private func floatWeightGradientAlgorithm(shape: TileShape, choice: AlgorithmChoice) -> ConvolutionAlgorithm {
    if let grouped = groupedAlgorithm(shape) { return grouped }
    guard choice != .direct, allowsWinogradGradient else { return .direct }
    if choice == .winograd { return .winograd }
    let (channels, saving) = (min(inputChannels, outputChannels), winogradSaving(.forward))
    if strideHeight * strideWidth == 1 {
      return channels >= winogradChannels(.forward, shape) && winogradTiles(.forward) >= 32 && saving >= 2.2
        ? .winograd : .direct
    }
    // Of several parts, each has fewer sums to be transformed back, and the less is saved the more channels must share the
    // transforms.
    // Narrow blocks transform more, so that small images that are gathered are faster a little longer.
    let fewest =
      shape.hasNarrowBlocks && batch > 1 && outputHeight * outputWidth <= WeightGradientPlan.smallImage ? 17 : 16
    guard winogradTiles(.forward) >= fewest else { return .direct }
    return channels >= (saving >= 2.2 || shape.hasNarrowBlocks ? 32 : 64) && saving >= 1.7 ? .winograd : .direct
  }

  /// Whether Winograd's algorithm takes numbers that are stored as bf16, or rounds to them: of 3×3 taps at stride 1.
  public func allowsWinogradBFloat16(_ direction: ConvolutionDirection) -> Bool {
    kernelHeight == 3 && kernelWidth == 3 && strideHeight == 1 && strideWidth == 1
      && dilationHeight * dilationWidth == 1 && allowsWinograd(direction)
  }

  /// Whether `allowsWinograd` where windows of `pool` are pooled, whose pixels must be neighbours in a tile.
  func allowsWinograd(_ direction: ConvolutionDirection, pool: (Int, Int)) -> Bool {
    allowsWinograd(direction) && (pool == (1, 1) || dilationHeight * dilationWidth == 1)
  }

  /// The fewest channels that Winograd's algorithm pays of. Of several parts, each has transforms of its own, which take as
  /// long as the products of a wide block, or as those of few channels where there are many parts; more so where parts are
  /// added up.
  private func winogradChannels(_ direction: ConvolutionDirection, _ shape: TileShape) -> Int {
    let parts = winogradParts(direction)
    let count = parts.vertical * parts.horizontal
    if count == 1 { return 16 }
    if shape.hasNarrowBlocks { return count <= 4 ? 16 : 24 }
    return winogradSaving(direction) >= (addsWinogradParts(direction) ? 3.6 : 2.2) ? 16 : 32
  }

  /// Tiles of the first part.
  private func winogradTiles(_ direction: ConvolutionDirection) -> Int {
    batch * verticalWinograd(0, direction).tiles * horizontalWinograd(0, direction).tiles
  }

  /// How many products of the direct algorithm there are for each of Winograd's, which also computes what of a tile lies
  /// outside.
  private func winogradSaving(_ direction: ConvolutionDirection) -> Double {
    let parts = winogradParts(direction)
    let vertical = (0..<parts.vertical).map { verticalWinograd($0, direction) }
    let horizontal = (0..<parts.horizontal).map { horizontalWinograd($0, direction) }
    func direct(_ axes: [WinogradAxis]) -> Int { axes.reduce(0) { $0 + $1.taps * $1.destinationCount } }
    func tiled(_ axes: [WinogradAxis]) -> Int { axes.reduce(0) { $0 + $1.points * $1.tiles } }
    return Double(direct(vertical)) * Double(direct(horizontal))
      / max(1, Double(tiled(vertical)) * Double(tiled(horizontal)))
  }
}
