import NNKernels

// Ways to store a whole tile from the registers.

extension WinogradWholeTile {
  /// Gives the results of a tile in a lane of channels to `store`, by row and column.
  @inline(__always)
  fileprivate func transform<let rows: Int, let columns: Int>(
    _: PointLanes<rows, columns>.Type, _ products: UnsafePointer<Float>, _ lane: Int,
    store: (_ y: Int, _ x: Int, _ result: Lane) -> Void
  ) {
    transformBothWays { y, x in
      product(products, y, x, lane)
    } down: { (column: InlineArray<rows, Lane>) in
      transformProducts(column)
    } across: { (row: InlineArray<columns, Lane>) in
      transformProducts(row)
    } store: { y, x, result in
      store(y, x, result)
    }
  }
}

/// Stores 4×4 pixels.
struct StoredPixels: PointsWork {
  let tile: UnsafePointer<WinogradWholeTile>
  let products: UnsafePointer<Float>
  let target: UnsafeMutablePointer<Float>

  @inline(__always)
  func work<let rows: Int, let columns: Int>(_ points: PointLanes<rows, columns>.Type) {
    let whole = tile.pointee
    for lane in 0..<whole.lanes {
      let bias = whole.bias(lane)
      whole.transform(points, products, lane) { y, x, result in
        whole.store(result + bias, target, y, x, lane)
      }
    }
  }
}

/// Stores the maxima of four windows, of products of three taps down and three or one across.
struct StoredMaxima: PointsWork {
  let tile: UnsafePointer<WinogradWholeTile>
  let products: UnsafePointer<Float>
  let target: UnsafeMutablePointer<Float>

  @inline(__always)
  func work<let rows: Int, let columns: Int>(_ points: PointLanes<rows, columns>.Type) {
    guard rows == 6, columns != 5 else { return }
    let whole = tile.pointee
    for lane in 0..<whole.lanes {
      let bias = whole.bias(lane)
      var values = InlineArray<4, InlineArray<4, Lane>>(repeating: .init(repeating: bias))
      whole.transform(points, products, lane) { y, x, result in
        values[y][x] = result
      }
      unrolled(4) { window in
        let (y, x) = (window / 2, window % 2)
        let (above, below) = (values[2 * y], values[2 * y + 1])
        let value = largest(above[2 * x], above[2 * x + 1], below[2 * x], below[2 * x + 1])
        whole.store(value + bias, target, y, x, lane)
      }
    }
  }
}

/// Stores such maxima, and their places: of values with their bias, as all else is compared.
struct StoredPlacedMaxima: PointsWork {
  let tile: UnsafePointer<WinogradWholeTile>
  let products: UnsafePointer<Float>
  let target: UnsafeMutablePointer<Float>

  @inline(__always)
  func work<let rows: Int, let columns: Int>(_ points: PointLanes<rows, columns>.Type) {
    guard rows == 6, columns != 5, let places = tile.pointee.places else { return }
    let whole = tile.pointee
    let floor = Lane(repeating: whole.floor)
    let first = places + (target - whole.destination)
    for lane in 0..<whole.lanes {
      let bias = whole.bias(lane)
      var values = InlineArray<4, InlineArray<4, Lane>>(repeating: .init(repeating: bias))
      whole.transform(points, products, lane) { y, x, result in
        values[y][x] = result + bias
      }
      unrolled(4) { window in
        let (y, x) = (window / 2, window % 2)
        let offset = y * whole.row + x * whole.pixel + lane * Lane.width
        var best = values[2 * y][2 * x]
        var place = LaneBits.zero
        take(values[2 * y][2 * x + 1], 1, &best, &place)
        take(values[2 * y + 1][2 * x], 2, &best, &place)
        take(values[2 * y + 1][2 * x + 1], 3, &best, &place)
        // Where none is larger than the least value all four become that, and the first of equal values wins.
        let none = best .<= floor
        best.select(floor, where: none)
        place.select(LaneBits.zero, where: none)
        best.store(target + offset)
        storePlaces(place, first + offset, Lane.width)
      }
    }
  }
}

/// Stores 2×2 pixels.
struct StoredSmallPixels {
  let tile: UnsafePointer<WinogradWholeTile>
  let products: UnsafePointer<Float>
  let target: UnsafeMutablePointer<Float>

  @inline(never)
  func work() {
    let whole = tile.pointee
    for lane in 0..<whole.lanes {
      let bias = whole.bias(lane)
      transformSmallTile { y, x in
        whole.product(products, y, x, lane)
      } store: { y, x, result in
        whole.store(result + bias, target, y, x, lane)
      }
    }
  }
}

/// Stores the maximum of 2×2 pixels.
struct StoredSmallMaximum {
  let tile: UnsafePointer<WinogradWholeTile>
  let products: UnsafePointer<Float>
  let target: UnsafeMutablePointer<Float>

  @inline(never)
  func work() {
    let whole = tile.pointee
    for lane in 0..<whole.lanes {
      let bias = whole.bias(lane)
      var values = InlineArray<2, InlineArray<2, Lane>>(repeating: .init(repeating: bias))
      transformSmallTile { y, x in
        whole.product(products, y, x, lane)
      } store: { y, x, result in
        values[y][x] = result
      }
      let value = largest(values[0][0], values[0][1], values[1][0], values[1][1])
      whole.store(value + bias, target, 0, 0, lane)
    }
  }
}

/// The largest of four values; a NaN wins.
@inline(__always)
func largest(_ a: Lane, _ b: Lane, _ c: Lane, _ d: Lane) -> Lane {
  let (ab, cd) = (a.selecting(b, where: a .< b), c.selecting(d, where: c .< d))
  let none = (a .!= a) .| (b .!= b) .| (c .!= c) .| (d .!= d)
  return ab.selecting(cd, where: ab .< cd).selecting(Lane(repeating: .nan), where: none)
}
