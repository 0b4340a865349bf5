import NNKernels

/// The sources of a strip to come, row by row: what products ask for, so that its transforms find it near.
struct WinogradRequests {
  private let source: WinogradSource
  private let strip: WinogradStrip
  /// The tile whose row of tiles comes next, a row of it, and what is left of that.
  private var tile: Int
  private var row = 0
  private var next: UnsafePointer<Float>
  private var left = 0

  /// Requests for `strip` of `source`.
  init(_ source: WinogradSource, _ strip: WinogradStrip) {
    (self.source, self.strip) = (source, strip)
    tile = strip.tiles.lowerBound
    next = source.start
  }

  /// Where the next `floats` floats to ask for begin; nil if all was asked for.
  mutating func take(_ floats: Int) -> UnsafePointer<Float>? {
    while left <= 0 {
      if tile >= strip.tiles.upperBound { return nil }
      let at = strip.place(tile)
      let tiles = min(strip.tiles.upperBound - tile, strip.x.tiles - at.x / strip.x.tile)
      (next, left) = source.line(strip, at, row: row, tiles: tiles)
      row += 1
      // The rows that it shares with the next row of tiles are asked for there.
      if row == strip.y.tile {
        row = 0
        tile += tiles
      }
    }
    defer {
      next += floats
      left -= floats
    }
    return next
  }
}

extension WinogradSource {
  /// Where row `row` of some tiles next to each other begins, of those that the tiles above have not read, and its floats:
  /// none where it lies outside.
  @inline(__always)
  fileprivate func line(_ strip: WinogradStrip, _ at: TilePlace, row: Int, tiles: Int) -> (UnsafePointer<Float>, Int) {
    let (y, x) = (strip.y, strip.x)
    let line = (at.y + y.points - y.tile + row) * y.sourceStep + y.sourceStart
    let left = max(0, at.x * x.sourceStep + x.sourceStart)
    let right = min(width, (at.x + tiles * x.tile) * x.sourceStep + x.sourceStart)
    if line < 0 || line >= height || right <= left { return (start, 0) }
    return (start + ((at.image * height + line) * width + left) * words, (right - left) * words)
  }
}
