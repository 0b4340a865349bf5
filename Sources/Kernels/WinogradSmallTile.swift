import NNKernels

// F(2×2, 3×3): tiles of two destinations along both axes, by interpolation at 0, ±1 and infinity (Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks", 2016). All coefficients but the weights' halves are ±1.

/// `Bᵀ d`: from the sources of a tile.
@inline(__always)
private func transformSources(_ d: InlineArray<4, Lane>) -> InlineArray<4, Lane> {
  var v = d
  v[0] = d[0] - d[2]
  v[1] = d[1] + d[2]
  v[2] = d[2] - d[1]
  v[3] = d[1] - d[3]
  return v
}

/// `Aᵀ m`: from a tile's products to its two destinations.
@inline(__always)
private func transformProducts(_ m: InlineArray<4, Lane>) -> InlineArray<2, Lane> {
  var y = InlineArray<2, Lane>(repeating: m[0] + m[1] + m[2])
  y[1] = m[1] - m[2] - m[3]
  return y
}

/// `G g`: from the weights to the first four of the result.
@inline(__always)
func transformSmallWeights<let taps: Int>(_ g: InlineArray<taps, Lane>) -> InlineArray<6, Lane> {
  var u = InlineArray<6, Lane>(repeating: g[0])
  let (even, half) = (g[0] + g[2], Lane(repeating: 0.5))
  u[1] = (even + g[1]) * half
  u[2] = (even - g[1]) * half
  u[3] = g[2]
  return u
}

/// `Bᵀ d B` of a window of 4×4 pixels, lane by lane of channels.
@inline(never)
func smallWindow<Window: TileWindow>(_ window: Window, _ channels: Int, _ target: WinogradPlanes) {
  for offset in stride(from: 0, to: channels, by: Lane.width) {
    transformBothWays { y, x in
      window.lane(y, x, offset, isBFloat16: false)
    } down: { (column: InlineArray<4, Lane>) in
      transformSources(column)
    } across: { (row: InlineArray<4, Lane>) in
      transformSources(row)
    } store: { y, x, result in
      result.store(target.start + (y * 4 + x) * target.plane + offset)
    }
  }
}

/// `Aᵀ m A` of a tile to `results` `[2][2][block's lanes]`, and the bias.
@inline(never)
func smallResults(
  _ products: WinogradProducts, _ lanes: Int, _ bias: UnsafePointer<Float>?, _ results: UnsafeMutablePointer<Float>
) {
  for lane in 0..<lanes {
    let offset = bias.map { Lane($0 + lane * Lane.width) } ?? Lane.zero
    transformSmallTile { y, x in
      products[y, x, lane]
    } store: { y, x, result in
      (result + offset).store(results + ((y * 2 + x) * lanes + lane) * Lane.width)
    }
  }
}

/// `Aᵀ m A` of one lane of a tile.
@inline(__always)
func transformSmallTile(
  _ product: (_ row: Int, _ column: Int) -> Lane, store: (_ row: Int, _ column: Int, Lane) -> Void
) {
  transformBothWays(product) { (column: InlineArray<4, Lane>) in
    transformProducts(column)
  } across: { (row: InlineArray<4, Lane>) in
    transformProducts(row)
  } store: { y, x, result in
    store(y, x, result)
  }
}
