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

/// Multiplies the sources of a strip of a direct convolution's part of one tap where they lie, to the sums of the parts so far,
/// or adds the products to these.
func addSingleTap(
  _ source: WinogradSource, _ strip: WinogradStrip, _ block: WinogradBlock, _ weights: UnsafePointer<Float>,
  _ sums: WinogradSums, adds: Bool
) {
  let (y, x) = (strip.y, strip.x)
  let pieces = MatrixProduct.pieces(source.count, lanes: block.lanes)
  var tile = strip.tiles.lowerBound
  while tile < strip.tiles.upperBound {
    let at = strip.place(tile)
    let tiles = min(strip.tiles.upperBound - tile, x.tiles - at.x / x.tile)
    let (lines, columns) = (min(y.tile, y.destinationCount - at.y), min(tiles * x.tile, x.destinationCount - at.x))
    let sourceLine = at.image * source.height + at.y * y.sourceStep + y.sourceStart
    var pixel = source.start + (sourceLine * source.width + at.x * x.sourceStep + x.sourceStart) * source.words
    var target = sums.start(tile - strip.tiles.lowerBound)
    for line in 0..<y.tile {
      // What lies outside is added to, though nobody reads it.
      let inside = line < lines ? columns : 0
      if !adds { clear(target + inside * sums.pixel, (tiles * x.tile - inside) * sums.pixel) }
      for piece in 0..<(inside > 0 ? pieces : 0) {
        let first = piece * source.count / pieces
        let product = MatrixProduct(
          sources: pixel + first, stride: x.sourceStep * source.words,
          length: (piece + 1) * source.count / pieces - first, weights: weights + first * sums.pixel)
        product.run(
          ProductTiles(inside, lanes: block.lanes), pairs: false, target, adds: adds || piece > 0)
      }
      pixel += y.sourceStep * source.width * source.words
      target += sums.row
    }
    tile += tiles
  }
}
