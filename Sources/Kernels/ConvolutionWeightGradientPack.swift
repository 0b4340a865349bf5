import NNKernels

/// The lines of the input that a chunk needs, copied together and padded with zeros: the operand that is broadcast if the
/// taps of a kernel row are merged.
struct PaddedRows {
  private let start: UnsafePointer<Float>
  /// Floats from an output pixel to the next, of a line, and from an output row to the next.
  private let pixel: Int
  private let line: Int
  private let row: Int

  /// Copies what the task's kernel rows need under output rows `ys` and columns `xs` of an image to `room`.
  init(
    _ a: UnsafePointer<WeightGradientArguments>, _ work: WeightGradientTask, _ image: Int, _ ys: Range<Int>,
    _ xs: Range<Int>, _ room: UnsafeMutablePointer<Float>
  ) {
    let plan = a.pointee.plan
    let g = plan.geometry
    let (width, channels) = (g.inputWidth, g.inputChannels)
    let span = plan.paddedPixels(xs.count)
    start = UnsafePointer(room + work.rows.lowerBound)
    pixel = g.strideWidth * channels
    line = span * channels
    row = g.strideHeight * line
    let top = ys.lowerBound * g.strideHeight + work.kernelRows.lowerBound - g.paddingTop
    let left = xs.lowerBound * g.strideWidth - g.paddingLeft
    let from = min(span, max(0, -left))
    let to = max(from, min(span, width - left))
    for y in 0..<plan.paddedLines(ys.count, work.kernelRows.count) where 0..<g.inputHeight ~= top + y {
      let source = a.pointee.input + ((image * g.inputHeight + top + y) * width + left) * plan.inputWords
      let target = room + y * line
      clearLanes(target, from * channels)
      if plan.inputWords == channels {
        copyLanes(source + from * channels, target + from * channels, (to - from) * channels)
      } else {
        for pixel in from..<to { copyLanes(source + pixel * plan.inputWords, target + pixel * channels, channels) }
      }
      clearLanes(target + to * channels, (span - to) * channels)
    }
  }

  /// The values under a kernel row of the task, from output row `y` of the chunk on.
  @inline(__always)
  func operand(_ y: Int, _ kernelRow: Int) -> Operand {
    Operand(start: start + y * row + kernelRow * line, line: row, pixel: pixel)
  }
}

// Whole lanes: what is too much is overwritten next, or lies behind everything.

@inline(__always)
func copyLanes(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
  var done = 0
  while done < count {
    Lane(source + done).store(target + done)
    done += Lane.width
  }
}

@inline(__always)
func clearLanes(_ target: UnsafeMutablePointer<Float>, _ count: Int) {
  var done = 0
  while done < count {
    Lane.zero.store(target + done)
    done += Lane.width
  }
}

/// Copies the block's lanes of some lines of pixels together.
func packLanes(
  _ values: Operand, _ lines: Int, _ pixels: Int, _ lanes: Int, _ target: UnsafeMutablePointer<Float>
) -> Operand {
  let packed = Operand(
    start: UnsafePointer(target), line: pixels * lanes * Lane.width, pixel: lanes * Lane.width)
  for line in 0..<lines {
    for pixel in 0..<pixels {
      let offset = line * packed.line + pixel * packed.pixel
      copyLanes(values.moved(lines: line, pixels: pixel).start, target + offset, packed.pixel)
    }
  }
  return packed
}
