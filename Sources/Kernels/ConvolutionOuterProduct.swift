/// Sums over pixels of a column of rows times a row of lanes: `lines` lines of `pixels` pixels.
struct OuterProduct {
  var lines: Int
  var pixels: Int
  /// Floats from line to line and from pixel to pixel of the operand that is broadcast.
  var rowLine: Int
  var rowPixel: Int
  /// The same of the operand that is read in lanes.
  var laneLine: Int
  var lanePixel: Int
  var lanes: Int

  /// Adds the products of `count` rows to `panel` `[row][lanes]`.
  func run(
    _ rows: UnsafePointer<Float>, _ columns: UnsafePointer<Float>, _ count: Int, _ panel: UnsafeMutablePointer<Float>,
    _ prefetch: UnsafeMutablePointer<WeightGradientPrefetch>
  ) {
    let most = Tile.rows(lanes)
    var product = self
    var row = 0
    var tilesLeft = (count + most - 1) / most
    while row < count {
      let tile = (count - row + tilesLeft - 1) / tilesLeft
      prefetch.pointee.advance()
      product.tile(tile, rows + row, columns, panel + row * lanes * Lane.width)
      row += tile
      tilesLeft -= 1
    }
  }

  @inline(__always)
  private mutating func tile(
    _ count: Int, _ rows: UnsafePointer<Float>, _ columns: UnsafePointer<Float>, _ panel: UnsafeMutablePointer<Float>
  ) {
    if Tile.columns >= 4, lanes == 4 { return outer4(count, &self, rows, columns, panel) }
    if Tile.columns >= 3, lanes == 3 { return outer3(count, &self, rows, columns, panel) }
    if lanes == 2 { return outer2(count, &self, rows, columns, panel) }
    outer1(count, &self, rows, columns, panel)
  }
}

@inline(__always)
private func outerTile<let rows: Int, let columns: Int>(
  _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ product: OuterProduct, _ a: UnsafePointer<Float>,
  _ b: UnsafePointer<Float>, _ panel: UnsafeMutablePointer<Float>
) {
  var sums = InlineArray<rows, InlineArray<columns, Lane>>(repeating: .init(repeating: .zero))
  for line in 0..<product.lines {
    var row = a + line * product.rowLine
    var lanes = b + line * product.laneLine
    for _ in 0..<product.pixels {
      for m in 0..<rows {
        let value = Lane(repeating: row[m])
        for n in 0..<columns { addProduct(&sums[m][n], value, Lane(lanes + n * Lane.width)) }
      }
      row += product.rowPixel
      lanes += product.lanePixel
    }
  }
  for m in 0..<rows {
    for n in 0..<columns {
      let target = panel + (m * columns + n) * Lane.width
      (Lane(target) + sums[m][n]).store(target)
    }
  }
}

@inline(__always)
private func outer<let columns: Int>(
  _: InlineArray<columns, Lane>.Type, _ rows: Int, _ product: UnsafePointer<OuterProduct>, _ a: UnsafePointer<Float>,
  _ b: UnsafePointer<Float>, _ panel: UnsafeMutablePointer<Float>
) {
  let product = product.pointee
  typealias Row = InlineArray<columns, Lane>
  switch rows {
  case 1: outerTile(InlineArray<1, Row>.self, product, a, b, panel)
  case 2: outerTile(InlineArray<2, Row>.self, product, a, b, panel)
  case 3: outerTile(InlineArray<3, Row>.self, product, a, b, panel)
  case 4: outerTile(InlineArray<4, Row>.self, product, a, b, panel)
  case 5: outerTile(InlineArray<5, Row>.self, product, a, b, panel)
  case 6: outerTile(InlineArray<6, Row>.self, product, a, b, panel)
  case 7 where Tile.rows(columns) > 6: outerTile(InlineArray<7, Row>.self, product, a, b, panel)
  case 8 where Tile.rows(columns) > 6: outerTile(InlineArray<8, Row>.self, product, a, b, panel)
  default: break
  }
}

@inline(never)
private func outer4(
  _ rows: Int, _ product: UnsafePointer<OuterProduct>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
  _ panel: UnsafeMutablePointer<Float>
) { outer(InlineArray<4, Lane>.self, rows, product, a, b, panel) }

@inline(never)
private func outer3(
  _ rows: Int, _ product: UnsafePointer<OuterProduct>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
  _ panel: UnsafeMutablePointer<Float>
) { outer(InlineArray<3, Lane>.self, rows, product, a, b, panel) }

@inline(never)
private func outer2(
  _ rows: Int, _ product: UnsafePointer<OuterProduct>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
  _ panel: UnsafeMutablePointer<Float>
) { outer(InlineArray<2, Lane>.self, rows, product, a, b, panel) }

@inline(never)
private func outer1(
  _ rows: Int, _ product: UnsafePointer<OuterProduct>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
  _ panel: UnsafeMutablePointer<Float>
) { outer(InlineArray<1, Lane>.self, rows, product, a, b, panel) }
