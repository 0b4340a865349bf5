import CProcessor
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

/// An image's values around a tile, in floats from pixel to pixel.
struct TileWindow {
  var start: UnsafePointer<Float>
  var row: Int
  var pixel: Int
  /// Floats to the values that the next tile needs, to be asked for.
  var ahead = 0
}

/// Where a strip's sources lie: some channels, from `start` on, of images `[height, width, channels]`.
struct WinogradSource {
  var start: UnsafePointer<Float>
  var height: Int
  var width: Int
  /// Words of a pixel.
  var words: Int
  /// Channels that are read.
  var count: Int
  /// Whether the channels are stored as bf16.
  var isBFloat16: Bool
  /// Room for a window with zeros around it.
  var room: UnsafeMutablePointer<Float>

  /// The window of `rows` × `columns` pixels, `stepY` and `stepX` apart, from row `y` and column `x` on: in place, or
  /// copied if a part of it lies outside.
  @inline(__always)
  func window(image: Int, _ y: Int, _ x: Int, rows: Int, columns: Int, stepY: Int, stepX: Int) -> TileWindow {
    let (bottom, right) = (y + (rows - 1) * stepY, x + (columns - 1) * stepX)
    let first = start + ((image * height + y) * width + x) * words
    if y >= 0, x >= 0, bottom < height, right < width {
      return TileWindow(
        start: first, row: stepY * width * words, pixel: stepX * words,
        ahead: WinogradAxis.tile * stepX * words)
    }
    return padded(first, y, x, rows, columns, stepY, stepX)
  }

  @inline(never)
  private func padded(
    _ first: UnsafePointer<Float>, _ y: Int, _ x: Int, _ rows: Int, _ columns: Int, _ stepY: Int, _ stepX: Int
  ) -> TileWindow {
    let stride = (count + Lane.width - 1) / Lane.width * Lane.words(isBFloat16)
    let wanted = isBFloat16 ? count / 2 : count
    for row in 0..<rows {
      for column in 0..<columns {
        let target = room + (row * columns + column) * stride
        if 0..<height ~= y + row * stepY, 0..<width ~= x + column * stepX {
          copy(first + (row * stepY * width + column * stepX) * words, target, wanted)
        } else {
          clear(target, wanted)
        }
      }
    }
    return TileWindow(start: UnsafePointer(room), row: columns * stride, pixel: stride)
  }
}

/// Transforms the sources of a strip to `target` `[plane][tile][channels]`, `plane` words from plane to plane and
/// `stride` from tile to tile; to bf16 where `rounds`.
func transformStrip(
  _ source: WinogradSource, _ strip: WinogradStrip, _ target: UnsafeMutablePointer<Float>, plane: Int, stride: Int,
  rounds: Bool
) {
  let (y, x) = (strip.y, strip.x)
  var (at, to) = (strip.firstPlace, target)
  for _ in strip.tiles {
    let window = source.window(
      image: at.image, at.y * y.sourceStep + y.sourceStart, at.x * x.sourceStep + x.sourceStart, rows: y.points,
      columns: x.points, stepY: y.sourceStep, stepX: x.sourceStep)
    if Lane.hasBFloat16, source.isBFloat16 || rounds {
      switch (source.isBFloat16, rounds) {
      case (true, true): window6x6InBFloat16(window, source.count, to, plane)
      case (true, false): window6x6FromBFloat16(window, source.count, to, plane)
      default: window6x6ToBFloat16(window, source.count, to, plane)
      }
    } else {
      transformWindow(y.points, x.points, window, source.count, to, plane)
    }
    at.advance()
    to += stride
  }
}

@inline(__always)
private func transformWindow(
  _ rows: Int, _ columns: Int, _ window: TileWindow, _ channels: Int, _ target: UnsafeMutablePointer<Float>,
  _ plane: Int
) {
  switch (rows, columns) {
  case (6, 6): window6x6(window, channels, target, plane)
  case (5, 5): window5x5(window, channels, target, plane)
  case (4, 4): window4x4(window, channels, target, plane)
  case (4, 5): windowOf(InlineArray<4, InlineArray<5, Lane>>.self, window, channels, target, plane)
  case (4, 6): windowOf(InlineArray<4, InlineArray<6, Lane>>.self, window, channels, target, plane)
  case (5, 4): windowOf(InlineArray<5, InlineArray<4, Lane>>.self, window, channels, target, plane)
  case (5, 6): windowOf(InlineArray<5, InlineArray<6, Lane>>.self, window, channels, target, plane)
  case (6, 4): windowOf(InlineArray<6, InlineArray<4, Lane>>.self, window, channels, target, plane)
  default: windowOf(InlineArray<6, InlineArray<5, Lane>>.self, window, channels, target, plane)
  }
}

@inline(never)
private func window6x6(_ w: TileWindow, _ channels: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int) {
  windowOf(InlineArray<6, InlineArray<6, Lane>>.self, w, channels, target, plane)
}

@inline(never)
private func window5x5(_ w: TileWindow, _ channels: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int) {
  windowOf(InlineArray<5, InlineArray<5, Lane>>.self, w, channels, target, plane)
}

@inline(never)
private func window4x4(_ w: TileWindow, _ channels: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int) {
  windowOf(InlineArray<4, InlineArray<4, Lane>>.self, w, channels, target, plane)
}

@inline(never)
private func window6x6InBFloat16(
  _ w: TileWindow, _ channels: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int
) {
  windowOf(InlineArray<6, InlineArray<6, Lane>>.self, w, channels, target, plane, from: true, to: true)
}

@inline(never)
private func window6x6FromBFloat16(
  _ w: TileWindow, _ channels: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int
) {
  windowOf(InlineArray<6, InlineArray<6, Lane>>.self, w, channels, target, plane, from: true)
}

@inline(never)
private func window6x6ToBFloat16(
  _ w: TileWindow, _ channels: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int
) {
  windowOf(InlineArray<6, InlineArray<6, Lane>>.self, w, channels, target, plane, to: true)
}

/// `Bᵀ d B` of a window, lane by lane of channels; from and to bf16 where told.
@inline(__always)
private func windowOf<let rows: Int, let columns: Int>(
  _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ window: TileWindow, _ channels: Int,
  _ target: UnsafeMutablePointer<Float>, _ plane: Int, from reads: Bool = false, to rounds: Bool = false
) {
  var (values, target) = (window.start, target)
  for _ in 0..<(channels + Lane.width - 1) / Lane.width {
    transformBothWays { y, x in
      let place = values + x * window.pixel + y * window.row
      processor_prefetch(place + window.ahead)
      return Lane(place, isBFloat16: reads)
    } down: { (column: InlineArray<rows, Lane>) in
      transformSources(column)
    } across: { (row: InlineArray<columns, Lane>) in
      transformSources(row)
    } store: { y, x, result in
      result.store(target + (y * columns + x) * plane, isBFloat16: rounds)
    }
    values += Lane.words(reads)
    target += Lane.words(rounds)
  }
}
