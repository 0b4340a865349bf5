import CProcessor
import NNKernels

/// Transforms the output gradients of a strip's tiles to `target` `[plane][tile][lanes]`, `plane` floats from plane to
/// plane.
func transformGradientStrip(
  _ source: WinogradSource, _ strip: WinogradStrip, _ lanes: Int, _ target: UnsafeMutablePointer<Float>, plane: Int
) {
  let (y, x) = (strip.y, strip.x)
  var (at, to) = (strip.firstPlace, target)
  for _ in strip.tiles {
    let window = source.window(image: at.image, at.y, at.x, rows: 4, columns: 4, stepY: 1, stepX: 1)
    if Lane.hasBFloat16, source.isBFloat16 {
      gradients6x6FromBFloat16(window, lanes, to, plane)
    } else {
      transformGradientWindow(y.points, x.points, window, lanes, to, plane)
    }
    at.advance()
    to += lanes * Lane.width
  }
}

@inline(__always)
private func transformGradientWindow(
  _ rows: Int, _ columns: Int, _ window: TileWindow, _ lanes: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int
) {
  switch (rows, columns) {
  case (6, 6): gradients6x6(window, lanes, target, plane)
  case (5, 5): gradients5x5(window, lanes, target, plane)
  case (4, 4): gradients4x4(window, lanes, target, plane)
  case (4, 5): gradientsOf(InlineArray<4, InlineArray<5, Lane>>.self, window, lanes, target, plane)
  case (4, 6): gradientsOf(InlineArray<4, InlineArray<6, Lane>>.self, window, lanes, target, plane)
  case (5, 4): gradientsOf(InlineArray<5, InlineArray<4, Lane>>.self, window, lanes, target, plane)
  case (5, 6): gradientsOf(InlineArray<5, InlineArray<6, Lane>>.self, window, lanes, target, plane)
  case (6, 4): gradientsOf(InlineArray<6, InlineArray<4, Lane>>.self, window, lanes, target, plane)
  default: gradientsOf(InlineArray<6, InlineArray<5, Lane>>.self, window, lanes, target, plane)
  }
}

@inline(never)
private func gradients6x6(_ w: TileWindow, _ lanes: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int) {
  gradientsOf(InlineArray<6, InlineArray<6, Lane>>.self, w, lanes, target, plane)
}

@inline(never)
private func gradients5x5(_ w: TileWindow, _ lanes: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int) {
  gradientsOf(InlineArray<5, InlineArray<5, Lane>>.self, w, lanes, target, plane)
}

@inline(never)
private func gradients4x4(_ w: TileWindow, _ lanes: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int) {
  gradientsOf(InlineArray<4, InlineArray<4, Lane>>.self, w, lanes, target, plane)
}

@inline(never)
private func gradients6x6FromBFloat16(
  _ w: TileWindow, _ lanes: Int, _ target: UnsafeMutablePointer<Float>, _ plane: Int
) {
  gradientsOf(InlineArray<6, InlineArray<6, Lane>>.self, w, lanes, target, plane, from: true)
}

/// `A z Aᵀ` of a tile, lane by lane of channels, from bf16 where told.
@inline(__always)
private func gradientsOf<let rows: Int, let columns: Int>(
  _: InlineArray<rows, InlineArray<columns, Lane>>.Type, _ window: TileWindow, _ lanes: Int,
  _ target: UnsafeMutablePointer<Float>, _ plane: Int, from reads: Bool = false
) {
  for lane in 0..<lanes {
    transformBothWays { y, x in
      let place = window.start + x * window.pixel + y * window.row + lane * Lane.words(reads)
      processor_prefetch(place + window.ahead)
      return Lane(place, isBFloat16: reads)
    } down: { (column: InlineArray<4, Lane>) in
      transformGradients(column, InlineArray<rows, Lane>.self)
    } across: { (row: InlineArray<4, Lane>) in
      transformGradients(row, InlineArray<columns, Lane>.self)
    } store: { y, x, result in
      result.store(target + (y * columns + x) * plane + lane * Lane.width)
    }
  }
}
