import CProcessor

/// An image's values around a tile, channels side by side.
protocol TileWindow {
  /// The lane of channels from word `offset` on of the pixel at row `y` and column `x` of the window.
  func lane(_ y: Int, _ x: Int, _ offset: Int, isBFloat16: Bool) -> Lane
}

/// A window that lies inside the image.
struct InnerWindow: TileWindow {
  var start: UnsafePointer<Float>
  /// Words from row to row, and from pixel to pixel.
  var row: Int
  var pixel: Int
  /// Words to the values that the next tile needs, which are asked for.
  var ahead: Int

  @inline(__always)
  func lane(_ y: Int, _ x: Int, _ offset: Int, isBFloat16: Bool) -> Lane {
    let place = start + offset + x * pixel + y * row
    processor_prefetch(place + ahead)
    return Lane(place, isBFloat16: isBFloat16)
  }
}

/// A window of which a part lies outside, where zeros are read.
struct BorderWindow: TileWindow {
  /// Where each pixel is, row by row.
  var places: UnsafePointer<UnsafePointer<Float>>
  var columns: Int

  @inline(__always)
  func lane(_ y: Int, _ x: Int, _ offset: Int, isBFloat16: Bool) -> Lane {
    Lane(places[y * columns + x] + offset, isBFloat16: isBFloat16)
  }
}

/// Where a tile's transformed values go: `plane` words from one plane to the next.
struct WinogradPlanes {
  var start: UnsafeMutablePointer<Float>
  var plane: Int
}
