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

/// The results of a strip's tiles, a block's lanes each, that several parts add to: `[4][tile][4][block's lanes]`, so that the
/// pixels of a row of tiles lie side by side.
struct WinogradSums {
  private let first: UnsafeMutablePointer<Float>
  /// Floats from row to row of a tile, and from pixel to pixel.
  let row: Int
  let pixel: Int

  /// Sums of so many tiles at `start`.
  @inline(__always)
  init(_ start: UnsafeMutablePointer<Float>, tiles: Int, lanes: Int) {
    (first, pixel) = (start, lanes * Lane.width)
    row = tiles * 4 * pixel
  }

  /// Where tile `tile` of the strip begins.
  @inline(__always)
  func start(_ tile: Int) -> UnsafeMutablePointer<Float> { first + tile * 4 * pixel }
}

/// Transforms one tile's products to `results` `[4][4][block's lanes]`, `row` floats from row to row; adds the bias, and what
/// is at `sums`, whose rows are as far apart as sums' are.
struct TileResults: PointsWork {
  let products: WinogradProducts
  let lanes: Int
  let bias: UnsafePointer<Float>?
  let sums: UnsafePointer<Float>?
  let sumsRow: Int
  let results: UnsafeMutablePointer<Float>
  let row: Int

  @inline(__always)
  func work<let rows: Int, let columns: Int>(_ points: PointLanes<rows, columns>.Type) {
    for lane in 0..<lanes {
      let offset = bias.map { Lane($0 + lane * Lane.width) } ?? Lane.zero
      // Asked for each value, the question would stand between the vectors.
      if let sums {
        work(points, lane) { y, pixel, value in
          (value + offset + Lane(sums + y * sumsRow + pixel)).store(results + y * row + pixel)
        }
      } else {
        work(points, lane) { y, pixel, value in (value + offset).store(results + y * row + pixel) }
      }
    }
  }

  @inline(__always)
  private func work<let rows: Int, let columns: Int>(
    _: PointLanes<rows, columns>.Type, _ lane: Int, store: (_ row: Int, _ pixel: Int, Lane) -> Void
  ) {
    transformBothWays { y, x in
      products[y, x, lane]
    } down: { (column: InlineArray<rows, Lane>) in
      transformProducts(column)
    } across: { (row: InlineArray<columns, Lane>) in
      transformProducts(row)
    } store: { y, x, result in
      store(y, (x * lanes + lane) * Lane.width, result)
    }
  }
}
