import NNKernels

// The transforms of F(4, r), r = points - 3, along one axis (Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016), for interpolation at 0 (only if r = 3), ±a, ±b and infinity, in this order; for one tap all is the
// identity. Among such points those below keep rounding errors small, and all their coefficients are exact: with the
// usual 1 and 2 the errors are four times as large (Barabasz and others, "Error Analysis and Improving the Accuracy of
// Winograd Convolution for Deep Neural Networks", 2020).

/// The interpolation points ±a and ±b of F(4, points - 3).
@inline(__always) private func pointA(_ points: Int) -> Float { points == 6 ? 0.75 : 0.5 }
@inline(__always) private func pointB(_ points: Int) -> Float { points == 6 ? 1.5 : 1.25 }

/// `sum + a · b`, rounded once where the processor can.
@inline(__always)
private func fused(_ sum: Lane, _ a: Float, _ b: Lane) -> Lane {
  multiplyAdd(Lane(repeating: a), b, sum)
}

/// `Bᵀ d`: from the sources of a tile.
@inline(__always)
func transformSources<let points: Int>(_ d: InlineArray<points, Lane>) -> InlineArray<points, Lane> {
  if points == 4 { return d }
  let (a, b) = (pointA(points), pointB(points))
  let o = points - 5
  var v = d
  if points == 6 { v[0] = fused(fused(d[4], -(a * a + b * b), d[2]), a * a * b * b, d[0]) }
  let (evenA, oddA) = (fused(d[o + 3], -b * b, d[o + 1]), fused(d[o + 2], -b * b, d[o]))
  v[o] = fused(evenA, a, oddA)
  v[o + 1] = fused(evenA, -a, oddA)
  let (evenB, oddB) = (fused(d[o + 3], -a * a, d[o + 1]), fused(d[o + 2], -a * a, d[o]))
  v[o + 2] = fused(evenB, b, oddB)
  v[o + 3] = fused(evenB, -b, oddB)
  v[o + 4] = fused(fused(d[o + 4], -(a * a + b * b), d[o + 2]), a * a * b * b, d[o])
  return v
}

/// `Aᵀ m`: from a tile's products to its four destinations.
@inline(__always)
func transformProducts<let points: Int>(_ m: InlineArray<points, Lane>) -> InlineArray<4, Lane> {
  if points == 4 { return gathered { m[$0] } }
  var y = InlineArray<4, Lane>(repeating: m[0])
  let (a, b) = (pointA(points), pointB(points))
  let o = points - 5
  let (sumA, differenceA) = (m[o] + m[o + 1], m[o] - m[o + 1])
  let (sumB, differenceB) = (m[o + 2] + m[o + 3], m[o + 2] - m[o + 3])
  y[0] = points == 6 ? m[0] + sumA + sumB : sumA + sumB
  y[1] = fused(differenceA * a, b, differenceB)
  y[2] = fused(sumA * (a * a), b * b, sumB)
  y[3] = fused(fused(m[o + 4], a * a * a, differenceA), b * b * b, differenceB)
  return y
}

/// `A z`: from the gradients of a tile's four destinations, the adjoint of `transformProducts`.
@inline(__always)
func transformGradients<let points: Int>(
  _ z: InlineArray<4, Lane>, _: InlineArray<points, Lane>.Type
) -> InlineArray<points, Lane> {
  if points == 4 { return gathered { z[$0] } }
  var v = InlineArray<points, Lane>(repeating: z[0])
  let (a, b) = (pointA(points), pointB(points))
  let o = points - 5
  let (evenA, oddA) = (fused(z[0], a * a, z[2]), fused(z[1], a * a, z[3]))
  v[o] = fused(evenA, a, oddA)
  v[o + 1] = fused(evenA, -a, oddA)
  let (evenB, oddB) = (fused(z[0], b * b, z[2]), fused(z[1], b * b, z[3]))
  v[o + 2] = fused(evenB, b, oddB)
  v[o + 3] = fused(evenB, -b, oddB)
  v[o + 4] = z[3]
  return v
}

/// The denominators of G's rows for ±a and ±b, the other pair of points given.
@inline(__always)
private func scale(_ points: Int, _ point: Float, _ other: Float) -> Float {
  let square = point * point - other * other
  return points == 6 ? 1 / (2 * point * point * square) : 1 / (2 * point * square)
}

/// `G g`: from the weights of one to three taps to the first `weightPoints` of the result.
@inline(__always)
func transformWeights<let taps: Int>(_ g: InlineArray<taps, Lane>) -> InlineArray<6, Lane> {
  var u = InlineArray<6, Lane>(repeating: g[0])
  if taps == 1 { return u }
  let points = taps + 3
  let (a, b) = (pointA(points), pointB(points))
  let (scaleA, scaleB) = (scale(points, a, b), scale(points, b, a))
  if taps == 3 {
    u[0] = g[0] * (1 / (a * a * b * b))
    let (evenA, evenB) = (fused(g[0], a * a, g[2]) * scaleA, fused(g[0], b * b, g[2]) * scaleB)
    u[1] = fused(evenA, a * scaleA, g[1])
    u[2] = fused(evenA, -a * scaleA, g[1])
    u[3] = fused(evenB, b * scaleB, g[1])
    u[4] = fused(evenB, -b * scaleB, g[1])
    u[5] = g[2]
  } else {
    u[0] = fused(g[1] * (a * scaleA), scaleA, g[0])
    u[1] = fused(g[1] * (a * scaleA), -scaleA, g[0])
    u[2] = fused(g[1] * (b * scaleB), scaleB, g[0])
    u[3] = fused(g[1] * (b * scaleB), -scaleB, g[0])
    u[4] = g[1]
  }
  return u
}

/// `Gᵀ p`: from the first `weightPoints` sums of products of sources and gradients to the gradients of one to three taps,
/// the adjoint of `transformWeights`.
@inline(__always)
func transformSums<let taps: Int>(_ p: InlineArray<6, Lane>) -> InlineArray<taps, Lane> {
  var g = InlineArray<taps, Lane>(repeating: p[0])
  if taps == 1 { return g }
  let points = taps + 3
  let (a, b) = (pointA(points), pointB(points))
  let (scaleA, scaleB) = (scale(points, a, b), scale(points, b, a))
  let o = taps - 2
  let (sumA, differenceA) = ((p[o] + p[o + 1]) * scaleA, (p[o] - p[o + 1]) * scaleA)
  let (sumB, differenceB) = ((p[o + 2] + p[o + 3]) * scaleB, (p[o + 2] - p[o + 3]) * scaleB)
  if taps == 3 {
    g[0] = fused(sumA + sumB, 1 / (a * a * b * b), p[0])
    g[1] = fused(differenceA * a, b, differenceB)
    g[2] = fused(fused(p[5], a * a, sumA), b * b, sumB)
  } else {
    g[0] = differenceA + differenceB
    g[1] = fused(fused(p[4], a, sumA), b, sumB)
  }
  return g
}
