import NNTensor

extension ConvolutionBlocking {
  /// Whether it cuts the work of an algorithm, for a weight gradient or another convolution.
  public func cuts(_ algorithm: ConvolutionAlgorithm, ofWeights: Bool) -> Bool {
    switch self {
    case .panels: ofWeights && !algorithm.isGrouped
    case .rows: !ofWeights && algorithm.isCutInRows
    case .strips: !ofWeights && algorithm.isCutInStrips
    }
  }
}

extension ConvolutionAlgorithm {
  /// Whether a `WinogradCut` cuts its work.
  var isCutInStrips: Bool {
    switch self {
    case .winograd, .winograd2x2, .winogradBFloat16: true
    case .direct, .directBFloat16, .winogradUnpacked, .winograd4x1, .depthwise, .grouped, .narrow, .unpacked: false
    }
  }
}

extension ConvolutionPlan {
  /// The same work in other tasks; as it is where the blocking is another algorithm's, or nil.
  public func cut(by blocking: ConvolutionBlocking?) -> ConvolutionPlan {
    var plan = self
    switch (cut, blocking) {
    case (.direct(var cut), .rows(let wanted)?) where !cut.packsPieces:
      let rows = min(blockedRows, cut.mostRows)
      guard rows > 0, cut.columnChunks == 1 else { return self }
      cut.rowsPerChunk = min(rows, max(1, wanted / poolHeight) * poolHeight)
      cut.rowChunks = ceilingQuotient(blockedRows, cut.rowsPerChunk)
      plan.cut = .direct(cut)
    case (.winograd(let cut), .strips(let tiles, let wanted)?):
      plan.cut = .winograd(cut.cut(tiles: tiles, blocks: max(wanted, blocksPerTask), of: blocks))
    default: break
    }
    return plan
  }

  /// Rows of a phase that tasks share.
  private var blockedRows: Int { geometry.verticalPhase(0, direction).destinationCount / poolHeight * poolHeight }

  /// Blockings that may be faster than the rule's, those first that are nearer to it.
  public var otherBlockings: [ConvolutionBlocking] {
    switch cut {
    case .winograd(let cut): return cut.otherBlockings(fewestBlocks: blocksPerTask)
    case .direct(let cut) where cut.columnChunks == 1 && !cut.packsPieces:
      let (rows, own) = (min(blockedRows, cut.mostRows), cut.rowsPerChunk)
      return distinct(
        [own / 2, own * 2, own / 4, own * 4].map { min(rows, max(1, $0 / poolHeight) * poolHeight) }, own
      )
      .map { .rows($0) }
    default: return []
    }
  }
}

extension WinogradCut {
  /// Strips of at most so many tiles, and tasks of so many of all the blocks.
  func cut(tiles wanted: Int, blocks: Int, of all: Int) -> WinogradCut {
    var cut = self
    cut.strips = ceilingQuotient(tiles, min(max(1, wanted), Self.mostBlocked))
    cut.tilesPerStrip = ceilingQuotient(tiles, cut.strips)
    cut.blocksPerChunk = min(max(1, blocks), all)
    cut.blockChunks = ceilingQuotient(all, cut.blocksPerChunk)
    return cut
  }

  /// Tiles of a strip at most, for the scratch memory's sake.
  private static var mostBlocked: Int { 384 }

  fileprivate func otherBlockings(fewestBlocks: Int) -> [ConvolutionBlocking] {
    let all = blocksPerChunk * blockChunks
    let strips = distinct(
      [tilesPerStrip / 2, tilesPerStrip * 2, tilesPerStrip * 3 / 2].map { min(max(1, $0), tiles) }, tilesPerStrip)
    let chunks = distinct(
      [blocksPerChunk * 2, blocksPerChunk / 2].map { min(max(fewestBlocks, 1, $0), all) }, blocksPerChunk)
    return strips.map { .strips(tiles: $0, blocks: blocksPerChunk) }
      + chunks.map { .strips(tiles: tilesPerStrip, blocks: $0) }
  }
}

extension WeightGradientPlan {
  /// The same work in other tasks, as many splits of the pixels as before; as it is where the blocking is another
  /// algorithm's, or nil.
  public func cut(by blocking: ConvolutionBlocking?) -> WeightGradientPlan {
    guard case .panels(let wanted)? = blocking else { return self }
    var plan = self
    switch cut {
    case .panels: break
    case .winograd(let cut):
      plan.cut = .winograd(cut.cut(rows: wanted, of: geometry.inputChannels, laneWidth: shape.laneWidth))
      return plan
    case .grouped: return self
    }
    // Whole tiles, so that no task has a part of one that another rule would not have.
    let unit = maximumTileRows
    let most = gathers ? Self.mostGathered : Self.mostBlocked
    plan.rowsPerChunk = min(rows, ceilingQuotient(min(max(1, wanted), most), unit) * unit)
    plan.rowChunks = ceilingQuotient(rows, plan.rowsPerChunk)
    return plan
  }

  /// Rows of a task at most, for the scratch memory's sake.
  private static var mostBlocked: Int { 1024 }
  private static var mostGathered: Int { 256 }

  /// Blockings that may be faster than the rule's, those first that are nearer to it.
  public var otherBlockings: [ConvolutionBlocking] {
    let (own, most, unit): (Int, Int, Int)
    switch cut {
    case .panels: (own, most, unit) = (rowsPerChunk, rows, maximumTileRows)
    case .winograd(let cut):
      (own, most, unit) = (cut.wide.rowsPerChunk, shape.padded(geometry.inputChannels), shape.laneWidth)
    case .grouped: return []
    }
    return distinct([own / 2, own * 2, own * 3 / 2].map { min(most, max(1, $0 / unit) * unit) }, own)
      .map { .panels(rows: $0) }
  }
}

extension WinogradGradientCut {
  fileprivate func cut(rows: Int, of channels: Int, laneWidth: Int) -> WinogradGradientCut {
    var cut = self
    let rows = min(max(1, rows), 256)
    cut.wide = wide.cut(rows: rows, of: channels, laneWidth)
    cut.slim = slim.cut(rows: rows, of: channels, laneWidth)
    return cut
  }
}

extension WinogradGradientChunks {
  /// Chunks of at most so many rows, rounded up to whole lanes.
  fileprivate func cut(rows: Int, of channels: Int, _ laneWidth: Int) -> WinogradGradientChunks {
    let most = ceilingQuotient(rows, laneWidth) * laneWidth
    return WinogradGradientChunks(
      inputs: (channels, ceilingQuotient(channels, most)), blocks: (blocksPerChunk * blockChunks, blockChunks),
      planes: planes, weightPlanes: weightPlanes, tiles: tiles, laneWidth: laneWidth)
  }
}

/// Each once, without `own`, in order.
private func distinct(_ values: [Int], _ own: Int) -> [Int] {
  values.indices.filter { values[$0] != own && values.firstIndex(of: values[$0]) == $0 }.map { values[$0] }
}

extension ConvolutionGeometry {
  /// The algorithms that compute this convolution in this direction, pooled by windows of `pool`, `rule` first: those that
  /// take numbers that are stored and multiplied as it does.
  public func algorithms(
    _ direction: ConvolutionDirection, pool: (Int, Int), like rule: ConvolutionAlgorithm
  ) -> [ConvolutionAlgorithm] {
    if rule.multipliesBFloat16 {
      let all: [ConvolutionAlgorithm] = [.directBFloat16, .winogradBFloat16]
      let isPossible = allowsWinogradBFloat16(direction) && (pool == (1, 1) || pool == (2, 2))
      return isPossible ? [rule] + all.filter { $0 != rule } : [rule]
    }
    guard pool == (1, 1) || pool == (2, 2) else { return [rule] }
    var all: [ConvolutionAlgorithm] = [.direct]
    // Of fewer channels, the errors of tiles of 4×4 are larger than the bound that all algorithms keep (Documentation/speed.md).
    if (direction == .forward ? inputChannels : outputChannels) >= 16 {
      if allowsWinograd(direction, pool: pool) { all.append(.winograd) }
      if allowsWinogradUnpacked(direction) { all.append(.winogradUnpacked) }
    }
    if allowsWinograd2x2(direction) { all.append(.winograd2x2) }
    if allowsWinograd4x1(direction) { all.append(.winograd4x1) }
    if rule == .unpacked { all.append(.unpacked) }
    return all.contains(rule) ? [rule] + all.filter { $0 != rule } : [rule]
  }

  /// The same for the weight gradient of operands of which one at least is stored so.
  public func weightGradientAlgorithms(
    of element: ElementType, like rule: ConvolutionAlgorithm
  ) -> [ConvolutionAlgorithm] {
    let isFloat = element == .float32
    let all: [ConvolutionAlgorithm] = [isFloat ? .direct : .directBFloat16, .winograd]
    guard all.contains(rule), isFloat ? allowsWinogradGradient : allowsWinogradBFloat16(.forward) else {
      return [rule]
    }
    return [rule] + all.filter { $0 != rule }
  }
}
