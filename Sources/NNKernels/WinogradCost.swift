import NNTensor

/// What a 3×3 convolution of stride 1 costs by one algorithm, for each pair of channels, where weights are packed once for
/// many runs: in products of the direct kernels.
///
/// Products and the reading of weights go on at the same time, so that the larger one counts. Where images are small, that
/// is the weights: tiles of 2×2 have 16 for the direct kernels' 9, those of 4×4 have 36.
struct WinogradCost {
  /// Products, with the transforms' share.
  private let products: Double
  /// Packed weights, and how long reading one takes.
  private let weights: Double
  private let perWeight: Double

  var total: Double { max(products, weights * perWeight) }

  init(_ g: ConvolutionGeometry, _ direction: ConvolutionDirection, _ algorithm: ConvolutionAlgorithm) {
    func tiles(_ tile: Int) -> Double {
      let rows = g.verticalWinograd(0, direction, tile: tile).tiles
      return Double(g.batch) * Double(rows) * Double(g.horizontalWinograd(0, direction, tile: tile).tiles)
    }
    switch algorithm {
    case .winograd2x2: (products, weights) = (16 * tiles(2) * Self.transforms, 16)
    case .winograd: (products, weights) = (36 * tiles(4) * Self.transforms, 36)
    default: (products, weights) = (Double(g.batch) * g.productsInside(direction), 9)
    }
    perWeight = Self.perWeight(bytes: weights * 4 * Double(g.inputChannels) * Double(g.outputChannels))
  }

  /// Time with transforms for time of products, about.
  private static var transforms: Double { 1.25 }

  /// How many products take as long as reading a weight, from the second-level cache, the third, or memory (measured: 270,
  /// 125 and 39 GB/s beside 135 thousand million products a second).
  private static func perWeight(bytes: Double) -> Double {
    switch bytes {
    case ..<1e6: 2
    case ..<16e6: 4.3
    default: 13.8
    }
  }
}

extension ConvolutionGeometry {
  /// Products for each pair of channels of an image's destinations, those outside the image left out.
  fileprivate func productsInside(_ direction: ConvolutionDirection) -> Double {
    func inside(_ axis: WinogradAxis) -> Int {
      (0..<axis.taps).reduce(0) { sum, tap in
        // Destinations whose source at this tap lies inside.
        let first = max(0, -(axis.sourceStart + tap))
        let end = min(axis.destinationCount, axis.sourceCount - axis.sourceStart - tap)
        return sum + max(0, end - first)
      }
    }
    return Double(inside(verticalWinograd(0, direction))) * Double(inside(horizontalWinograd(0, direction)))
  }
}
