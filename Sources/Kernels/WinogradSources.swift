import NNKernels

/// Where a strip's sources lie: some channels, from `start` on, of images `[height, width, channels]`.
struct WinogradSource {
  let start: UnsafePointer<Float>
  let height: Int
  let width: Int
  /// Words of a pixel.
  let words: Int
  /// Channels that are read.
  let count: Int
  /// Whether the channels are stored as bf16.
  let isBFloat16: Bool
  /// Room for the places of a window's pixels, and zeros.
  private let places: UnsafeMutablePointer<UnsafePointer<Float>>
  private let zeros: UnsafePointer<Float>

  /// Sources that need `WinogradBorder.floats` of `room`.
  init(
    start: UnsafePointer<Float>, height: Int, width: Int, words: Int, count: Int, isBFloat16: Bool,
    room: UnsafeMutablePointer<Float>
  ) {
    (self.start, self.height, self.width, self.words) = (start, height, width, words)
    (self.count, self.isBFloat16) = (count, isBFloat16)
    places = UnsafeMutableRawPointer(room).assumingMemoryBound(to: UnsafePointer<Float>.self)
    zeros = UnsafePointer(room + WinogradBorder.placesFloats)
    clear(room + WinogradBorder.placesFloats, (count + Lane.width - 1) / Lane.width * Lane.width)
  }

  /// The window of `rows` × `columns` pixels, `stepY` and `stepX` apart, from row `y` and column `x` on, if it lies inside
  /// the image; the next one starts `tile` pixels on.
  @inline(__always)
  func inner(
    image: Int, _ y: Int, _ x: Int, rows: Int, columns: Int, stepY: Int, stepX: Int, tile: Int
  ) -> InnerWindow? {
    guard y >= 0, x >= 0, y + (rows - 1) * stepY < height, x + (columns - 1) * stepX < width else { return nil }
    return InnerWindow(
      start: start + ((image * height + y) * width + x) * words, row: stepY * width * words, pixel: stepX * words,
      ahead: tile * stepX * words)
  }

  /// Any such window.
  @inline(never)
  func border(image: Int, _ y: Int, _ x: Int, rows: Int, columns: Int, stepY: Int, stepX: Int) -> BorderWindow {
    var place = places
    for row in 0..<rows {
      let line = y + row * stepY
      let first = start + ((image * height + line) * width + x) * words
      let isInside = 0..<height ~= line
      for column in 0..<columns {
        let step = column * stepX
        place.initialize(to: isInside && 0..<width ~= x + step ? first + step * words : zeros)
        place += 1
      }
    }
    return BorderWindow(places: UnsafePointer(places), columns: columns)
  }
}

/// Transforms the sources of a strip to `target` `[plane][tile][channels]`, `plane` words from plane to plane and
/// `stride` from tile to tile; to bf16 where `rounds`.
func transformStrip(
  _ source: WinogradSource, _ strip: WinogradStrip, _ target: UnsafeMutablePointer<Float>, plane: Int, stride: Int,
  rounds: Bool
) {
  let (y, x) = (strip.y, strip.x)
  var (at, target) = (strip.firstPlace, WinogradPlanes(start: target, plane: plane))
  for _ in strip.tiles {
    let (top, left) = (at.y * y.sourceStep + y.sourceStart, at.x * x.sourceStep + x.sourceStart)
    if let window = source.inner(
      image: at.image, top, left, rows: y.points, columns: x.points, stepY: y.sourceStep, stepX: x.sourceStep,
      tile: x.tile)
    {
      transformSources(window, y, x, source, target, rounds: rounds)
    } else {
      let window = source.border(
        image: at.image, top, left, rows: y.points, columns: x.points, stepY: y.sourceStep, stepX: x.sourceStep)
      transformSources(window, y, x, source, target, rounds: rounds)
    }
    at.advance()
    target.start += stride
  }
}

@inline(__always)
private func transformSources<Window: TileWindow>(
  _ window: Window, _ y: WinogradAxis, _ x: WinogradAxis, _ source: WinogradSource, _ target: WinogradPlanes,
  rounds: Bool
) {
  let channels = source.count
  if Lane.hasBFloat16, source.isBFloat16 || rounds {
    switch (source.isBFloat16, rounds) {
    case (true, true): SourceWindow<Window, BFloat16s, BFloat16s>(window, channels, target).work6x6()
    case (true, false): SourceWindow<Window, BFloat16s, Floats>(window, channels, target).work6x6()
    default: SourceWindow<Window, Floats, BFloat16s>(window, channels, target).work6x6()
    }
    return
  }
  if y.tile == 2 { return smallWindow(window, channels, target) }
  SourceWindow<Window, Floats, Floats>(window, channels, target).work(y.points, x.points)
}

/// `Bᵀ d B` of a window, lane by lane of channels.
private struct SourceWindow<Window: TileWindow, From: StoredNumbers, To: StoredNumbers>: PointsWork {
  let window: Window
  let channels: Int
  let target: WinogradPlanes

  @inline(__always)
  init(_ window: Window, _ channels: Int, _ target: WinogradPlanes) {
    (self.window, self.channels, self.target) = (window, channels, target)
  }

  @inline(__always)
  func work<let rows: Int, let columns: Int>(_: PointLanes<rows, columns>.Type) {
    var (offset, start) = (0, target.start)
    for _ in 0..<(channels + Lane.width - 1) / Lane.width {
      transformBothWays { y, x in
        window.lane(y, x, offset, isBFloat16: From.isBFloat16)
      } down: { (column: InlineArray<rows, Lane>) in
        transformSources(column)
      } across: { (row: InlineArray<columns, Lane>) in
        transformSources(row)
      } store: { y, x, result in
        result.store(start + (y * columns + x) * target.plane, isBFloat16: To.isBFloat16)
      }
      offset += Lane.words(From.isBFloat16)
      start += Lane.words(To.isBFloat16)
    }
  }
}
