import CProcessor
import NNKernels

/// How tiles of results that lie inside the destination go there from the registers, with nothing but a bias and relu or
/// maxima between: as floats, in whole lanes. What differs from tile to tile is told with each.
struct WinogradWholeTile {
  private let lanes: Int
  private let bias: UnsafePointer<Float>?
  /// The least value.
  private let floor: Float
  /// Floats from row to row of a tile's products, and from column to column.
  private let productRow: Int
  private let productColumn: Int
  /// Floats from row to row of what is stored, from pixel to pixel, and from image to image.
  private let row: Int
  private let pixel: Int
  private let image: Int
  /// Where the first tile of the first image goes.
  private let start: UnsafeMutablePointer<Float>
  /// Rows and columns that tiles must not reach over, those of a tile, and its products' points along both axes.
  private let limit: (y: Int, x: Int)
  fileprivate let tile: Int
  fileprivate let points: (y: Int, x: Int)
  fileprivate let pools: Bool
  /// Where the places of maxima go, if they are kept, and the destination that they go with.
  fileprivate let places: UnsafeMutablePointer<UInt8>?
  private let destination: UnsafeMutablePointer<Float>

  /// The tiles of a strip's block, if they can be stored so.
  @inline(__always)
  init?(
    _ arguments: UnsafePointer<ConvolutionArguments>, _ strip: WinogradStrip, _ block: WinogradBlock,
    _ products: WinogradProducts
  ) {
    let (a, plan) = (arguments.pointee, arguments.pointee.plan)
    guard block.tail == Lane.width, plan.destinationElement == .float32, a.projection == nil, !a.accumulate,
      a.activation == .identity || a.activation == .relu, a.saved == nil || a.gradient == .identity
    else { return nil }
    pools = plan.poolHeight > 1
    (places, destination) = (a.argmax, a.destination)
    if pools, strip.y.taps != 3 || strip.x.taps == 2 || (places != nil && strip.y.tile == 2) { return nil }
    lanes = block.lanes
    bias = a.bias.map { $0 + block.first }
    floor = a.activation == .relu ? 0 : -.infinity
    (productRow, productColumn) = (products.row, products.column)
    (tile, points) = (strip.y.tile, (strip.y.points, strip.x.points))
    if pools {
      pixel = plan.destinationWords
      row = plan.pooledWidth * pixel
      image = plan.pooledHeight * row
      limit = (2 * plan.pooledHeight, 2 * plan.pooledWidth)
      start = a.destination + block.first
    } else {
      let line = plan.destinationWidth * plan.destinationWords
      pixel = strip.x.destinationStep * plan.destinationWords
      row = strip.y.destinationStep * line
      image = plan.destinationHeight * line
      limit = (strip.y.destinationCount, strip.x.destinationCount)
      start =
        a.destination + strip.y.destinationStart * line + strip.x.destinationStart * plan.destinationWords + block.first
    }
  }

  /// Where the results of the tile at `at` go, if it lies inside the destination.
  @inline(__always)
  func target(_ at: TilePlace) -> UnsafeMutablePointer<Float>? {
    if at.y + tile > limit.y || at.x + tile > limit.x { return nil }
    let (y, x) = pools ? (at.y / 2, at.x / 2) : (at.y, at.x)
    return start + at.image * image + y * row + x * pixel
  }

  /// Asks for where the tile after the next goes, if the first goes to `target`.
  @inline(__always)
  func ask(_ target: UnsafeMutablePointer<Float>) {
    let size = pools ? tile / 2 : tile
    var line = target + 2 * size * pixel
    for _ in 0..<size {
      for column in 0..<size {
        for lane in Swift.stride(from: 0, to: lanes, by: Lane.perLine) {
          processor_prefetch_write(line + column * pixel + lane * Lane.width)
        }
      }
      line += row
    }
  }

  /// Stores 4×4 pixels.
  @inline(__always)
  fileprivate func store<let rows: Int, let columns: Int>(
    _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ products: UnsafePointer<Float>,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let floor = Lane(repeating: floor)
    for lane in 0..<lanes {
      let bias = bias(lane)
      transformBothWays { y, x in
        product(products, y, x, lane)
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

  /// Stores the maxima of four windows, of products of three taps down and three or one across.
  @inline(__always)
  fileprivate func storeMaxima<let columns: Int>(
    _: InlineArray<columns, Lane>.Type, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    let floor = Lane(repeating: floor)
    for lane in 0..<lanes {
      let bias = bias(lane)
      var values = InlineArray<4, InlineArray<4, Lane>>(repeating: .init(repeating: bias))
      transformBothWays { y, x in
        product(products, y, x, lane)
      } down: { (column: InlineArray<6, Lane>) in
        transformProducts(column)
      } across: { (row: InlineArray<columns, Lane>) in
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

  /// Stores the maxima of four windows, and their places: of values with their bias, as all else is compared.
  @inline(__always)
  fileprivate func storePlacedMaxima<let columns: Int>(
    _: InlineArray<columns, Lane>.Type, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    guard let places else { return }
    let floor = Lane(repeating: floor)
    let first = places + (target - destination)
    for lane in 0..<lanes {
      let bias = bias(lane)
      var values = InlineArray<4, InlineArray<4, Lane>>(repeating: .init(repeating: bias))
      transformBothWays { y, x in
        product(products, y, x, lane)
      } down: { (column: InlineArray<6, Lane>) in
        transformProducts(column)
      } across: { (row: InlineArray<columns, Lane>) in
        transformProducts(row)
      } store: { y, x, result in
        values[y][x] = result + bias
      }
      unrolled(4) { window in
        let (y, x) = (window / 2, window % 2)
        let offset = y * row + x * pixel + lane * Lane.width
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

  /// Stores 2×2 pixels.
  @inline(__always)
  fileprivate func storeSmall(_ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
    let floor = Lane(repeating: floor)
    for lane in 0..<lanes {
      let bias = bias(lane)
      transformSmallTile { y, x in
        product(products, y, x, lane)
      } store: { y, x, result in
        let value = result + bias
        value.selecting(floor, where: value .< floor).store(target + y * row + x * pixel + lane * Lane.width)
      }
    }
  }

  /// Stores the maximum of 2×2 pixels.
  @inline(__always)
  fileprivate func storeSmallMaximum(_ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
    let floor = Lane(repeating: floor)
    for lane in 0..<lanes {
      let bias = bias(lane)
      var values = InlineArray<2, InlineArray<2, Lane>>(repeating: .init(repeating: bias))
      transformSmallTile { y, x in
        product(products, y, x, lane)
      } store: { y, x, result in
        values[y][x] = result
      }
      let value = largest(values[0][0], values[0][1], values[1][0], values[1][1]) + bias
      value.selecting(floor, where: value .< floor).store(target + lane * Lane.width)
    }
  }

  @inline(__always)
  private func bias(_ lane: Int) -> Lane { bias.map { Lane($0 + lane * Lane.width) } ?? .zero }

  @inline(__always)
  private func product(_ products: UnsafePointer<Float>, _ y: Int, _ x: Int, _ lane: Int) -> Lane {
    Lane(products + y * productRow + x * productColumn + lane * Lane.width)
  }
}

extension UnsafePointer<WinogradWholeTile> {
  /// Stores a tile's pixels, or the maxima of its windows of 2×2.
  @inline(__always)
  func store(_ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
    let pools = pointee.pools
    if pointee.tile == 2 {
      return pools ? storeSmallMaximum(self, products, target) : storeSmall(self, products, target)
    }
    switch (pointee.points.y, pointee.points.x) {
    case (6, 6) where pointee.places != nil: placed6x6(self, products, target)
    case (6, 4) where pointee.places != nil: placed6x4(self, products, target)
    case (6, 6): pools ? maxima6x6(self, products, target) : store6x6(self, products, target)
    case (6, 4): pools ? maxima6x4(self, products, target) : store6x4(self, products, target)
    case (5, 5): store5x5(self, products, target)
    case (5, 4): store5x4(self, products, target)
    case (4, 5): store4x5(self, products, target)
    default: storeOther(pointee.points.y, pointee.points.x, self, products, target)
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

@inline(never)
private func store6x6(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.store(InlineArray<6, InlineArray<6, Lane>>.self, products, target)
}

@inline(never)
private func store6x4(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.store(InlineArray<6, InlineArray<4, Lane>>.self, products, target)
}

@inline(never)
private func store5x5(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.store(InlineArray<5, InlineArray<5, Lane>>.self, products, target)
}

@inline(never)
private func store5x4(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.store(InlineArray<5, InlineArray<4, Lane>>.self, products, target)
}

@inline(never)
private func store4x5(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.store(InlineArray<4, InlineArray<5, Lane>>.self, products, target)
}

@inline(never)
private func maxima6x6(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.storeMaxima(InlineArray<6, Lane>.self, products, target)
}

@inline(never)
private func maxima6x4(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.storeMaxima(InlineArray<4, Lane>.self, products, target)
}

@inline(never)
private func placed6x6(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.storePlacedMaxima(InlineArray<6, Lane>.self, products, target)
}

@inline(never)
private func placed6x4(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.storePlacedMaxima(InlineArray<4, Lane>.self, products, target)
}

@inline(never)
private func storeSmall(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.storeSmall(products, target)
}

@inline(never)
private func storeSmallMaximum(
  _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
) {
  tile.pointee.storeSmallMaximum(products, target)
}

@inline(never)
private func storeOther(
  _ rows: Int, _ columns: Int, _ tile: UnsafePointer<WinogradWholeTile>, _ products: UnsafePointer<Float>,
  _ target: UnsafeMutablePointer<Float>
) {
  switch (rows, columns) {
  case (4, 4): tile.pointee.store(InlineArray<4, InlineArray<4, Lane>>.self, products, target)
  case (4, 6): tile.pointee.store(InlineArray<4, InlineArray<6, Lane>>.self, products, target)
  case (5, 6): tile.pointee.store(InlineArray<5, InlineArray<6, Lane>>.self, products, target)
  default: tile.pointee.store(InlineArray<6, InlineArray<5, Lane>>.self, products, target)
  }
}
