import NNKernels

/// What a pooled tile does with its sums.
struct PoolTileEpilogue {
  /// The biases of the block's channels.
  var bias: UnsafePointer<Float>?
  var isRelu: Bool
  /// Channels in the last lane of the block.
  var tail: Int
  /// Windows in the row.
  var windows: Int
  /// Channels from one pooled pixel to the next.
  var stride: Int
  /// Whether the destination is stored as bf16.
  var isBFloat16: Bool

  /// Words from one pooled pixel to the next.
  @inline(__always) var words: Int { isBFloat16 ? stride / 2 : stride }
}

/// One pooled pixel by `columns` lanes of channels: the sums of a 2×2 window stay in registers until they are complete. An activation that does not decrease is applied to the maximum alone.
///
/// `line` is the distance in floats from the window's first row of source values to its second.
@inline(__always)
private func convolutionPoolTile<F: Factors, let columns: Int>(
  _: InlineArray<columns, Lane>.Type, _: F.Type, _ source: UnsafePointer<Float>, _ line: Int, _ runs: TileRuns,
  _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>, _ argmax: UnsafeMutablePointer<UInt8>?,
  _ epilogue: UnsafePointer<PoolTileEpilogue>
) {
  var sums = InlineArray<4, InlineArray<columns, Lane>>(repeating: .init(repeating: .zero))
  var weights = weights
  for y in 0..<runs.rows {
    for x in 0..<runs.runs {
      var above = source + y * runs.rowStride + x * runs.runStride
      var below = above + line
      for _ in 0..<runs.length {
        let v0 = Lane(repeating: above[0])
        let v1 = Lane(repeating: above[runs.pixelStride])
        let v2 = Lane(repeating: below[0])
        let v3 = Lane(repeating: below[runs.pixelStride])
        for n in 0..<columns {
          let weight = Lane(weights + n * Lane.width)
          F.addProduct(&sums[0][n], v0, weight)
          F.addProduct(&sums[1][n], v1, weight)
          F.addProduct(&sums[2][n], v2, weight)
          F.addProduct(&sums[3][n], v3, weight)
        }
        above += 1
        below += 1
        weights += columns * Lane.width
      }
    }
  }
  // Written out, since the sums stay in registers only under constant indices.
  finish(sums[0][0], sums[1][0], sums[2][0], sums[3][0], 0, columns, destination, argmax, epilogue)
  if columns > 1 { finish(sums[0][1], sums[1][1], sums[2][1], sums[3][1], 1, columns, destination, argmax, epilogue) }
  if columns > 2 { finish(sums[0][2], sums[1][2], sums[2][2], sums[3][2], 2, columns, destination, argmax, epilogue) }
  if columns > 3 { finish(sums[0][3], sums[1][3], sums[2][3], sums[3][3], 3, columns, destination, argmax, epilogue) }
}

/// Stores the maxima of lane `n` of `columns`. Rounding keeps the order of values: the bias goes to the maximum as well
/// as to each of them.
@inline(__always)
private func finish(
  _ a: Lane, _ b: Lane, _ c: Lane, _ d: Lane, _ n: Int, _ columns: Int, _ destination: UnsafeMutablePointer<Float>,
  _ argmax: UnsafeMutablePointer<UInt8>?, _ epilogue: UnsafePointer<PoolTileEpilogue>
) {
  let count = n == columns - 1 ? epilogue.pointee.tail : Lane.width
  let bias = epilogue.pointee.bias.map { Lane($0 + n * Lane.width) } ?? Lane.zero
  storeMaximum(
    a, b, c, d, destination + n * Lane.words(epilogue.pointee.isBFloat16), argmax.map { $0 + n * Lane.width }, count,
    bias, epilogue)
}

/// The maximum of a window's values, the first of equal ones, a NaN before all others.
@inline(__always)
func storeMaximum(
  _ a: Lane, _ b: Lane, _ c: Lane, _ d: Lane, _ destination: UnsafeMutablePointer<Float>,
  _ argmax: UnsafeMutablePointer<UInt8>?, _ count: Int, _ bias: Lane, _ epilogue: UnsafePointer<PoolTileEpilogue>
) {
  guard let argmax else {
    var best = larger(larger(a, b), larger(c, d)) + bias
    if epilogue.pointee.isRelu { best.select(Lane.zero, where: best .< Lane.zero) }
    return best.store(destination, count: count, isBFloat16: epilogue.pointee.isBFloat16)
  }
  var best = a
  var place = LaneBits.zero
  take(b, 1, &best, &place)
  take(c, 2, &best, &place)
  take(d, 3, &best, &place)
  best += bias
  if epilogue.pointee.isRelu {
    // Where none is positive all four become zero, and the first of equal values wins.
    let none = best .<= Lane.zero
    best.select(Lane.zero, where: none)
    place.select(LaneBits.zero, where: none)
  }
  best.store(destination, count: count, isBFloat16: epilogue.pointee.isBFloat16)
  storePlaces(place, argmax, count)
}

/// The larger of two values; a NaN wins.
@inline(__always)
func larger(_ a: Lane, _ b: Lane) -> Lane { a.selecting(b, where: (b .> a) .| (b .!= b)) }

/// Takes `value`, the `index`-th of a window, where it is larger than the best so far, or a NaN.
@inline(__always)
func take(_ value: Lane, _ index: Int32, _ best: inout Lane, _ place: inout LaneBits) {
  let wins = (value .> best) .| (value .!= value)
  best.select(value, where: wins)
  place.select(LaneBits(repeating: index), where: wins)
}

/// Stores places in a window as bytes.
@inline(__always)
func storePlaces(_ place: LaneBits, _ target: UnsafeMutablePointer<UInt8>, _ count: Int) {
  if count == Lane.width {
    storeBytes(place, target)
  } else {
    for lane in 0..<count { target[lane] = UInt8(truncatingIfNeeded: place[lane]) }
  }
}

/// The windows of a row from `first` on, one after the other.
@inline(never)
private func poolTiles<F: Factors, let columns: Int>(
  _ type: InlineArray<columns, Lane>.Type, _ factors: F.Type, from first: Int = 0, _ source: UnsafePointer<Float>,
  _ line: Int,
  _ runs: UnsafePointer<TileRuns>, _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>,
  _ argmax: UnsafeMutablePointer<UInt8>?, _ epilogue: UnsafePointer<PoolTileEpilogue>
) {
  let runs = runs.pointee
  let stride = epilogue.pointee.stride
  let words = epilogue.pointee.words
  for window in first..<epilogue.pointee.windows {
    convolutionPoolTile(
      type, factors, source + 2 * window * runs.pixelStride, line, runs, weights, destination + window * words,
      argmax.map { $0 + window * stride }, epilogue)
  }
}

/// The windows of a row, one lane wide, four at a time: one has too few sums to keep the processor busy. Source pixels are
/// `pixel` floats apart, a constant, so that sixteen of them are addressed from two pointers.
@inline(__always)
private func poolFours<let pixel: Int>(
  _ type: InlineArray<pixel, Lane>.Type, _ source: UnsafePointer<Float>, _ line: Int, _ runs: UnsafePointer<TileRuns>,
  _ weights: UnsafePointer<Float>,
  _ destination: UnsafeMutablePointer<Float>, _ argmax: UnsafeMutablePointer<UInt8>?,
  _ epilogue: UnsafePointer<PoolTileEpilogue>
) {
  let runs = runs.pointee
  let stride = epilogue.pointee.stride
  for window in 0..<epilogue.pointee.windows / 4 {
    convolutionPoolTile4(
      type, source + 8 * window * pixel, line, runs, weights, destination + 4 * window * epilogue.pointee.words,
      argmax.map { $0 + 4 * window * stride }, epilogue)
  }
}

/// Four pooled pixels side by side, one lane of channels.
@inline(__always)
private func convolutionPoolTile4<let pixel: Int>(
  _: InlineArray<pixel, Lane>.Type, _ source: UnsafePointer<Float>, _ line: Int, _ runs: TileRuns,
  _ weights: UnsafePointer<Float>,
  _ destination: UnsafeMutablePointer<Float>, _ argmax: UnsafeMutablePointer<UInt8>?,
  _ epilogue: UnsafePointer<PoolTileEpilogue>
) {
  var upper = InlineArray<8, Lane>(repeating: .zero)
  var lower = upper
  var weights = weights
  for y in 0..<runs.rows {
    for x in 0..<runs.runs {
      var above = source + y * runs.rowStride + x * runs.runStride
      var below = above + line
      for _ in 0..<runs.length {
        let weight = Lane(weights)
        for m in 0..<8 {
          addProduct(&upper[m], Lane(repeating: above[m * pixel]), weight)
          addProduct(&lower[m], Lane(repeating: below[m * pixel]), weight)
        }
        above += 1
        below += 1
        weights += Lane.width
      }
    }
  }
  let (stride, words) = (epilogue.pointee.stride, epilogue.pointee.words)
  // Written out, since the sums stay in registers only under constant indices.
  finish(upper[0], upper[1], lower[0], lower[1], 0, 1, destination, argmax, epilogue)
  finish(
    upper[2], upper[3], lower[2], lower[3], 0, 1, destination + words, argmax.map { $0 + stride }, epilogue)
  finish(
    upper[4], upper[5], lower[4], lower[5], 0, 1, destination + 2 * words, argmax.map { $0 + 2 * stride }, epilogue)
  finish(
    upper[6], upper[7], lower[6], lower[7], 0, 1, destination + 3 * words, argmax.map { $0 + 3 * stride }, epilogue)
}

/// Runs the pooled tiles of a row, `columns` lanes wide, of `pairs` of bf16 numbers or of floats.
@inline(__always)
func runConvolutionPoolTiles(
  _ columns: Int, pairs: Bool, _ source: UnsafePointer<Float>, _ line: Int, _ runs: UnsafePointer<TileRuns>,
  _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>, _ argmax: UnsafeMutablePointer<UInt8>?,
  _ epilogue: UnsafePointer<PoolTileEpilogue>
) {
  if Lane.hasBFloat16, pairs {
    if columns == 4 {
      return poolTiles(
        InlineArray<4, Lane>.self, PairFactors.self, source, line, runs, weights, destination, argmax, epilogue)
    }
    if columns == 3 {
      return poolTiles(
        InlineArray<3, Lane>.self, PairFactors.self, source, line, runs, weights, destination, argmax, epilogue)
    }
    if columns == 2 {
      return poolTiles(
        InlineArray<2, Lane>.self, PairFactors.self, source, line, runs, weights, destination, argmax, epilogue)
    }
    return poolTiles(
      InlineArray<1, Lane>.self, PairFactors.self, source, line, runs, weights, destination, argmax, epilogue)
  }
  if Tile.columns >= 4, columns == 4 {
    return poolTiles(
      InlineArray<4, Lane>.self, FloatFactors.self, source, line, runs, weights, destination, argmax, epilogue)
  }
  if Tile.columns >= 3, columns == 3 {
    return poolTiles(
      InlineArray<3, Lane>.self, FloatFactors.self, source, line, runs, weights, destination, argmax, epilogue)
  }
  if columns == 2 {
    return poolTiles(
      InlineArray<2, Lane>.self, FloatFactors.self, source, line, runs, weights, destination, argmax, epilogue)
  }
  pool1(source, line, runs, weights, destination, argmax, epilogue)
}

@inline(never)
private func pool1(
  _ source: UnsafePointer<Float>, _ line: Int, _ runs: UnsafePointer<TileRuns>, _ weights: UnsafePointer<Float>,
  _ destination: UnsafeMutablePointer<Float>, _ argmax: UnsafeMutablePointer<UInt8>?,
  _ epilogue: UnsafePointer<PoolTileEpilogue>
) {
  // With fewer registers, the sums of four windows do not fit.
  var fours = Lane.width == 16 ? epilogue.pointee.windows / 4 * 4 : 0
  switch runs.pointee.pixelStride {
  case 1 where fours > 0:
    poolFours(InlineArray<1, Lane>.self, source, line, runs, weights, destination, argmax, epilogue)
  case 3 where fours > 0:
    poolFours(InlineArray<3, Lane>.self, source, line, runs, weights, destination, argmax, epilogue)
  default: fours = 0
  }
  poolTiles(
    InlineArray<1, Lane>.self, FloatFactors.self, from: fours, source, line, runs, weights, destination, argmax,
    epilogue)
}
