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
struct TileResults: PointsWork {
  let products: WinogradProducts
  let lanes: Int
  let bias: UnsafePointer<Float>?
  let adds: Bool
  let results: UnsafeMutablePointer<Float>

  @inline(__always)
  func work<let rows: Int, let columns: Int>(_ points: PointLanes<rows, columns>.Type) {
    for lane in 0..<lanes {
      let offset = bias.map { Lane($0 + lane * Lane.width) } ?? Lane.zero
      // Asked for each value, the question would stand between the vectors.
      if adds {
        work(points, lane) { target, value in (value + offset + Lane(target)).store(target) }
      } else {
        work(points, lane) { target, value in (value + offset).store(target) }
      }
    }
  }

  @inline(__always)
  private func work<let rows: Int, let columns: Int>(
    _: PointLanes<rows, columns>.Type, _ lane: Int, store: (UnsafeMutablePointer<Float>, Lane) -> Void
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
}
