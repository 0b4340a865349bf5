import NNKernels

// Tiles of a convolution to at most four channels (`DirectCut.narrowChannels`). Lanes run over source channels, since lanes of
// destination channels would be mostly empty: each pixel and destination channel has a lane of sums, which are added up in
// the end.

/// Runs `count` tiles of `rows` pixels and `outputs` channels; the weights are `[tap][lane of source channels][output]`.
@inline(__always)
func runNarrowTile(
  _ outputs: Int, _ rows: Int, count: Int, _ source: UnsafePointer<Float>, _ runs: UnsafePointer<TileRuns>,
  _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  switch outputs {
  case 1: tiles(InlineArray<1, Lane>.self, rows, count, source, runs, weights, destination, epilogue)
  case 2: tiles(InlineArray<2, Lane>.self, rows, count, source, runs, weights, destination, epilogue)
  case 3: tiles(InlineArray<3, Lane>.self, rows, count, source, runs, weights, destination, epilogue)
  default: tiles(InlineArray<4, Lane>.self, rows, count, source, runs, weights, destination, epilogue)
  }
}

@inline(never)
private func tiles<let outputs: Int>(
  _: InlineArray<outputs, Lane>.Type, _ rows: Int, _ count: Int, _ source: UnsafePointer<Float>,
  _ runs: UnsafePointer<TileRuns>, _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: UnsafePointer<TileEpilogue>
) {
  typealias Pixel = InlineArray<outputs, Lane>
  let most = Tile.narrowRows(outputs)
  switch rows {
  case 1: tiles(InlineArray<1, Pixel>.self, count, source, runs, weights, destination, epilogue)
  case 2: tiles(InlineArray<2, Pixel>.self, count, source, runs, weights, destination, epilogue)
  case 3: tiles(InlineArray<3, Pixel>.self, count, source, runs, weights, destination, epilogue)
  case 4 where most > 3: tiles(InlineArray<4, Pixel>.self, count, source, runs, weights, destination, epilogue)
  case 5 where most > 4: tiles(InlineArray<5, Pixel>.self, count, source, runs, weights, destination, epilogue)
  case 6 where most > 4: tiles(InlineArray<6, Pixel>.self, count, source, runs, weights, destination, epilogue)
  case 7 where most > 6: tiles(InlineArray<7, Pixel>.self, count, source, runs, weights, destination, epilogue)
  case 8 where most > 6: tiles(InlineArray<8, Pixel>.self, count, source, runs, weights, destination, epilogue)
  default: break
  }
}

@inline(__always)
private func tiles<let rows: Int, let outputs: Int>(
  _: InlineArray<rows, InlineArray<outputs, Lane>>.Type, _ count: Int, _ source: UnsafePointer<Float>,
  _ runs: UnsafePointer<TileRuns>, _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: UnsafePointer<TileEpilogue>
) {
  let runs = runs.pointee
  var (source, destination) = (source, destination)
  for _ in 0..<count {
    var sums = InlineArray<rows, InlineArray<outputs, Lane>>(repeating: .init(repeating: .zero))
    var weights = weights
    for y in 0..<runs.rows {
      for x in 0..<runs.runs {
        var values = source + y * runs.rowStride + x * runs.runStride
        for _ in 0..<runs.length / Lane.width {
          for m in 0..<rows {
            let value = Lane(values + m * runs.pixelStride)
            for n in 0..<outputs { addProduct(&sums[m][n], value, Lane(weights + n * Lane.width)) }
          }
          values += Lane.width
          weights += outputs * Lane.width
        }
      }
    }
    let room = epilogue.pointee.sums
    for m in 0..<rows { for n in 0..<outputs { sums[m][n].store(room + (m * outputs + n) * Lane.width) } }
    finish(rows, InlineArray<outputs, Lane>.self, destination, epilogue)
    source += rows * runs.pixelStride
    destination += rows * epilogue.pointee.stride
  }
}

/// Adds up each lane of a tile's sums, which are at `epilogue.sums`, and does with what results what the epilogue says.
@inline(never)
private func finish<let outputs: Int>(
  _ rows: Int, _: InlineArray<outputs, Lane>.Type, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: UnsafePointer<TileEpilogue>
) {
  let e = epilogue.pointee
  let bias = e.bias.map { SIMD4(four: $0) } ?? .zero
  let isPlain = e.gradient == .identity && !e.accumulate
  let isLate = e.activation != .identity && e.activation != .relu
  let floor = SIMD4<Float>(repeating: e.activation == .relu ? 0 : -.infinity)
  // Pixels side by side, over sums that are added up already.
  for m in 0..<rows {
    let sums = e.sums + m * outputs * Lane.width
    let value =
      bias
      + total(
        Lane(sums), outputs > 1 ? Lane(sums + Lane.width) : .zero, outputs > 2 ? Lane(sums + 2 * Lane.width) : .zero,
        outputs > 3 ? Lane(sums + 3 * Lane.width) : .zero)
    value.replacing(with: floor, where: value .< floor).store(four: e.sums + 4 * m)
  }
  if isLate {
    for index in stride(from: 0, to: 4 * rows, by: Lane.width) {
      activate(e.activation, Lane(e.sums + index), slope: e.slope).store(e.sums + index)
    }
  }
  if isPlain {
    // What is stored behind a pixel's channels is stored over, where that is allowed.
    for m in 0..<rows { SIMD4(four: e.sums + 4 * m).store(four: destination + m * e.stride, count: min(4, e.tail)) }
  } else {
    for m in (0..<rows).reversed() { Lane(first: SIMD4(four: e.sums + 4 * m)).store(e.sums + m * Lane.width) }
    var rest = e
    rest.activation = .identity
    finishTile(rows, 1, destination, &rest)
  }
}

extension SIMD4<Float> {
  @inline(__always)
  fileprivate init(four pointer: UnsafePointer<Float>) {
    self = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Float>.self)
  }

  /// Stores the first `count` values.
  @inline(__always)
  fileprivate func store(four pointer: UnsafeMutablePointer<Float>, count: Int = 4) {
    if count == 4 { return UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: SIMD4<Float>.self) }
    for index in 0..<count { pointer[index] = self[index] }
  }
}

/// The sums of four lanes.
@inline(__always)
private func total(_ a: Lane, _ b: Lane, _ c: Lane, _ d: Lane) -> SIMD4<Float> {
  let (ab, cd) = (pairs(a.quarters, b.quarters), pairs(c.quarters, d.quarters))
  return pairs(ab, cd)
}

/// The sums of neighbours in the first, then those in the second.
@inline(__always)
private func pairs(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> {
  let both = SIMD8(lowHalf: a, highHalf: b)
  return both.evenHalf + both.oddHalf
}

/// Packs one tap of a convolution to at most four channels, as `runNarrowTile` reads it: from weights
/// `[source][destination]` of a direct convolution, or `[destination][source]` of an adjoint one, `stride` floats to a row.
func packNarrow(
  _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>, sources: Int, outputs: Int, stride: Int,
  isDirect: Bool
) {
  var target = packed
  for source in Swift.stride(from: 0, to: sources, by: Lane.width) {
    for output in 0..<outputs {
      let lane =
        isDirect
        ? gather(weights + source * stride + output, stride, Lane.width) : Lane(weights + output * stride + source)
      lane.store(target)
      target += Lane.width
    }
  }
}
