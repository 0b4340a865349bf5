import CProcessor

/// Up to as many rows of floats, `stride` floats apart, as a lane has floats; zeros behind `count`.
struct SquareRows {
  var values: UnsafePointer<Float>
  var stride: Int
  var count: Int

  /// Calls `body` with four columns at a time and the index of their first.
  @inline(__always)
  func forEachColumns(_ body: (_ columns: Quad, _ first: Int) -> Void) {
    switch Lane.width {
    case 16:
      let (p, q, r, s) = (quad(0, 4).spread, quad(1, 4).spread, quad(2, 4).spread, quad(3, 4).spread)
      body(Quad(a: p.a, b: q.a, c: r.a, d: s.a).spread, 0)
      body(Quad(a: p.b, b: q.b, c: r.b, d: s.b).spread, 4)
      body(Quad(a: p.c, b: q.c, c: r.c, d: s.c).spread, 8)
      body(Quad(a: p.d, b: q.d, c: r.d, d: s.d).spread, 12)
    case 8:
      let (p, q) = (quad(0, 2).spread, quad(1, 2).spread)
      let (a, b, c, d) = (zip(p.a, q.a), zip(p.b, q.b), zip(p.c, q.c), zip(p.d, q.d))
      body(Quad(a: a.low, b: a.high, c: b.low, d: b.high), 0)
      body(Quad(a: c.low, b: c.high, c: d.low, d: d.high), 4)
    default: body(quad(0, 1).spread, 0)
    }
  }

  /// Four rows, `step` apart.
  @inline(__always)
  private func quad(_ first: Int, _ step: Int) -> Quad {
    Quad(a: row(first), b: row(first + step), c: row(first + 2 * step), d: row(first + 3 * step))
  }

  @inline(__always)
  private func row(_ index: Int) -> Lane { index < count ? Lane(values + index * stride) : .zero }
}

/// Four lanes.
struct Quad {
  var a: Lane
  var b: Lane
  var c: Lane
  var d: Lane

  /// The elements a₀ b₀ c₀ d₀ a₁ … in a row.
  @inline(__always)
  var spread: Quad {
    let (even, odd) = (zip(a, c), zip(b, d))
    let (low, high) = (zip(even.low, odd.low), zip(even.high, odd.high))
    return Quad(a: low.low, b: low.high, c: high.low, d: high.high)
  }
}

/// The elements a₀ b₀ a₁ b₁ … in a row.
@inline(__always)
private func zip(_ a: Lane, _ b: Lane) -> (low: Lane, high: Lane) {
  var pair = (low: a, high: b)
  withUnsafeMutableBytes(of: &pair) { bytes in
    switch Lane.width {
    case 16: processor_zip16(bytes.baseAddress)
    case 8: processor_zip8(bytes.baseAddress)
    default: processor_zip4(bytes.baseAddress)
    }
  }
  return pair
}

/// Writes the columns of `rows` rows of floats, `stride` floats apart, one after the other: the first `columns` of them as
/// whole lanes, `targetStride` floats apart, zeros behind `rows`; at most as many of both as a lane has floats. Reads whole
/// lanes: buffers are padded for that.
@inline(never)
func transpose(
  _ values: UnsafePointer<Float>, _ stride: Int, rows: Int, _ target: UnsafeMutablePointer<Float>, _ targetStride: Int,
  columns: Int
) {
  SquareRows(values: values, stride: stride, count: rows).forEachColumns { quad, first in
    if first < columns { quad.a.store(target + first * targetStride) }
    if first + 1 < columns { quad.b.store(target + (first + 1) * targetStride) }
    if first + 2 < columns { quad.c.store(target + (first + 2) * targetStride) }
    if first + 3 < columns { quad.d.store(target + (first + 3) * targetStride) }
  }
}
