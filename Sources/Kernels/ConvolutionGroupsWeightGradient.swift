import NNKernels

/// The part of a grouped convolution's weight gradient that one task computes.
private struct GroupedGradientTask {
  var split: Int
  /// Lines of the output, of all images.
  var lines: Range<Int>
  var channels: Range<Int>

  init(_ plan: WeightGradientPlan, _ cut: GroupedGradientCut, _ task: Int) {
    let g = plan.geometry
    split = task / cut.channelChunks
    let all = g.batch * g.outputHeight
    lines = split * all / cut.splits..<(split + 1) * all / cut.splits
    let first = task % cut.channelChunks * cut.channelsPerTask
    channels = first..<min(g.inputChannels, first + cut.channelsPerTask)
  }
}

/// Some pixels of an output line, and what they are multiplied with.
private struct GroupedProducts {
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
  /// Channels of a group.
  var width: Int
  /// The first tap's sums, and floats from one channel of the groups' outputs to the next, and from tap to tap.
  var sums: UnsafeMutablePointer<Float>
  var sumsOutput: Int
  var sumsRow: Int
  var sumsColumn: Int
}

/// `weightGradient` of a grouped convolution.
func groupedWeightGradient(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ cut: GroupedGradientCut, _ task: Int,
  _ scratch: UnsafeMutableRawPointer
) {
  if cut.width == 1 {
    sumTask(arguments, cut, task, scratch, OneChannel.self)
  } else {
    sumTask(arguments, cut, task, scratch, SeveralChannels.self)
  }
}

private func sumTask<Channels: GroupedChannels>(
  _ arguments: UnsafePointer<WeightGradientArguments>, _ cut: GroupedGradientCut, _ task: Int,
  _ scratch: UnsafeMutableRawPointer, _ grouped: Channels.Type
) {
  let a = arguments.pointee
  let g = a.plan.geometry
  let work = GroupedGradientTask(a.plan, cut, task)
  let sums = scratch.assumingMemoryBound(to: Float.self)
  clear(sums, cut.biasStart)
  for line in work.lines { addLine(a, work, line, sums, row: cut.channelsPerTask, grouped) }
  let whole = a.plan.splits == 1
  let target = whole ? a.weightGradient : a.partials + work.split * a.plan.partialStride
  for tap in 0..<g.kernelHeight * g.kernelWidth {
    let rows = sums + tap * cut.width * cut.channelsPerTask
    transposeGroups(rows, cut.channelsPerTask, cut.width)
    for row in 0..<cut.width {
      writeRow(
        rows + row * cut.channelsPerTask,
        target + (tap * cut.width + row) * g.inputChannels + work.channels.lowerBound, work.channels.count,
        whole && a.accumulate)
    }
  }
  if a.plan.biasSide != .none { writeChannelSums(a, work.channels, split: work.split, sums + cut.biasStart) }
}

/// Adds the products of one line of the output.
private func addLine<Channels: GroupedChannels>(
  _ a: WeightGradientArguments, _ work: GroupedGradientTask, _ line: Int, _ sums: UnsafeMutablePointer<Float>,
  row: Int, _ grouped: Channels.Type
) {
  let g = a.plan.geometry
  let tap = g.groupInputs * row
  let (vertical, horizontal) = (g.verticalPhase(0, .forward), g.horizontalPhase(0, .forward))
  let (image, y) = (line / g.outputHeight, line % g.outputHeight)
  let rows = vertical.taps(y)
  if rows.isEmpty { return }
  let inputRow = y * vertical.sourceStep + vertical.sourceStart + rows.lowerBound * vertical.tapStep
  let inputPixel = (image * g.inputHeight + inputRow) * g.inputWidth + horizontal.sourceStart
  let words = a.plan.inputWords
  let products = GroupedProducts(
    output: a.output + line * g.outputWidth * a.plan.outputWords + work.channels.lowerBound,
    input: a.input + inputPixel * words + work.channels.lowerBound, pixels: 0, outputStride: a.plan.outputWords,
    inputStride: horizontal.sourceStep * words, inputRow: vertical.tapStep * g.inputWidth * words,
    inputColumn: horizontal.tapStep * words, channels: work.channels.count,
    width: g.groupInputs, sums: sums + rows.lowerBound * g.kernelWidth * tap, sumsOutput: row,
    sumsRow: g.kernelWidth * tap, sumsColumn: tap)
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
    addTaps(part, rows: rows.count, columns: columns.count, grouped)
    x += part.pixels
  }
}

/// Adds the products of all taps, as many at a time as there are registers for.
private func addTaps<Channels: GroupedChannels>(
  _ products: GroupedProducts, rows: Int, columns: Int, _ grouped: Channels.Type
) {
  var row = 0
  while row < rows {
    let most = columns <= 3 ? 3 : columns <= 5 ? 2 : 1
    let height = min(most, rows - row)
    var column = 0
    while column < columns {
      let count = min(8, columns - column)
      var part = products
      part.input += row * products.inputRow + column * products.inputColumn
      part.sums += row * products.sumsRow + column * products.sumsColumn
      addTaps(&part, height, count, grouped)
      column += count
    }
    row += height
  }
}

private func addTaps<Channels: GroupedChannels>(
  _ products: UnsafePointer<GroupedProducts>, _ rows: Int, _ columns: Int, _ grouped: Channels.Type
) {
  switch (rows, columns) {
  case (1, 1): addTaps(TapSums<1, 1>.self, products, grouped)
  case (1, 2): addTaps(TapSums<1, 2>.self, products, grouped)
  case (1, 3): addTaps(TapSums<1, 3>.self, products, grouped)
  case (1, 4): addTaps(TapSums<1, 4>.self, products, grouped)
  case (1, 5): addTaps(TapSums<1, 5>.self, products, grouped)
  case (1, 6): addTaps(TapSums<1, 6>.self, products, grouped)
  case (1, 7): addTaps(TapSums<1, 7>.self, products, grouped)
  case (1, 8): addTaps(TapSums<1, 8>.self, products, grouped)
  case (2, 1): addTaps(TapSums<2, 1>.self, products, grouped)
  case (2, 2): addTaps(TapSums<2, 2>.self, products, grouped)
  case (2, 3): addTaps(TapSums<2, 3>.self, products, grouped)
  case (2, 4): addTaps(TapSums<2, 4>.self, products, grouped)
  case (2, 5): addTaps(TapSums<2, 5>.self, products, grouped)
  case (3, 1): addTaps(TapSums<3, 1>.self, products, grouped)
  case (3, 2): addTaps(TapSums<3, 2>.self, products, grouped)
  case (3, 3): addTaps(TapSums<3, 3>.self, products, grouped)
  default: break
  }
}

/// The sums of a lane of channels for some taps.
private typealias TapSums<let rows: Int, let columns: Int> = InlineArray<rows, InlineArray<columns, Lane>>

@inline(never)
private func addTaps<let rows: Int, let columns: Int, Channels: GroupedChannels>(
  _: TapSums<rows, columns>.Type, _ place: UnsafePointer<GroupedProducts>, _ grouped: Channels.Type
) {
  let p = place.pointee
  let (width, starts) = (Channels.isDepthwise ? 1 : p.width, groupStarts(p.width))
  for channel in stride(from: 0, to: p.channels, by: Lane.width) {
    for index in 0..<width {
      var sums = TapSums<rows, columns>(repeating: .init(repeating: .zero))
      let target = p.sums + index * p.sumsOutput + channel
      for m in 0..<rows { for n in 0..<columns { sums[m][n] = Lane(target + m * p.sumsRow + n * p.sumsColumn) } }
      var (output, input) = (p.output + channel, p.input + channel)
      for _ in 0..<p.pixels {
        // Spread are gradients, of which there is one for all taps.
        let gradient = Lane(output).spread(starts, index, grouped)
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
}

/// Exchanges rows and channels of each group in `width` rows of so many channels.
func transposeGroups(_ rows: UnsafeMutablePointer<Float>, _ channels: Int, _ width: Int) {
  for first in stride(from: 0, to: channels, by: width) {
    for row in 1..<max(1, width) {
      for index in 0..<row {
        let (a, b) = (rows + row * channels + first + index, rows + index * channels + first + row)
        (a.pointee, b.pointee) = (b.pointee, a.pointee)
      }
    }
  }
}
