import NNKernels

/// Adds the channel sums of these output lines, or of the input lines that belong to them. `outputs` is the task's
/// part of the output.
func addChannelSums(
  _ a: WeightGradientArguments, _ work: WeightGradientTask, _ image: Int, _ ys: Range<Int>, _ xs: Range<Int>,
  _ outputs: Operand, _ sums: UnsafeMutablePointer<Float>
) {
  let g = a.plan.geometry
  let channels = work.biasChannels
  if a.plan.biasSide == .output {
    for line in 0..<ys.count {
      sumPixels(
        outputs.moved(lines: line, pixels: 0).start, outputs.pixel, xs.count, channels.count, sums,
        isBFloat16: a.plan.outputElement == .bfloat16)
    }
    return
  }
  let rows = share(ys, of: g.outputHeight, in: g.inputHeight)
  let columns = share(xs, of: g.outputWidth, in: g.inputWidth)
  for y in rows {
    let pixel = (image * g.inputHeight + y) * g.inputWidth + columns.lowerBound
    let isBFloat16 = a.plan.inputElement == .bfloat16
    let first = isBFloat16 ? channels.lowerBound / 2 : channels.lowerBound
    let line = a.input + pixel * a.plan.inputWords + first
    sumPixels(line, a.plan.inputWords, columns.count, channels.count, sums, isBFloat16: isBFloat16)
  }
}

/// The part of `0..<size` that falls to `range` if `0..<count` is spread over it.
private func share(_ range: Range<Int>, of count: Int, in size: Int) -> Range<Int> {
  range.lowerBound * size / count..<range.upperBound * size / count
}

/// Adds each channel's sum over `count` pixels, `stride` words apart, to `sums`.
func sumPixels(
  _ values: UnsafePointer<Float>, _ stride: Int, _ count: Int, _ channels: Int, _ sums: UnsafeMutablePointer<Float>,
  isBFloat16: Bool
) {
  if Lane.hasBFloat16, isBFloat16 {
    sumStored(values, stride, count, channels, sums, isBFloat16: true)
  } else {
    sumStored(values, stride, count, channels, sums, isBFloat16: false)
  }
}

@inline(__always)
private func sumStored(
  _ values: UnsafePointer<Float>, _ stride: Int, _ count: Int, _ channels: Int, _ sums: UnsafeMutablePointer<Float>,
  isBFloat16: Bool
) {
  let words = Lane.words(isBFloat16)
  var (channel, values) = (0, values)
  while channel + 3 * Lane.width < channels {
    sumLanes(InlineArray<4, Lane>.self, values, stride, count, sums + channel, isBFloat16: isBFloat16)
    channel += 4 * Lane.width
    values += 4 * words
  }
  while channel < channels {
    sumLanes(InlineArray<1, Lane>.self, values, stride, count, sums + channel, isBFloat16: isBFloat16)
    channel += Lane.width
    values += words
  }
}

@inline(__always)
private func sumLanes<let lanes: Int>(
  _: InlineArray<lanes, Lane>.Type, _ values: UnsafePointer<Float>, _ stride: Int, _ count: Int,
  _ sums: UnsafeMutablePointer<Float>, isBFloat16: Bool
) {
  let words = Lane.words(isBFloat16)
  var even = InlineArray<lanes, Lane>(repeating: .zero)
  var odd = InlineArray<lanes, Lane>(repeating: .zero)
  var value = values
  for _ in 0..<count / 2 {
    for n in 0..<lanes {
      even[n] += Lane(value + n * words, isBFloat16: isBFloat16)
      odd[n] += Lane(value + stride + n * words, isBFloat16: isBFloat16)
    }
    value += 2 * stride
  }
  if count % 2 == 1 { for n in 0..<lanes { even[n] += Lane(value + n * words, isBFloat16: isBFloat16) } }
  for n in 0..<lanes {
    let target = sums + n * Lane.width
    (Lane(target) + (even[n] + odd[n])).store(target)
  }
}
