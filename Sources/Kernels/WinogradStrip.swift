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
      image: row / y.tiles, y: row % y.tiles * WinogradAxis.tile, x: column * WinogradAxis.tile,
      height: y.tiles * WinogradAxis.tile, width: x.tiles * WinogradAxis.tile)
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
  /// Rows and columns of all tiles of an image.
  fileprivate var height: Int
  fileprivate var width: Int

  /// Goes on to the next tile.
  @inline(__always)
  mutating func advance() {
    x += WinogradAxis.tile
    if x < width { return }
    (x, y) = (0, y + WinogradAxis.tile)
    if y < height { return }
    (y, image) = (0, image + 1)
  }
}
