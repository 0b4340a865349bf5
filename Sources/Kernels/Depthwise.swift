import NNKernels

/// Where some pixels of a depthwise convolution have their taps, and what is added to their sums.
private struct DepthwiseTaps {
  /// The first pixel's first tap, at its first channel, in the source and in the weights.
  var source: UnsafePointer<Float>
  var weights: UnsafePointer<Float>
  /// Kernel rows and columns inside the image, and floats from one to the next.
  var rows: Int
  var columns: Int
  var sourceRow: Int
  var sourceColumn: Int
  var weightRow: Int
  var weightColumn: Int
  /// Floats from the source of a pixel to that of the next.
  var pixelStride: Int
  var channels: Int
  var bias: UnsafePointer<Float>?
}

/// `convolve` of a depthwise convolution.
func depthwiseConvolve(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: DepthwiseCut, _ task: Int,
  _ scratch: UnsafeMutableRawPointer
) {
  let plan = arguments.pointee.plan
  let g = plan.geometry
  let (image, first) = (task / cut.rowChunks, task % cut.rowChunks * cut.rowsPerTask)
  let sums = scratch.assumingMemoryBound(to: Float.self)
  for py in 0..<g.verticalPhases(plan.direction) {
    let vertical = g.verticalPhase(py, plan.direction)
    let rows = (first..<first + cut.rowsPerTask).clamped(to: 0..<vertical.destinationCount)
    for px in 0..<g.horizontalPhases(plan.direction) {
      let horizontal = g.horizontalPhase(px, plan.direction)
      for y in rows { convolveRow(arguments, image, vertical, horizontal, y, sums) }
    }
  }
}

/// Row `y` of a phase.
private func convolveRow(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ image: Int, _ vertical: ConvolutionPhase,
  _ horizontal: ConvolutionPhase, _ y: Int, _ sums: UnsafeMutablePointer<Float>
) {
  let a = arguments.pointee
  let plan = a.plan
  let (width, words, channels) = (plan.geometry.kernelWidth, plan.sourceWords, plan.destinationChannels)
  let taps = vertical.taps(y)
  let kernelRow = vertical.kernelStart + taps.lowerBound * vertical.kernelStep
  let sourceRow = y * vertical.sourceStep + vertical.sourceStart + taps.lowerBound * vertical.tapStep
  let sourcePixel = (image * plan.sourceHeight + sourceRow) * plan.sourceWidth + horizontal.sourceStart
  let row = DepthwiseTaps(
    source: a.source + sourcePixel * words,
    weights: a.packed + (kernelRow * width + horizontal.kernelStart) * channels, rows: taps.count,
    columns: horizontal.tapCount, sourceRow: vertical.tapStep * plan.sourceWidth * words,
    sourceColumn: horizontal.tapStep * words, weightRow: vertical.kernelStep * width * channels,
    weightColumn: horizontal.kernelStep * channels, pixelStride: horizontal.sourceStep * words, channels: channels,
    bias: a.bias)
  let stride = horizontal.destinationStep * plan.destinationWords
  var whole = TileEpilogue(a, first: 0, tail: Lane.width, stride: stride, sums: sums, addsBias: false)
  var last = whole
  last.tail = channels - (channels - 1) / Lane.width * Lane.width
  let line = image * plan.destinationHeight + vertical.destinationStart + y * vertical.destinationStep
  let pixel = line * plan.destinationWidth + horizontal.destinationStart
  let destination = a.destination + pixel * plan.destinationWords
  let (count, interior) = (horizontal.destinationCount, horizontal.interior)
  func convolveEdge(_ columns: Range<Int>) {
    for x in columns {
      let taps = horizontal.taps(x)
      var edge = row
      edge.source += x * row.pixelStride + taps.lowerBound * row.sourceColumn
      edge.weights += taps.lowerBound * row.weightColumn
      edge.columns = taps.count
      convolvePixels(1, edge, destination + x * stride, &whole, &last)
    }
  }
  if interior.isEmpty { return convolveEdge(0..<count) }
  convolveEdge(0..<interior.lowerBound)
  var inside = row
  inside.source += interior.lowerBound * row.pixelStride
  convolvePixels(interior.count, inside, destination + interior.lowerBound * stride, &whole, &last)
  convolveEdge(interior.upperBound..<count)
}

/// `count` pixels with the same taps, tile by tile.
private func convolvePixels(
  _ count: Int, _ taps: DepthwiseTaps, _ destination: UnsafeMutablePointer<Float>,
  _ whole: UnsafePointer<TileEpilogue>, _ last: UnsafePointer<TileEpilogue>
) {
  let tiles = (count + maximumTileRows - 1) / maximumTileRows
  let (pixels, larger) = (count / tiles, count % tiles)
  var (taps, target) = (taps, destination)
  for tile in 0..<tiles {
    let pixels = tile < larger ? pixels + 1 : pixels
    switch pixels {
    case 1: convolveTile(DepthwiseTile<1>.self, &taps, target, whole, last)
    case 2: convolveTile(DepthwiseTile<2>.self, &taps, target, whole, last)
    case 3: convolveTile(DepthwiseTile<3>.self, &taps, target, whole, last)
    case 4: convolveTile(DepthwiseTile<4>.self, &taps, target, whole, last)
    case 5: convolveTile(DepthwiseTile<5>.self, &taps, target, whole, last)
    case 6: convolveTile(DepthwiseTile<6>.self, &taps, target, whole, last)
    case 7: convolveTile(DepthwiseTile<7>.self, &taps, target, whole, last)
    default: convolveTile(DepthwiseTile<8>.self, &taps, target, whole, last)
    }
    taps.source += pixels * taps.pixelStride
    target += pixels * whole.pointee.stride
  }
}

/// Sums of some pixels, a lane of channels of each.
private typealias DepthwiseTile<let pixels: Int> = InlineArray<pixels, InlineArray<1, Lane>>

/// Some pixels side by side, lane by lane of their channels; `last` is the epilogue of the last lane.
@inline(never)
private func convolveTile<let pixels: Int>(
  _: DepthwiseTile<pixels>.Type, _ place: UnsafePointer<DepthwiseTaps>, _ destination: UnsafeMutablePointer<Float>,
  _ whole: UnsafePointer<TileEpilogue>, _ last: UnsafePointer<TileEpilogue>
) {
  let taps = place.pointee
  let words = Lane.words(whole.pointee.isBFloat16)
  var (channel, target) = (0, destination)
  while channel < taps.channels {
    var sums = DepthwiseTile<pixels>(repeating: .init(repeating: .zero))
    var (line, weights) = (taps.source + channel, taps.weights + channel)
    for _ in 0..<taps.rows {
      var (values, weight) = (line, weights)
      for _ in 0..<taps.columns {
        let factor = Lane(weight)
        for m in 0..<pixels { addProduct(&sums[m][0], Lane(values + m * taps.pixelStride), factor) }
        values += taps.sourceColumn
        weight += taps.weightColumn
      }
      line += taps.sourceRow
      weights += taps.weightRow
    }
    if let bias = taps.bias {
      let value = Lane(bias + channel)
      for m in 0..<pixels { sums[m][0] += value }
    }
    channel += Lane.width
    storeTile(sums, target, channel < taps.channels ? whole : last)
    target += words
  }
}
