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
  /// Floats from the source of the first pixel to those of all in a tile. Kept as they are: made of one stride, they would be
  /// added up one after the other for each tap.
  var pixels: InlineArray<8, Int>
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
    weightColumn: horizontal.kernelStep * channels, pixels: .init { $0 * horizontal.sourceStep * words },
    channels: channels, bias: a.bias)
  let pixelStride = horizontal.sourceStep * words
  let stride = horizontal.destinationStep * plan.destinationWords
  var whole = TileEpilogue(a, first: 0, tail: Lane.width, stride: stride, sums: sums, addsBias: false)
  var last = whole
  last.tail = channels - (channels - 1) / Lane.width * Lane.width
  let line = image * plan.destinationHeight + vertical.destinationStart + y * vertical.destinationStep
  let pixel = line * plan.destinationWidth + horizontal.destinationStart
  let destination = a.destination + pixel * plan.destinationWords
  let interior = horizontal.interior
  var x = 0
  while x < horizontal.destinationCount {
    var part = row
    part.source += x * pixelStride
    var pixels = 1
    if interior.contains(x) {
      pixels = interior.upperBound - x
    } else {
      let taps = horizontal.taps(x)
      part.source += taps.lowerBound * row.sourceColumn
      part.weights += taps.lowerBound * row.weightColumn
      part.columns = taps.count
    }
    convolvePixels(pixels, part, destination + x * stride, &whole, &last)
    x += pixels
  }
}

/// `count` pixels with the same taps, tile by tile.
private func convolvePixels(
  _ count: Int, _ taps: DepthwiseTaps, _ destination: UnsafeMutablePointer<Float>,
  _ whole: UnsafePointer<TileEpilogue>, _ last: UnsafePointer<TileEpilogue>
) {
  var (taps, target) = (taps, destination)
  if count == 1 {
    // A pixel alone has several lanes at a time, so that as many sums are under way.
    let most = 4 * Lane.width
    let together = taps.channels / most * most
    if together > 0 { convolveTile(DepthwiseTile<1, 4>.self, &taps, 0..<together, target, whole, last) }
    if together == taps.channels { return }
    return convolveTile(DepthwiseTile<1, 1>.self, &taps, together..<taps.channels, target, whole, last)
  }
  let tiles = (count + maximumTileRows - 1) / maximumTileRows
  let (pixels, larger) = (count / tiles, count % tiles)
  let channels = 0..<taps.channels
  for tile in 0..<tiles {
    let pixels = tile < larger ? pixels + 1 : pixels
    switch pixels {
    case 1: convolveTile(DepthwiseTile<1, 1>.self, &taps, channels, target, whole, last)
    case 2: convolveTile(DepthwiseTile<2, 1>.self, &taps, channels, target, whole, last)
    case 3: convolveTile(DepthwiseTile<3, 1>.self, &taps, channels, target, whole, last)
    case 4: convolveTile(DepthwiseTile<4, 1>.self, &taps, channels, target, whole, last)
    case 5: convolveTile(DepthwiseTile<5, 1>.self, &taps, channels, target, whole, last)
    case 6: convolveTile(DepthwiseTile<6, 1>.self, &taps, channels, target, whole, last)
    case 7: convolveTile(DepthwiseTile<7, 1>.self, &taps, channels, target, whole, last)
    default: convolveTile(DepthwiseTile<8, 1>.self, &taps, channels, target, whole, last)
    }
    taps.source += pixels * taps.pixels[1]
    target += pixels * whole.pointee.stride
  }
}

/// Sums of some pixels, some lanes of channels of each.
private typealias DepthwiseTile<let pixels: Int, let lanes: Int> = InlineArray<pixels, InlineArray<lanes, Lane>>

/// Some channels of some pixels side by side, lanes by lanes; `last` is the epilogue of a pixel's last ones.
@inline(never)
private func convolveTile<let pixels: Int, let lanes: Int>(
  _: DepthwiseTile<pixels, lanes>.Type, _ place: UnsafePointer<DepthwiseTaps>, _ channels: Range<Int>,
  _ destination: UnsafeMutablePointer<Float>, _ whole: UnsafePointer<TileEpilogue>,
  _ last: UnsafePointer<TileEpilogue>
) {
  let taps = place.pointee
  var channel = channels.lowerBound
  var target = destination + (whole.pointee.isBFloat16 ? channel / 2 : channel)
  while channel < channels.upperBound {
    var sums = DepthwiseTile<pixels, lanes>(repeating: .init(repeating: .zero))
    var (line, weights) = (taps.source + channel, taps.weights + channel)
    for _ in 0..<taps.rows {
      var (values, weight) = (line, weights)
      for _ in 0..<taps.columns {
        for n in 0..<lanes {
          let factor = Lane(weight + n * Lane.width)
          for m in 0..<pixels { addProduct(&sums[m][n], Lane(values + taps.pixels[m] + n * Lane.width), factor) }
        }
        values += taps.sourceColumn
        weight += taps.weightColumn
      }
      line += taps.sourceRow
      weights += taps.weightRow
    }
    if let bias = taps.bias {
      for n in 0..<lanes {
        let value = Lane(bias + channel + n * Lane.width)
        for m in 0..<pixels { sums[m][n] += value }
      }
    }
    channel += lanes * Lane.width
    storeTile(sums, target, channel < taps.channels ? whole : last)
    target += lanes * Lane.words(whole.pointee.isBFloat16)
  }
}
