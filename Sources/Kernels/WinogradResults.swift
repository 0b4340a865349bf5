import NNKernels

/// A block's products of a strip, a block's lanes each.
struct WinogradProducts {
  var start: UnsafePointer<Float>
  /// Floats from row to row of a tile's products, from column to column, and from tile to tile.
  var row: Int
  var column: Int
  var stride: Int

  /// Products `[plane][tile][block's lanes]`, `columns` planes to a row.
  @inline(__always)
  init(start: UnsafePointer<Float>, plane: Int, columns: Int, stride: Int) {
    self.init(start: start, row: columns * plane, column: plane, stride: stride)
  }

  @inline(__always)
  init(start: UnsafePointer<Float>, row: Int, column: Int, stride: Int) {
    (self.start, self.row, self.column, self.stride) = (start, row, column, stride)
  }

  @inline(__always)
  subscript(y: Int, x: Int, lane: Int) -> Lane { Lane(start + y * row + x * column + lane * Lane.width) }
}

/// Transforms one tile's products to `results` `[4][4][block's lanes]`; adds the bias, and what is there already.
@inline(__always)
func transformResults(
  _ rows: Int, _ columns: Int, _ products: WinogradProducts, _ lanes: Int, bias: UnsafePointer<Float>?, adds: Bool,
  _ results: UnsafeMutablePointer<Float>
) {
  switch (rows, columns) {
  case (6, 6): results6x6(products, lanes, bias, adds, results)
  case (5, 5): results5x5(products, lanes, bias, adds, results)
  case (4, 4): results4x4(products, lanes, bias, adds, results)
  case (4, 5): resultsOf(InlineArray<4, InlineArray<5, Lane>>.self, products, lanes, bias, adds, results)
  case (4, 6): resultsOf(InlineArray<4, InlineArray<6, Lane>>.self, products, lanes, bias, adds, results)
  case (5, 4): resultsOf(InlineArray<5, InlineArray<4, Lane>>.self, products, lanes, bias, adds, results)
  case (5, 6): resultsOf(InlineArray<5, InlineArray<6, Lane>>.self, products, lanes, bias, adds, results)
  case (6, 4): results6x4(products, lanes, bias, adds, results)
  default: resultsOf(InlineArray<6, InlineArray<5, Lane>>.self, products, lanes, bias, adds, results)
  }
}

@inline(never)
private func results6x6(
  _ products: WinogradProducts, _ lanes: Int, _ bias: UnsafePointer<Float>?, _ adds: Bool,
  _ results: UnsafeMutablePointer<Float>
) {
  resultsOf(InlineArray<6, InlineArray<6, Lane>>.self, products, lanes, bias, adds, results)
}

@inline(never)
private func results6x4(
  _ products: WinogradProducts, _ lanes: Int, _ bias: UnsafePointer<Float>?, _ adds: Bool,
  _ results: UnsafeMutablePointer<Float>
) {
  resultsOf(InlineArray<6, InlineArray<4, Lane>>.self, products, lanes, bias, adds, results)
}

@inline(never)
private func results5x5(
  _ products: WinogradProducts, _ lanes: Int, _ bias: UnsafePointer<Float>?, _ adds: Bool,
  _ results: UnsafeMutablePointer<Float>
) {
  resultsOf(InlineArray<5, InlineArray<5, Lane>>.self, products, lanes, bias, adds, results)
}

@inline(never)
private func results4x4(
  _ products: WinogradProducts, _ lanes: Int, _ bias: UnsafePointer<Float>?, _ adds: Bool,
  _ results: UnsafeMutablePointer<Float>
) {
  resultsOf(InlineArray<4, InlineArray<4, Lane>>.self, products, lanes, bias, adds, results)
}

/// `Aᵀ m A` of a tile, lane by lane of channels.
@inline(__always)
private func resultsOf<let rows: Int, let columns: Int>(
  _ points: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ products: WinogradProducts, _ lanes: Int,
  _ bias: UnsafePointer<Float>?, _ adds: Bool, _ results: UnsafeMutablePointer<Float>
) {
  for lane in 0..<lanes {
    let offset = bias.map { Lane($0 + lane * Lane.width) } ?? Lane.zero
    // Asked for each value, the question would stand between the vectors.
    if adds {
      resultsOf(points, products, lane, lanes, results) { target, value in
        (value + offset + Lane(target)).store(target)
      }
    } else {
      resultsOf(points, products, lane, lanes, results) { target, value in (value + offset).store(target) }
    }
  }
}

@inline(__always)
private func resultsOf<let rows: Int, let columns: Int>(
  _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ products: WinogradProducts, _ lane: Int, _ lanes: Int,
  _ results: UnsafeMutablePointer<Float>, store: (UnsafeMutablePointer<Float>, Lane) -> Void
) {
  transformBothWays { y, x in
    products[y, x, lane]
  } down: { (column: InlineArray<rows, Lane>) in
    transformProducts(column)
  } across: { (row: InlineArray<columns, Lane>) in
    transformProducts(row)
  } store: { y, x, result in
    store(results + ((y * 4 + x) * lanes + lane) * Lane.width, result)
  }
}
