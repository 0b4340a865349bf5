import CProcessor
import NNKernels

/// Convolves pixels of a row with one tap to at most four channels, whole lanes of pixels; returns how many. Lanes run over
/// pixels, whose channels are exchanged for that, since lanes of channels would be mostly empty.
func convolveToFew(
  _ row: UnsafePointer<ConvolutionRow>, _ columns: Range<Int>, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: TileEpilogue
) -> Int {
  let r = row.pointee
  guard r.taps == 1, r.horizontal.tapCount == 1, !r.pairs, r.groupSources % Lane.width == 0,
    r.interior.clamped(to: columns) == columns
  else { return 0 }
  let first = columns.lowerBound * r.horizontal.sourceStep + r.horizontal.sourceStart
  let few = FewChannels(
    channels: r.groupSources, pixel: r.horizontal.sourceStep * r.sourceWords, weights: r.weights,
    epilogue: epilogue)
  let (groups, source) = (columns.count / Lane.width, r.source + first * r.sourceWords)
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
      store(sums(type, source + first * pixel), type, destination + first * outputs)
    }
  }

  /// The sums of a lane of pixels. Even and odd channels are summed apart, so that more sums are under way.
  @inline(__always)
  private func sums<let outputs: Int>(
    _ type: InlineArray<outputs, Lane>.Type, _ source: UnsafePointer<Float>
  ) -> Quad {
    var even = Quad(a: .zero, b: .zero, c: .zero, d: .zero)
    var odd = even
    let room = epilogue.sums
    for channel in stride(from: 0, to: channels, by: Lane.width) {
      if channel % (Lane.perLine * Lane.width) == 0 { askNext(source + channel) }
      transpose(source + channel, pixel, rows: Lane.width, room, Lane.width, columns: Lane.width)
      for pair in 0..<Lane.width / 2 {
        let at = 2 * pair * Lane.width
        let weights = weights + channel * Lane.width + at
        even.add(Lane(room + at), weights, type)
        odd.add(Lane(room + at + Lane.width), weights + Lane.width, type)
      }
    }
    return Quad(a: even.a + odd.a, b: even.b + odd.b, c: even.c + odd.c, d: even.d + odd.d)
  }

  /// Asks for these channels of the next lane of pixels: images may be far away, and little is computed with each line.
  @inline(__always)
  private func askNext(_ source: UnsafePointer<Float>) {
    for m in 0..<Lane.width { processor_prefetch(source + (Lane.width + m) * pixel) }
  }

  /// Stores a lane of pixels.
  @inline(__always)
  private func store<let outputs: Int>(
    _ sums: Quad, _: InlineArray<outputs, Lane>.Type, _ destination: UnsafeMutablePointer<Float>
  ) {
    let pixels = Quad(
      a: finished(sums.a, 0), b: outputs > 1 ? finished(sums.b, 1) : .zero,
      c: outputs > 2 ? finished(sums.c, 2) : .zero, d: outputs > 3 ? finished(sums.d, 3) : .zero
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

extension Quad {
  /// Adds a value times the first `count` of four weights.
  @inline(__always)
  fileprivate mutating func add<let count: Int>(
    _ value: Lane, _ weights: UnsafePointer<Float>, _: InlineArray<count, Lane>.Type
  ) {
    addProduct(&a, value, Lane(repeating: weights[0]))
    if count > 1 { addProduct(&b, value, Lane(repeating: weights[1])) }
    if count > 2 { addProduct(&c, value, Lane(repeating: weights[2])) }
    if count > 3 { addProduct(&d, value, Lane(repeating: weights[3])) }
  }
}
