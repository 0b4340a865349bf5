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
  if Lane.hasBFloat16, isBFloat16 { return gradients6x6FromBFloat16(window, lanes, target) }
  switch (rows, columns) {
  case (6, 6): gradients6x6(window, lanes, target)
  case (5, 5): gradients5x5(window, lanes, target)
  case (5, 4): gradients5x4(window, lanes, target)
  case (4, 5): gradients4x5(window, lanes, target)
  default: gradientsOther(rows, columns, window, lanes, target)
  }
}

@inline(never)
private func gradients6x6<Window: TileWindow>(_ window: Window, _ lanes: Int, _ target: WinogradPlanes) {
  gradientsOf(InlineArray<6, InlineArray<6, Lane>>.self, window, lanes, target)
}

@inline(never)
private func gradients5x5<Window: TileWindow>(_ window: Window, _ lanes: Int, _ target: WinogradPlanes) {
  gradientsOf(InlineArray<5, InlineArray<5, Lane>>.self, window, lanes, target)
}

@inline(never)
private func gradients5x4<Window: TileWindow>(_ window: Window, _ lanes: Int, _ target: WinogradPlanes) {
  gradientsOf(InlineArray<5, InlineArray<4, Lane>>.self, window, lanes, target)
}

@inline(never)
private func gradients4x5<Window: TileWindow>(_ window: Window, _ lanes: Int, _ target: WinogradPlanes) {
  gradientsOf(InlineArray<4, InlineArray<5, Lane>>.self, window, lanes, target)
}

@inline(never)
private func gradientsOther<Window: TileWindow>(
  _ rows: Int, _ columns: Int, _ window: Window, _ lanes: Int, _ target: WinogradPlanes
) {
  switch (rows, columns) {
  case (4, 4): gradientsOf(InlineArray<4, InlineArray<4, Lane>>.self, window, lanes, target)
  case (4, 6): gradientsOf(InlineArray<4, InlineArray<6, Lane>>.self, window, lanes, target)
  case (5, 6): gradientsOf(InlineArray<5, InlineArray<6, Lane>>.self, window, lanes, target)
  case (6, 4): gradientsOf(InlineArray<6, InlineArray<4, Lane>>.self, window, lanes, target)
  default: gradientsOf(InlineArray<6, InlineArray<5, Lane>>.self, window, lanes, target)
  }
}

@inline(never)
private func gradients6x6FromBFloat16<Window: TileWindow>(_ window: Window, _ lanes: Int, _ target: WinogradPlanes) {
  gradientsOf(InlineArray<6, InlineArray<6, Lane>>.self, window, lanes, target, from: true)
}

/// `A z Aᵀ` of a tile, lane by lane of channels, from bf16 where told.
@inline(__always)
private func gradientsOf<Window: TileWindow, let rows: Int, let columns: Int>(
  _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ window: Window, _ lanes: Int, _ target: WinogradPlanes,
  from reads: Bool = false
) {
  for lane in 0..<lanes {
    transformBothWays { y, x in
      window.lane(y, x, lane * Lane.words(reads), isBFloat16: reads)
    } down: { (column: InlineArray<4, Lane>) in
      transformGradients(column, InlineArray<rows, Lane>.self)
    } across: { (row: InlineArray<4, Lane>) in
      transformGradients(row, InlineArray<columns, Lane>.self)
    } store: { y, x, result in
      result.store(target.start + (y * columns + x) * target.plane + lane * Lane.width)
    }
  }
}
