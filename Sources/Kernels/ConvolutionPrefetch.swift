import CProcessor

/// Asks for memory bit by bit, while something else is computed: `rows` rows of `bytes` bytes, `stride` bytes apart.
struct Prefetcher {
  private var next: UnsafeRawPointer
  private var left: Int
  private var rows: Int
  private let bytes: Int
  private let stride: Int

  init(_ start: UnsafePointer<Float>, floats: Int, rows: Int, stride: Int) {
    next = UnsafeRawPointer(start)
    left = floats * 4
    self.rows = rows
    bytes = floats * 4
    self.stride = stride * 4
  }

  /// Cache lines in all rows.
  var lines: Int { rows * ((bytes + 63) / 64) }

  /// Asks for the next `count` cache lines.
  @inline(__always)
  mutating func advance(_ count: Int) {
    var count = count
    while count > 0, rows > 0 {
      processor_prefetch(next)
      next += 64
      left -= 64
      count -= 1
      if left <= 0 {
        rows -= 1
        next += left - bytes + stride
        left = bytes
        if left <= 0 { rows = 0 }
      }
    }
  }
}
