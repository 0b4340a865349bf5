import NNKernels

extension WinogradStrip {
  /// Whether each destination is one source times one weight matrix, so that nothing is transformed, and no source lies
  /// outside the image.
  @inline(__always)
  var isSingleTap: Bool { y.isSingleTap && x.isSingleTap }
}

extension WinogradAxis {
  @inline(__always)
  fileprivate var isSingleTap: Bool {
    taps == 1 && sourceStart >= 0 && (destinationCount - 1) * sourceStep + sourceStart < sourceCount
  }
}

/// Convolves the destinations of a strip of an adjoint convolution's part with one tap where their sources lie.
func convolveSingleTap(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ strip: WinogradStrip, _ block: WinogradBlock,
  _ weights: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>
) {
  let a = arguments.pointee
  let (y, x) = (strip.y, strip.x)
  var epilogue = TileEpilogue(
    a, first: block.first, tail: block.tail, stride: x.destinationStep * a.plan.destinationWords, sums: sums,
    prefetches: true)
  var runs = TileRuns(
    rows: 1, rowStride: 0, runs: 1, runStride: 0, length: a.plan.sourceChannels,
    pixelStride: x.sourceStep * a.plan.sourceWords)
  var tile = strip.tiles.lowerBound
  while tile < strip.tiles.upperBound {
    let at = strip.place(tile)
    let tiles = min(strip.tiles.upperBound - tile, x.tiles - at.x / x.tile)
    let columns = min(tiles * x.tile, x.destinationCount - at.x)
    for line in at.y..<min(at.y + y.tile, y.destinationCount) {
      let sourceLine = at.image * a.plan.sourceHeight + line * y.sourceStep + y.sourceStart
      let sourcePixel = sourceLine * a.plan.sourceWidth + at.x * x.sourceStep + x.sourceStart
      let targetLine = at.image * a.plan.destinationHeight + y.destinationStart + line * y.destinationStep
      let targetPixel = targetLine * a.plan.destinationWidth + x.destinationStart + at.x * x.destinationStep
      runConvolutionTiles(
        columns, block.lanes, pairs: false, a.source + sourcePixel * a.plan.sourceWords, &runs, weights,
        a.destination + targetPixel * a.plan.destinationWords + a.plan.storedWord(block.first), &epilogue)
    }
    tile += tiles
  }
}
