import NNKernels

/// The tiles of a task along one part of a convolution.
struct WinogradStrip {
  var y: WinogradAxis
  var x: WinogradAxis
  /// Tiles, counted through rows of tiles and images.
  var tiles: Range<Int>

  /// Where tile `tile` is.
  @inline(__always)
  func place(_ tile: Int) -> TilePlace {
    let (row, column) = (tile / x.tiles, tile % x.tiles)
    return TilePlace(
      image: row / y.tiles, y: row % y.tiles * y.tile, x: column * x.tile, strip: (y, x))
  }

  /// Where its first tile is.
  @inline(__always)
  var firstPlace: TilePlace { place(tiles.lowerBound) }
}

/// The image, row and column of a tile's first pixel.
struct TilePlace {
  var image: Int
  var y: Int
  var x: Int
  /// Rows and columns of a tile, and of all tiles of an image.
  private let rows: Int
  private let columns: Int
  private let height: Int
  private let width: Int

  @inline(__always)
  fileprivate init(image: Int, y: Int, x: Int, strip: (y: WinogradAxis, x: WinogradAxis)) {
    (self.image, self.y, self.x) = (image, y, x)
    (rows, columns) = (strip.y.tile, strip.x.tile)
    (height, width) = (strip.y.tiles * rows, strip.x.tiles * columns)
  }

  /// Goes on to the next tile.
  @inline(__always)
  mutating func advance() {
    x += columns
    if x < width { return }
    (x, y) = (0, y + rows)
    if y < height { return }
    (y, image) = (0, image + 1)
  }
}
