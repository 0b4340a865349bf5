/// Multiplies `count` pixels, tile by tile of registers, `columns` lanes wide, of `pairs` of bf16 numbers or of floats.
@inline(__always)
func runConvolutionTiles(
  _ count: Int, _ columns: Int, pairs: Bool, _ source: UnsafePointer<Float>, _ runs: UnsafePointer<TileRuns>,
  _ weights: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  if count == 0 { return }
  let most = Tile.rows(columns)
  let all = (count + most - 1) / most
  let (rows, larger) = (count / all, count % all)
  if larger > 0 {
    runConvolutionTile(rows + 1, columns, pairs: pairs, count: larger, source, runs, weights, target, epilogue)
  }
  let done = larger * (rows + 1)
  if larger < all {
    runConvolutionTile(
      rows, columns, pairs: pairs, count: all - larger, source + done * runs.pointee.pixelStride, runs, weights,
      target + done * epilogue.pointee.stride, epilogue)
  }
}

/// Runs `count` tiles of `rows` pixels and `columns` lanes, of `pairs` of bf16 numbers or of floats.
@inline(__always)
func runConvolutionTile(
  _ rows: Int, _ columns: Int, pairs: Bool, count: Int = 1, _ source: UnsafePointer<Float>,
  _ runs: UnsafePointer<TileRuns>,
  _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  if Lane.hasBFloat16, pairs {
    if columns == 4 {
      return tiles(
        InlineArray<4, Lane>.self, PairFactors.self, rows, count, source, runs, weights, destination, epilogue)
    }
    if columns == 3 {
      return tiles(
        InlineArray<3, Lane>.self, PairFactors.self, rows, count, source, runs, weights, destination, epilogue)
    }
    if columns == 2 {
      return tiles(
        InlineArray<2, Lane>.self, PairFactors.self, rows, count, source, runs, weights, destination, epilogue)
    }
    return tiles(InlineArray<1, Lane>.self, PairFactors.self, rows, count, source, runs, weights, destination, epilogue)
  }
  if Tile.columns >= 4, columns == 4 {
    return tiles(
      InlineArray<4, Lane>.self, FloatFactors.self, rows, count, source, runs, weights, destination, epilogue)
  }
  if Tile.columns >= 3, columns == 3 {
    return tiles(
      InlineArray<3, Lane>.self, FloatFactors.self, rows, count, source, runs, weights, destination, epilogue)
  }
  if columns == 2 {
    return tiles(
      InlineArray<2, Lane>.self, FloatFactors.self, rows, count, source, runs, weights, destination, epilogue)
  }
  tiles(InlineArray<1, Lane>.self, FloatFactors.self, rows, count, source, runs, weights, destination, epilogue)
}

@inline(never)
private func tiles<F: Factors, let columns: Int>(
  _: InlineArray<columns, Lane>.Type, _ factors: F.Type, _ rows: Int, _ count: Int, _ source: UnsafePointer<Float>,
  _ runs: UnsafePointer<TileRuns>, _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: UnsafePointer<TileEpilogue>
) {
  let runs = runs.pointee
  typealias Row = InlineArray<columns, Lane>
  switch rows {
  case 1: convolutionTiles(InlineArray<1, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 2: convolutionTiles(InlineArray<2, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 3: convolutionTiles(InlineArray<3, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 4: convolutionTiles(InlineArray<4, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 5: convolutionTiles(InlineArray<5, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 6: convolutionTiles(InlineArray<6, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 7 where Tile.rows(columns) > 6:
    convolutionTiles(InlineArray<7, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 8 where Tile.rows(columns) > 6:
    convolutionTiles(InlineArray<8, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 9 where Tile.rows(columns) > 8:
    convolutionTiles(InlineArray<9, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 10 where Tile.rows(columns) > 8:
    convolutionTiles(InlineArray<10, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 11 where Tile.rows(columns) > 8:
    convolutionTiles(InlineArray<11, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  case 12 where Tile.rows(columns) > 8:
    convolutionTiles(InlineArray<12, Row>.self, factors, count, source, runs, weights, destination, epilogue)
  default: break
  }
}
