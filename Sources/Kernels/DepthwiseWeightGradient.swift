import NNKernels

/// The part of a depthwise convolution's weight gradient that one task computes.
private struct DepthwiseGradientTask {
  var split: Int
  /// Lines of the output, of all images.
  var lines: Range<Int>
  var channels: Range<Int>

  init(_ plan: WeightGradientPlan, _ cut: DepthwiseGradientCut, _ task: Int) {
    let g = plan.geometry
    split = task / cut.channelChunks
    let all = g.batch * g.outputHeight
    lines = split * all / cut.splits..<(split + 1) * all / cut.splits
    let first = task % cut.channelChunks * cut.channelsPerTask
    channels = first..<min(g.inputChannels, first + cut.channelsPerTask)
  }
}

/// Some pixels of an output line, and what they are multiplied with.
private struct DepthwiseProducts {
  /// The first pixel's output gradient, and the input under its first tap.
  var output: UnsafePointer<Float>
  var input: UnsafePointer<Float>
  var pixels: Int
  /// Floats from pixel to pixel, and from tap to tap.
  var outputStride: Int
  var inputStride: Int
  var inputRow: Int
  var inputColumn: Int
  var channels: Int
  /// The first tap's sums, and floats from tap to tap.
  var sums: UnsafeMutablePointer<Float>
  var sumsRow: Int
  var sumsColumn: Int
}

/// `weightGradient` of a depthwise convolution.
func depthwiseWeightGradient(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ cut: DepthwiseGradientCut, _ task: Int,
  _ scratch: UnsafeMutableRawPointer
) {
  let a = arguments.pointee
  let g = a.plan.geometry
  let work = DepthwiseGradientTask(a.plan, cut, task)
  let sums = scratch.assumingMemoryBound(to: Float.self)
  clear(sums, cut.biasStart)
  for line in work.lines { addLine(a, work, line, sums, tap: cut.channelsPerTask) }
  let whole = a.plan.splits == 1
  let target = whole ? a.weightGradient : a.partials + work.split * a.plan.partialStride
  for tap in 0..<g.kernelHeight * g.kernelWidth {
    writeRow(
      sums + tap * cut.channelsPerTask, target + tap * g.inputChannels + work.channels.lowerBound,
      work.channels.count, whole && a.accumulate)
  }
  if a.plan.biasSide != .none { writeChannelSums(a, work.channels, split: work.split, sums + cut.biasStart) }
}

/// Adds the products of one line of the output.
private func addLine(
  _ a: WeightGradientArguments, _ work: DepthwiseGradientTask, _ line: Int, _ sums: UnsafeMutablePointer<Float>,
  tap: Int
) {
  let g = a.plan.geometry
  let (vertical, horizontal) = (g.verticalPhase(0, .forward), g.horizontalPhase(0, .forward))
  let (image, y) = (line / g.outputHeight, line % g.outputHeight)
  let rows = vertical.taps(y)
  if rows.isEmpty { return }
  let inputRow = y * vertical.sourceStep + vertical.sourceStart + rows.lowerBound * vertical.tapStep
  let inputPixel = (image * g.inputHeight + inputRow) * g.inputWidth + horizontal.sourceStart
  let words = a.plan.inputWords
  let products = DepthwiseProducts(
    output: a.output + line * g.outputWidth * a.plan.outputWords + work.channels.lowerBound,
    input: a.input + inputPixel * words + work.channels.lowerBound, pixels: 0, outputStride: a.plan.outputWords,
    inputStride: horizontal.sourceStep * words, inputRow: vertical.tapStep * g.inputWidth * words,
    inputColumn: horizontal.tapStep * words, channels: work.channels.count,
    sums: sums + rows.lowerBound * g.kernelWidth * tap, sumsRow: g.kernelWidth * tap, sumsColumn: tap)
  let interior = horizontal.interior
  var x = 0
  while x < horizontal.destinationCount {
    let isInside = interior.contains(x)
    let columns = isInside ? 0..<horizontal.tapCount : horizontal.taps(x)
    var part = products
    part.pixels = isInside ? interior.upperBound - x : 1
    part.output += x * products.outputStride
    part.input += x * products.inputStride + columns.lowerBound * products.inputColumn
    part.sums += columns.lowerBound * tap
    addTaps(part, rows: rows.count, columns: columns.count)
    x += part.pixels
  }
}

/// Adds the products of all taps, as many at a time as there are registers for.
private func addTaps(_ products: DepthwiseProducts, rows: Int, columns: Int) {
  var row = 0
  while row < rows {
    let most = columns <= 3 ? 3 : columns <= 5 ? 2 : 1
    let height = min(most, rows - row)
    var column = 0
    while column < columns {
      let width = min(8, columns - column)
      var part = products
      part.input += row * products.inputRow + column * products.inputColumn
      part.sums += row * products.sumsRow + column * products.sumsColumn
      addTaps(&part, height, width)
      column += width
    }
    row += height
  }
}

private func addTaps(_ products: UnsafePointer<DepthwiseProducts>, _ rows: Int, _ columns: Int) {
  switch (rows, columns) {
  case (1, 1): addTaps(TapSums<1, 1>.self, products)
  case (1, 2): addTaps(TapSums<1, 2>.self, products)
  case (1, 3): addTaps(TapSums<1, 3>.self, products)
  case (1, 4): addTaps(TapSums<1, 4>.self, products)
  case (1, 5): addTaps(TapSums<1, 5>.self, products)
  case (1, 6): addTaps(TapSums<1, 6>.self, products)
  case (1, 7): addTaps(TapSums<1, 7>.self, products)
  case (1, 8): addTaps(TapSums<1, 8>.self, products)
  case (2, 1): addTaps(TapSums<2, 1>.self, products)
  case (2, 2): addTaps(TapSums<2, 2>.self, products)
  case (2, 3): addTaps(TapSums<2, 3>.self, products)
  case (2, 4): addTaps(TapSums<2, 4>.self, products)
  case (2, 5): addTaps(TapSums<2, 5>.self, products)
  case (3, 1): addTaps(TapSums<3, 1>.self, products)
  case (3, 2): addTaps(TapSums<3, 2>.self, products)
  case (3, 3): addTaps(TapSums<3, 3>.self, products)
  default: break
  }
}

/// The sums of a lane of channels for some taps.
private typealias TapSums<let rows: Int, let columns: Int> = InlineArray<rows, InlineArray<columns, Lane>>

@inline(never)
private func addTaps<let rows: Int, let columns: Int>(
  _: TapSums<rows, columns>.Type, _ place: UnsafePointer<DepthwiseProducts>
) {
  let p = place.pointee
  for channel in stride(from: 0, to: p.channels, by: Lane.width) {
    var sums = TapSums<rows, columns>(repeating: .init(repeating: .zero))
    let target = p.sums + channel
    for m in 0..<rows { for n in 0..<columns { sums[m][n] = Lane(target + m * p.sumsRow + n * p.sumsColumn) } }
    var (output, input) = (p.output + channel, p.input + channel)
    for _ in 0..<p.pixels {
      let gradient = Lane(output)
      for m in 0..<rows {
        for n in 0..<columns {
          addProduct(&sums[m][n], gradient, Lane(input + m * p.inputRow + n * p.inputColumn))
        }
      }
      output += p.outputStride
      input += p.inputStride
    }
    for m in 0..<rows { for n in 0..<columns { sums[m][n].store(target + m * p.sumsRow + n * p.sumsColumn) } }
  }
}
