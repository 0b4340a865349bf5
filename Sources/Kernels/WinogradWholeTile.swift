import NNKernels

/// A tile of results that lies inside the destination and goes there from the registers, with nothing but a bias and relu
/// between: as floats, in whole lanes.
struct WinogradWholeTile {
  var products: WinogradProducts
  var lanes: Int
  var bias: UnsafePointer<Float>?
  /// The least value.
  var floor: Float
  var target: UnsafeMutablePointer<Float>
  /// Floats from row to row of the target, and from pixel to pixel.
  var row: Int
  var pixel: Int

  /// Stores the tile's 4×4 pixels.
  @inline(__always)
  func store(_ rows: Int, _ columns: Int) {
    switch (rows, columns) {
    case (6, 6): store6x6(self)
    case (5, 5): store5x5(self)
    case (5, 4): store5x4(self)
    case (4, 5): store4x5(self)
    default: storeOther(rows, columns, self)
    }
  }

  @inline(__always)
  fileprivate func store<let rows: Int, let columns: Int>(_: InlineArray<rows, InlineArray<columns, Lane>>.Type) {
    let floor = Lane(repeating: floor)
    for lane in 0..<lanes {
      let bias = bias(lane)
      transformBothWays { y, x in
        product(lane, y * columns + x)
      } down: { (column: InlineArray<rows, Lane>) in
        transformProducts(column)
      } across: { (row: InlineArray<columns, Lane>) in
        transformProducts(row)
      } store: { y, x, result in
        let value = result + bias
        value.selecting(floor, where: value .< floor).store(target + y * row + x * pixel + lane * Lane.width)
      }
    }
  }

  /// Stores the maxima of the tile's four windows of 2×2 pixels, of 6×6 products.
  @inline(never)
  func storeMaxima() {
    let floor = Lane(repeating: floor)
    for lane in 0..<lanes {
      let bias = bias(lane)
      var values = InlineArray<4, InlineArray<4, Lane>>(repeating: .init(repeating: bias))
      transformBothWays { y, x in
        product(lane, y * 6 + x)
      } down: { (column: InlineArray<6, Lane>) in
        transformProducts(column)
      } across: { (row: InlineArray<6, Lane>) in
        transformProducts(row)
      } store: { y, x, result in
        values[y][x] = result
      }
      unrolled(4) { window in
        let (y, x) = (window / 2, window % 2)
        let (above, below) = (values[2 * y], values[2 * y + 1])
        let value = largest(above[2 * x], above[2 * x + 1], below[2 * x], below[2 * x + 1]) + bias
        value.selecting(floor, where: value .< floor).store(target + y * row + x * pixel + lane * Lane.width)
      }
    }
  }

  @inline(__always)
  func bias(_ lane: Int) -> Lane { bias.map { Lane($0 + lane * Lane.width) } ?? .zero }

  @inline(__always)
  private func product(_ lane: Int, _ plane: Int) -> Lane {
    Lane(products.start + plane * products.plane + lane * Lane.width)
  }
}

/// The largest of four values; a NaN wins.
@inline(__always)
func largest(_ a: Lane, _ b: Lane, _ c: Lane, _ d: Lane) -> Lane {
  let (ab, cd) = (a.selecting(b, where: a .< b), c.selecting(d, where: c .< d))
  let none = (a .!= a) .| (b .!= b) .| (c .!= c) .| (d .!= d)
  return ab.selecting(cd, where: ab .< cd).selecting(Lane(repeating: .nan), where: none)
}

@inline(never)
private func store6x6(_ tile: WinogradWholeTile) { tile.store(InlineArray<6, InlineArray<6, Lane>>.self) }

@inline(never)
private func store5x5(_ tile: WinogradWholeTile) { tile.store(InlineArray<5, InlineArray<5, Lane>>.self) }

@inline(never)
private func store5x4(_ tile: WinogradWholeTile) { tile.store(InlineArray<5, InlineArray<4, Lane>>.self) }

@inline(never)
private func store4x5(_ tile: WinogradWholeTile) { tile.store(InlineArray<4, InlineArray<5, Lane>>.self) }

@inline(never)
private func storeOther(_ rows: Int, _ columns: Int, _ tile: WinogradWholeTile) {
  switch (rows, columns) {
  case (4, 4): tile.store(InlineArray<4, InlineArray<4, Lane>>.self)
  case (4, 6): tile.store(InlineArray<4, InlineArray<6, Lane>>.self)
  case (5, 6): tile.store(InlineArray<5, InlineArray<6, Lane>>.self)
  case (6, 4): tile.store(InlineArray<6, InlineArray<4, Lane>>.self)
  default: tile.store(InlineArray<6, InlineArray<5, Lane>>.self)
  }
}
