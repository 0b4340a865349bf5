import NNKernels

/// Convolves pixels of a row with one tap to at most four channels, whole lanes of pixels; returns how many. Lanes run over
/// pixels, whose channels are exchanged for that, since lanes of channels would be mostly empty.
func convolveToFew(
  _ row: UnsafePointer<ConvolutionRow>, _ columns: Range<Int>, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: TileEpilogue
) -> Int {
  let r = row.pointee
  guard r.taps == 1, r.horizontal.tapCount == 1, r.groupSources % Lane.width == 0,
    r.interior.clamped(to: columns) == columns
  else { return 0 }
  let first = columns.lowerBound * r.horizontal.sourceStep + r.horizontal.sourceStart
  let few = FewChannels(
    channels: r.groupSources, pixel: r.horizontal.sourceStep * r.sourceChannels, weights: r.weights,
    epilogue: epilogue)
  let (groups, source) = (columns.count / Lane.width, r.source + first * r.sourceChannels)
  switch epilogue.stride {
  case 1: few.run(InlineArray<1, Lane>.self, groups, source, destination)
  case 2: few.run(InlineArray<2, Lane>.self, groups, source, destination)
  case 3: few.run(InlineArray<3, Lane>.self, groups, source, destination)
  case 4: few.run(InlineArray<4, Lane>.self, groups, source, destination)
  default: return 0
  }
  return groups * Lane.width
}

private struct FewChannels {
  /// Source channels, whole lanes, and floats from pixel to pixel.
  var channels: Int
  var pixel: Int
  /// `[source channel][lane of destination channels]`.
  var weights: UnsafePointer<Float>
  var epilogue: TileEpilogue

  @inline(never)
  func run<let outputs: Int>(
    _ type: InlineArray<outputs, Lane>.Type, _ groups: Int, _ source: UnsafePointer<Float>,
    _ destination: UnsafeMutablePointer<Float>
  ) {
    for group in 0..<groups {
      let first = group * Lane.width
      let sums = sums(type, source + first * pixel)
      store(sums, destination + first * outputs)
    }
  }

  /// The sums of a lane of pixels. Even and odd channels are summed apart, so that more sums are under way.
  @inline(__always)
  private func sums<let outputs: Int>(
    _: InlineArray<outputs, Lane>.Type, _ source: UnsafePointer<Float>
  ) -> InlineArray<outputs, Lane> {
    var even = InlineArray<outputs, Lane>(repeating: .zero)
    var odd = even
    for channel in stride(from: 0, to: channels, by: Lane.width) {
      let rows = SquareRows(values: source + channel, stride: pixel, count: Lane.width)
      rows.forEachColumns { columns, first in
        let weights = weights + (channel + first) * Lane.width
        for n in 0..<outputs {
          addProduct(&even[n], columns.a, Lane(repeating: weights[n]))
          addProduct(&odd[n], columns.b, Lane(repeating: weights[Lane.width + n]))
          addProduct(&even[n], columns.c, Lane(repeating: weights[2 * Lane.width + n]))
          addProduct(&odd[n], columns.d, Lane(repeating: weights[3 * Lane.width + n]))
        }
      }
    }
    for n in 0..<outputs { even[n] += odd[n] }
    return even
  }

  /// Stores a lane of pixels.
  @inline(__always)
  private func store<let outputs: Int>(
    _ sums: InlineArray<outputs, Lane>, _ destination: UnsafeMutablePointer<Float>
  ) {
    let zero = Lane.zero
    let pixels = Quad(
      a: finished(sums[0], 0), b: outputs > 1 ? finished(sums[1], 1) : zero,
      c: outputs > 2 ? finished(sums[2], 2) : zero, d: outputs > 3 ? finished(sums[3], 3) : zero
    ).spread
    let room = epilogue.sums
    pixels.a.store(room)
    pixels.b.store(room + Lane.width)
    pixels.c.store(room + 2 * Lane.width)
    pixels.d.store(room + 3 * Lane.width)
    // Four values each, over what the pixel before wrote behind its own; but for the last pixels.
    let last = outputs == 4 ? Lane.width : Lane.width - 3
    for m in 0..<last {
      let value = UnsafeRawPointer(room + 4 * m).loadUnaligned(as: SIMD4<Float>.self)
      UnsafeMutableRawPointer(destination + m * outputs).storeBytes(of: value, as: SIMD4<Float>.self)
    }
    for m in last..<Lane.width {
      for n in 0..<outputs { destination[m * outputs + n] = room[4 * m + n] }
    }
  }

  @inline(__always)
  private func finished(_ sum: Lane, _ channel: Int) -> Lane {
    let bias = epilogue.bias.map { Lane(repeating: $0[channel]) } ?? Lane.zero
    return activate(epilogue.activation, sum + bias, slope: epilogue.slope)
  }
}
