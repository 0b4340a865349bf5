/// Rows of `channels` floats, `stride` floats apart, times weights `[channel][lanes]`.
struct MatrixProduct {
  var sources: UnsafePointer<Float>
  var stride: Int
  var channels: Int
  var weights: UnsafePointer<Float>

  /// One register tile.
  @inline(__always)
  fileprivate func tile<let rows: Int, let columns: Int>(
    _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ target: UnsafeMutablePointer<Float>, adds: Bool
  ) {
    var sums = InlineArray<rows, InlineArray<columns, Lane>>(repeating: .init(repeating: .zero))
    var (values, weights) = (sources, weights)
    for _ in 0..<channels {
      for m in 0..<rows {
        let value = Lane(repeating: values[m * stride])
        for n in 0..<columns { addProduct(&sums[m][n], value, Lane(weights + n * Lane.width)) }
      }
      values += 1
      weights += columns * Lane.width
    }
    for m in 0..<rows {
      for n in 0..<columns {
        let place = target + (m * columns + n) * Lane.width
        (adds ? Lane(place) + sums[m][n] : sums[m][n]).store(place)
      }
    }
  }
}

/// Stores the products of `count` rows at `target` `[row][lanes]`, or adds them.
@inline(__always)
func addMatrixProduct(
  _ product: MatrixProduct, _ count: Int, _ lanes: Int, _ target: UnsafeMutablePointer<Float>, adds: Bool
) {
  let most = Tile.rows(lanes)
  var (product, target, left) = (product, target, count)
  var tilesLeft = (left + most - 1) / most
  while left > 0 {
    let rows = (left + tilesLeft - 1) / tilesLeft
    multiply(rows, lanes, &product, target, adds)
    product.sources += rows * product.stride
    target += rows * lanes * Lane.width
    left -= rows
    tilesLeft -= 1
  }
}

@inline(__always)
private func multiply(
  _ rows: Int, _ lanes: Int, _ product: UnsafePointer<MatrixProduct>, _ target: UnsafeMutablePointer<Float>,
  _ adds: Bool
) {
  if Tile.columns >= 4, lanes == 4 { return multiply4(rows, product, target, adds) }
  if Tile.columns >= 3, lanes == 3 { return multiply3(rows, product, target, adds) }
  if lanes == 2 { return multiply2(rows, product, target, adds) }
  multiply1(rows, product, target, adds)
}

@inline(__always)
private func multiplyOf<let columns: Int>(
  _: InlineArray<columns, Lane>.Type, _ rows: Int, _ product: UnsafePointer<MatrixProduct>,
  _ target: UnsafeMutablePointer<Float>, _ adds: Bool
) {
  let product = product.pointee
  typealias Row = InlineArray<columns, Lane>
  switch rows {
  case 1: product.tile(InlineArray<1, Row>.self, target, adds: adds)
  case 2: product.tile(InlineArray<2, Row>.self, target, adds: adds)
  case 3: product.tile(InlineArray<3, Row>.self, target, adds: adds)
  case 4: product.tile(InlineArray<4, Row>.self, target, adds: adds)
  case 5: product.tile(InlineArray<5, Row>.self, target, adds: adds)
  case 6: product.tile(InlineArray<6, Row>.self, target, adds: adds)
  case 7 where Tile.rows(columns) > 6: product.tile(InlineArray<7, Row>.self, target, adds: adds)
  case 8 where Tile.rows(columns) > 6: product.tile(InlineArray<8, Row>.self, target, adds: adds)
  default: break
  }
}

@inline(never)
private func multiply4(
  _ rows: Int, _ product: UnsafePointer<MatrixProduct>, _ target: UnsafeMutablePointer<Float>, _ adds: Bool
) {
  multiplyOf(InlineArray<4, Lane>.self, rows, product, target, adds)
}

@inline(never)
private func multiply3(
  _ rows: Int, _ product: UnsafePointer<MatrixProduct>, _ target: UnsafeMutablePointer<Float>, _ adds: Bool
) {
  multiplyOf(InlineArray<3, Lane>.self, rows, product, target, adds)
}

@inline(never)
private func multiply2(
  _ rows: Int, _ product: UnsafePointer<MatrixProduct>, _ target: UnsafeMutablePointer<Float>, _ adds: Bool
) {
  multiplyOf(InlineArray<2, Lane>.self, rows, product, target, adds)
}

@inline(never)
private func multiply1(
  _ rows: Int, _ product: UnsafePointer<MatrixProduct>, _ target: UnsafeMutablePointer<Float>, _ adds: Bool
) {
  multiplyOf(InlineArray<1, Lane>.self, rows, product, target, adds)
}
