import NNKernels

/// A block's products of a strip, `[plane][tile][block's lanes]`.
struct WinogradProducts {
  var start: UnsafePointer<Float>
  /// Floats from plane to plane, and from tile to tile.
  var plane: Int
  var stride: Int
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
  case (6, 4): resultsOf(InlineArray<6, InlineArray<4, Lane>>.self, products, lanes, bias, adds, results)
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
  _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ products: WinogradProducts, _ lanes: Int,
  _ bias: UnsafePointer<Float>?, _ adds: Bool, _ results: UnsafeMutablePointer<Float>
) {
  for lane in 0..<lanes {
    var half = InlineArray<4, InlineArray<columns, Lane>>(repeating: .init(repeating: .zero))
    unrolled(columns) { x in
      let values = products.start + x * products.plane + lane * Lane.width
      var column = InlineArray<rows, Lane>(repeating: .zero)
      for y in 0..<rows { column[y] = Lane(values + y * columns * products.plane) }
      let result = transformProducts(column)
      for y in 0..<4 { half[y][x] = result[y] }
    }
    let offset = bias.map { Lane($0 + lane * Lane.width) } ?? Lane.zero
    unrolled(4) { y in
      let result = transformProducts(half[y])
      let to = results + (y * 4 * lanes + lane) * Lane.width
      for x in 0..<4 {
        let target = to + x * lanes * Lane.width
        let value = result[x] + offset
        (adds ? value + Lane(target) : value).store(target)
      }
    }
  }
}
