import CProcessor
import NNKernels

/// How tiles of results that lie inside the destination go there from the registers, with nothing but a bias and relu or
/// maxima between: as floats, in whole lanes. What differs from tile to tile is told with each.
struct WinogradWholeTile {
  let lanes: Int
  private let biases: UnsafePointer<Float>?
  /// The least value.
  let floor: Float
  /// Floats from row to row of a tile's products, and from column to column.
  private let productRow: Int
  private let productColumn: Int
  /// Floats from row to row of what is stored, from pixel to pixel, and from image to image.
  let row: Int
  let pixel: Int
  private let image: Int
  /// Where the first tile of the first image goes.
  private let start: UnsafeMutablePointer<Float>
  /// Rows and columns that tiles must not reach over, those of a tile, and its products' points along both axes.
  private let limit: (y: Int, x: Int)
  let tile: Int
  let points: (y: Int, x: Int)
  let pools: Bool
  /// Where the places of maxima go, if they are kept, and the destination that they go with.
  let places: UnsafeMutablePointer<UInt8>?
  let destination: UnsafeMutablePointer<Float>

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
    biases = a.bias.map { $0 + block.first }
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

  /// Stores a lane of results at row `y` and column `x` of what is stored.
  @inline(__always)
  func store(_ value: Lane, _ target: UnsafeMutablePointer<Float>, _ y: Int, _ x: Int, _ lane: Int) {
    let floor = Lane(repeating: floor)
    value.selecting(floor, where: value .< floor).store(target + y * row + x * pixel + lane * Lane.width)
  }

  /// The bias of a lane of channels.
  @inline(__always)
  func bias(_ lane: Int) -> Lane { biases.map { Lane($0 + lane * Lane.width) } ?? .zero }

  /// A lane of a tile's products.
  @inline(__always)
  func product(_ products: UnsafePointer<Float>, _ y: Int, _ x: Int, _ lane: Int) -> Lane {
    Lane(products + y * productRow + x * productColumn + lane * Lane.width)
  }
}

extension UnsafePointer<WinogradWholeTile> {
  /// Stores a tile's pixels, or the maxima of its windows of 2×2.
  @inline(__always)
  func store(_ products: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
    let points = pointee.points
    switch (pointee.tile, pointee.pools) {
    case (2, false): StoredSmallPixels(tile: self, products: products, target: target).work()
    case (2, true): StoredSmallMaximum(tile: self, products: products, target: target).work()
    case (_, false): StoredPixels(tile: self, products: products, target: target).work(points.y, points.x)
    case (_, true) where pointee.places == nil:
      StoredMaxima(tile: self, products: products, target: target).work(points.y, points.x)
    default: StoredPlacedMaxima(tile: self, products: products, target: target).work(points.y, points.x)
    }
  }
}
