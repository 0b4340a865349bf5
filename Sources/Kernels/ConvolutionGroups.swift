import NNKernels

/// How many channels groups have: a type, so that those of one have tiles of their own.
protocol GroupedChannels { static var isDepthwise: Bool { get } }
enum OneChannel: GroupedChannels { @inline(__always) static var isDepthwise: Bool { true } }
enum SeveralChannels: GroupedChannels { @inline(__always) static var isDepthwise: Bool { false } }

/// For each channel of a lane the position of the first of its group.
@inline(__always) func groupStarts(_ width: Int) -> LaneBits {
  Lane.positions & LaneBits(repeating: Int32(truncatingIfNeeded: -width))
}

extension Lane {
  /// In place of each channel the one at `index` in the same group.
  @inline(__always)
  func spread<Channels: GroupedChannels>(_ starts: LaneBits, _ index: Int, _: Channels.Type) -> Lane {
    Channels.isDepthwise ? self : permuted(starts &+ LaneBits(repeating: Int32(truncatingIfNeeded: index)))
  }
}

/// Where some pixels of a grouped convolution have their taps, and what is added to their sums.
private struct GroupedTaps {
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
  /// Whether the taps of a pixel are those of its neighbour, one further.
  var slide: Bool
  /// Floats from the source of the first pixel to those of all in a tile. Kept as they are: made of one stride, they would be
  /// added up one after the other for each tap.
  var pixels: InlineArray<8, Int>
  var channels: Int
  /// Channels of a group.
  var width: Int
  var bias: UnsafePointer<Float>?
}

/// `convolve` of a grouped convolution.
func groupedConvolve(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: GroupedCut, _ task: Int, _ scratch: UnsafeMutableRawPointer
) {
  if cut.width == 1 {
    convolveTask(arguments, cut, task, scratch, OneChannel.self)
  } else {
    convolveTask(arguments, cut, task, scratch, SeveralChannels.self)
  }
}

private func convolveTask<Channels: GroupedChannels>(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ cut: GroupedCut, _ task: Int, _ scratch: UnsafeMutableRawPointer,
  _ grouped: Channels.Type
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
      for y in rows { convolveRow(arguments, image, vertical, horizontal, y, sums, grouped) }
    }
  }
}

/// Row `y` of a phase.
private func convolveRow<Channels: GroupedChannels>(
  _ arguments: UnsafePointer<ConvolutionArguments>, _ image: Int, _ vertical: ConvolutionPhase,
  _ horizontal: ConvolutionPhase, _ y: Int, _ sums: UnsafeMutablePointer<Float>, _ grouped: Channels.Type
) {
  let a = arguments.pointee
  let plan = a.plan
  let (columns, words, channels) = (plan.geometry.kernelWidth, plan.sourceWords, plan.destinationChannels)
  let taps = vertical.taps(y)
  let kernelRow = vertical.kernelStart + taps.lowerBound * vertical.kernelStep
  let sourceRow = y * vertical.sourceStep + vertical.sourceStart + taps.lowerBound * vertical.tapStep
  let sourcePixel = (image * plan.sourceHeight + sourceRow) * plan.sourceWidth + horizontal.sourceStart
  let tap = plan.geometry.groupInputs * channels
  let row = GroupedTaps(
    source: a.source + sourcePixel * words,
    weights: a.packed + (kernelRow * columns + horizontal.kernelStart) * tap, rows: taps.count,
    columns: horizontal.tapCount, sourceRow: vertical.tapStep * plan.sourceWidth * words,
    sourceColumn: horizontal.tapStep * words, weightRow: vertical.kernelStep * columns * tap,
    weightColumn: horizontal.kernelStep * tap, slide: horizontal.tapStep == horizontal.sourceStep,
    pixels: .init { $0 * horizontal.sourceStep * words }, channels: channels,
    width: plan.geometry.groupInputs, bias: a.bias)
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
    convolvePixels(pixels, part, destination + x * stride, &whole, &last, grouped)
    x += pixels
  }
}

/// `count` pixels with the same taps, tile by tile.
private func convolvePixels<Channels: GroupedChannels>(
  _ count: Int, _ taps: GroupedTaps, _ destination: UnsafeMutablePointer<Float>,
  _ whole: UnsafePointer<TileEpilogue>, _ last: UnsafePointer<TileEpilogue>, _ grouped: Channels.Type
) {
  var (taps, target) = (taps, destination)
  if count == 1 {
    // A pixel alone has several lanes at a time, so that as many sums are under way.
    let most = 4 * Lane.width
    let together = taps.channels / most * most
    if together > 0 {
      convolveTile(GroupedTile<1, 4>.self, &taps, 0..<together, target, whole, last, grouped)
    }
    if together == taps.channels { return }
    return convolveTile(
      GroupedTile<1, 1>.self, &taps, together..<taps.channels, target, whole, last, grouped)
  }
  let tiles = (count + maximumTileRows - 1) / maximumTileRows
  let (pixels, larger) = (count / tiles, count % tiles)
  let channels = 0..<taps.channels
  for tile in 0..<tiles {
    let pixels = tile < larger ? pixels + 1 : pixels
    switch pixels {
    case 1: convolveTile(GroupedTile<1, 1>.self, &taps, channels, target, whole, last, grouped)
    case 2: convolveTile(GroupedTile<2, 1>.self, &taps, channels, target, whole, last, grouped)
    case 3: convolveTile(GroupedTile<3, 1>.self, &taps, channels, target, whole, last, grouped)
    case 4: convolveTile(GroupedTile<4, 1>.self, &taps, channels, target, whole, last, grouped)
    case 5: convolveTile(GroupedTile<5, 1>.self, &taps, channels, target, whole, last, grouped)
    case 6: convolveTile(GroupedTile<6, 1>.self, &taps, channels, target, whole, last, grouped)
    case 7: convolveTile(GroupedTile<7, 1>.self, &taps, channels, target, whole, last, grouped)
    default: convolveTile(GroupedTile<8, 1>.self, &taps, channels, target, whole, last, grouped)
    }
    taps.source += pixels * taps.pixels[1]
    target += pixels * whole.pointee.stride
  }
}

/// Sums of some pixels, some lanes of channels of each.
private typealias GroupedTile<let pixels: Int, let lanes: Int> = InlineArray<pixels, InlineArray<lanes, Lane>>

/// Some channels of some pixels side by side, lanes by lanes; `last` is the epilogue of a pixel's last ones.
@inline(never)
private func convolveTile<let pixels: Int, let lanes: Int, Channels: GroupedChannels>(
  _: GroupedTile<pixels, lanes>.Type, _ place: UnsafePointer<GroupedTaps>, _ channels: Range<Int>,
  _ destination: UnsafeMutablePointer<Float>, _ whole: UnsafePointer<TileEpilogue>,
  _ last: UnsafePointer<TileEpilogue>, _ grouped: Channels.Type
) {
  let taps = place.pointee
  let (width, starts) = (Channels.isDepthwise ? 1 : taps.width, groupStarts(taps.width))
  var channel = channels.lowerBound
  var target = destination + (whole.pointee.isBFloat16 ? channel / 2 : channel)
  while channel < channels.upperBound {
    var sums = GroupedTile<pixels, lanes>(repeating: .init(repeating: .zero))
    var (line, weights) = (taps.source + channel, taps.weights + channel)
    for _ in 0..<taps.rows {
      var (values, weight) = (line, weights)
      var columns = taps.columns
      // Three taps share what is spread.
      if !Channels.isDepthwise, lanes == 1, taps.slide {
        while columns >= 3 {
          for index in 0..<width {
            let first = Lane(weight + index * taps.channels)
            let second = Lane(weight + index * taps.channels + taps.weightColumn)
            let third = Lane(weight + index * taps.channels + 2 * taps.weightColumn)
            for m in 0..<pixels {
              let value = Lane(values + taps.pixels[m]).spread(starts, index, grouped)
              addProduct(&sums[m][0], value, first)
              if m > 0 { addProduct(&sums[m - 1][0], value, second) }
              if m > 1 { addProduct(&sums[m - 2][0], value, third) }
            }
            let behind = values + taps.pixels[pixels - 1] + taps.sourceColumn
            let value = Lane(behind).spread(starts, index, grouped)
            addProduct(&sums[pixels - 1][0], value, second)
            if pixels > 1 { addProduct(&sums[pixels - 2][0], value, third) }
            addProduct(&sums[pixels - 1][0], Lane(behind + taps.sourceColumn).spread(starts, index, grouped), third)
          }
          values += 3 * taps.sourceColumn
          weight += 3 * taps.weightColumn
          columns -= 3
        }
      }
      for _ in 0..<columns {
        for index in 0..<width {
          for n in 0..<lanes {
            let factor = Lane(weight + index * taps.channels + n * Lane.width)
            for m in 0..<pixels {
              let value = Lane(values + taps.pixels[m] + n * Lane.width).spread(starts, index, grouped)
              addProduct(&sums[m][n], value, factor)
            }
          }
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

/// `packWeights` of a grouped convolution: `packed[tap][source channel of the group][channel]`.
func packGroupedWeights(_ arguments: UnsafePointer<ConvolutionPackArguments>, _ cut: GroupedCut, _ tap: Int) {
  let a = arguments.pointee
  let channels = a.plan.destinationChannels
  let packed = a.packed + tap * cut.width * channels
  packed.update(from: a.weights + tap * cut.width * channels, count: cut.width * channels)
  if a.plan.direction == .adjoint { transposeGroups(packed, channels, cut.width) }
}
