/// Writes the columns of `rows` rows of floats, `stride` floats apart, one after the other: the first `columns` of them as
/// whole lanes, `targetStride` floats apart, zeros behind `rows`; at most as many of both as a lane has floats. Reads whole
/// lanes: buffers are padded for that.
@inline(never)
func transpose(
  _ values: UnsafePointer<Float>, _ stride: Int, rows: Int, _ target: UnsafeMutablePointer<Float>, _ targetStride: Int,
  columns: Int
) {
  let source = Rows(values: values, stride: stride, count: rows)
  let result = Columns(values: target, stride: targetStride, count: columns)
  switch Lane.width {
  case 16:
    let (p, q, r, s) = (
      source.quad(0, 4).spread, source.quad(1, 4).spread, source.quad(2, 4).spread, source.quad(3, 4).spread
    )
    result.store(Quad(a: p.a, b: q.a, c: r.a, d: s.a).spread, 0)
    result.store(Quad(a: p.b, b: q.b, c: r.b, d: s.b).spread, 4)
    result.store(Quad(a: p.c, b: q.c, c: r.c, d: s.c).spread, 8)
    result.store(Quad(a: p.d, b: q.d, c: r.d, d: s.d).spread, 12)
  case 8:
    let (p, q) = (source.quad(0, 2).spread, source.quad(1, 2).spread)
    result.store(
      Quad(a: zipLow(p.a, q.a), b: zipHigh(p.a, q.a), c: zipLow(p.b, q.b), d: zipHigh(p.b, q.b)), 0)
    result.store(
      Quad(a: zipLow(p.c, q.c), b: zipHigh(p.c, q.c), c: zipLow(p.d, q.d), d: zipHigh(p.d, q.d)), 4)
  default: result.store(source.quad(0, 1).spread, 0)
  }
}

private struct Rows {
  var values: UnsafePointer<Float>
  var stride: Int
  var count: Int

  /// Four rows, `step` apart.
  @inline(__always)
  func quad(_ first: Int, _ step: Int) -> Quad {
    Quad(a: row(first), b: row(first + step), c: row(first + 2 * step), d: row(first + 3 * step))
  }

  @inline(__always)
  private func row(_ index: Int) -> Lane { index < count ? Lane(values + index * stride) : .zero }
}

private struct Columns {
  var values: UnsafeMutablePointer<Float>
  var stride: Int
  var count: Int

  @inline(__always)
  func store(_ quad: Quad, _ first: Int) {
    if first < count { quad.a.store(values + first * stride) }
    if first + 1 < count { quad.b.store(values + (first + 1) * stride) }
    if first + 2 < count { quad.c.store(values + (first + 2) * stride) }
    if first + 3 < count { quad.d.store(values + (first + 3) * stride) }
  }
}

private struct Quad {
  var a: Lane
  var b: Lane
  var c: Lane
  var d: Lane

  /// The elements a₀ b₀ c₀ d₀ a₁ … in a row.
  @inline(__always)
  var spread: Quad {
    let (low, high) = (zipLow(a, c), zipHigh(a, c))
    let (otherLow, otherHigh) = (zipLow(b, d), zipHigh(b, d))
    return Quad(
      a: zipLow(low, otherLow), b: zipHigh(low, otherLow), c: zipLow(high, otherHigh), d: zipHigh(high, otherHigh))
  }
}

/// The elements of the lower halves in turn.
@inline(__always)
func zipLow(_ a: Lane, _ b: Lane) -> Lane {
  var result = a
  (result.evenHalf, result.oddHalf) = (a.lowHalf, b.lowHalf)
  return result
}

/// The elements of the upper halves in turn.
@inline(__always)
func zipHigh(_ a: Lane, _ b: Lane) -> Lane {
  var result = a
  (result.evenHalf, result.oddHalf) = (a.highHalf, b.highHalf)
  return result
}
