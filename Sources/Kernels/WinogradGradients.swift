import NNKernels

/// Transforms the output gradients of a strip's tiles to `target` `[plane][tile][lanes]`, `plane` floats from plane to
/// plane.
func transformGradientStrip(
  _ source: WinogradSource, _ strip: WinogradStrip, _ lanes: Int, _ target: UnsafeMutablePointer<Float>, plane: Int
) {
  let (y, x) = (strip.y, strip.x)
  var (at, target) = (strip.firstPlace, WinogradPlanes(start: target, plane: plane))
  for _ in strip.tiles {
    if let window = source.inner(image: at.image, at.y, at.x, rows: 4, columns: 4, stepY: 1, stepX: 1, tile: 4) {
      transformGradients(window, y.points, x.points, lanes, target, isBFloat16: source.isBFloat16)
    } else {
      let window = source.border(image: at.image, at.y, at.x, rows: 4, columns: 4, stepY: 1, stepX: 1)
      transformGradients(window, y.points, x.points, lanes, target, isBFloat16: source.isBFloat16)
    }
    at.advance()
    target.start += lanes * Lane.width
  }
}

@inline(__always)
private func transformGradients<Window: TileWindow>(
  _ window: Window, _ rows: Int, _ columns: Int, _ lanes: Int, _ target: WinogradPlanes, isBFloat16: Bool
) {
  if Lane.hasBFloat16, isBFloat16 {
    return GradientWindow<Window, BFloat16s>(window, lanes, target).work6x6()
  }
  GradientWindow<Window, Floats>(window, lanes, target).work(rows, columns)
}

/// `A z Aᵀ` of a tile, lane by lane of channels.
private struct GradientWindow<Window: TileWindow, From: StoredNumbers>: PointsWork {
  let window: Window
  let lanes: Int
  let target: WinogradPlanes

  @inline(__always)
  init(_ window: Window, _ lanes: Int, _ target: WinogradPlanes) {
    (self.window, self.lanes, self.target) = (window, lanes, target)
  }

  @inline(__always)
  func work<let rows: Int, let columns: Int>(_: PointLanes<rows, columns>.Type) {
    for lane in 0..<lanes {
      transformBothWays { y, x in
        window.lane(y, x, lane * Lane.words(From.isBFloat16), isBFloat16: From.isBFloat16)
      } down: { (column: InlineArray<4, Lane>) in
        transformGradients(column, InlineArray<rows, Lane>.self)
      } across: { (row: InlineArray<4, Lane>) in
        transformGradients(row, InlineArray<columns, Lane>.self)
      } store: { y, x, result in
        result.store(target.start + (y * columns + x) * target.plane + lane * Lane.width)
      }
    }
  }
}
