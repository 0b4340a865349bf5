/// Runs the tile of `rows` pixels and `columns` lanes, of `pairs` of bf16 numbers or of floats.
@inline(__always)
func runConvolutionTile(
  _ rows: Int, _ columns: Int, pairs: Bool, _ source: UnsafePointer<Float>, _ runs: UnsafePointer<TileRuns>,
  _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>, _ epilogue: UnsafePointer<TileEpilogue>
) {
  if Lane.hasBFloat16, pairs {
    if columns == 4 {
      return tiles(InlineArray<4, Lane>.self, PairFactors.self, rows, source, runs, weights, destination, epilogue)
    }
    if columns == 3 {
      return tiles(InlineArray<3, Lane>.self, PairFactors.self, rows, source, runs, weights, destination, epilogue)
    }
    if columns == 2 {
      return tiles(InlineArray<2, Lane>.self, PairFactors.self, rows, source, runs, weights, destination, epilogue)
    }
    return tiles(InlineArray<1, Lane>.self, PairFactors.self, rows, source, runs, weights, destination, epilogue)
  }
  if Tile.columns >= 4, columns == 4 {
    return tiles(InlineArray<4, Lane>.self, FloatFactors.self, rows, source, runs, weights, destination, epilogue)
  }
  if Tile.columns >= 3, columns == 3 {
    return tiles(InlineArray<3, Lane>.self, FloatFactors.self, rows, source, runs, weights, destination, epilogue)
  }
  if columns == 2 {
    return tiles(InlineArray<2, Lane>.self, FloatFactors.self, rows, source, runs, weights, destination, epilogue)
  }
  tiles(InlineArray<1, Lane>.self, FloatFactors.self, rows, source, runs, weights, destination, epilogue)
}

@inline(never)
private func tiles<F: Factors, let columns: Int>(
  _: InlineArray<columns, Lane>.Type, _ factors: F.Type, _ rows: Int, _ source: UnsafePointer<Float>,
  _ runs: UnsafePointer<TileRuns>, _ weights: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>,
  _ epilogue: UnsafePointer<TileEpilogue>
) {
  let runs = runs.pointee
  typealias Row = InlineArray<columns, Lane>
  switch rows {
  case 1: convolutionTile(InlineArray<1, Row>.self, factors, source, runs, weights, destination, epilogue)
  case 2: convolutionTile(InlineArray<2, Row>.self, factors, source, runs, weights, destination, epilogue)
  case 3: convolutionTile(InlineArray<3, Row>.self, factors, source, runs, weights, destination, epilogue)
  case 4: convolutionTile(InlineArray<4, Row>.self, factors, source, runs, weights, destination, epilogue)
  case 5: convolutionTile(InlineArray<5, Row>.self, factors, source, runs, weights, destination, epilogue)
  case 6: convolutionTile(InlineArray<6, Row>.self, factors, source, runs, weights, destination, epilogue)
  case 7 where Tile.rows(columns) > 6:
    convolutionTile(InlineArray<7, Row>.self, factors, source, runs, weights, destination, epilogue)
  case 8 where Tile.rows(columns) > 6:
    convolutionTile(InlineArray<8, Row>.self, factors, source, runs, weights, destination, epilogue)
  default: break
  }
}
