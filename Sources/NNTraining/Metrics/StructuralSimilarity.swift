/// The mean structural similarity of two pictures (Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment", IEEE
/// Transactions on Image Processing 13 (4), 2004, equation 13): an 11×11 Gaussian window of deviation 1.5, K1 = 0.01,
/// K2 = 0.03, averaged over the places where the window fits and then over channels. The same as scikit-image's
/// `structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)`.
public struct StructuralSimilarity: Sendable {
  /// Rows and columns of the window; smaller pictures have no similarity.
  public static let windowSize = 11
  private static let deviation = 1.5

  private let height: Int
  private let width: Int
  private let channels: Int
  private let c1: Double
  private let c2: Double
  private let window: [Double]

  /// For pictures `[height, width, channels]` of values that span `range`; nil where the window does not fit.
  public init?(height: Int, width: Int, channels: Int, range: Double) {
    guard height >= Self.windowSize, width >= Self.windowSize, channels > 0 else { return nil }
    self.height = height
    self.width = width
    self.channels = channels
    c1 = (0.01 * range) * (0.01 * range)
    c2 = (0.03 * range) * (0.03 * range)
    let radius = Self.windowSize / 2
    let weights = (-radius...radius).map { offset in
      LibraryMath.exponential(-0.5 * Double(offset * offset) / (Self.deviation * Self.deviation))
    }
    let sum = weights.reduce(0, +)
    window = weights.map { $0 / sum }
  }

  /// The mean similarity, 1 for equal pictures; both have `height · width · channels` values, channels last.
  public func mean(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    let count = height * width * channels
    precondition(a.count == count && b.count == count, "pictures of \(a.count) and \(b.count) values, not \(count)")
    let sum = (0..<channels).reduce(0.0) { $0 + mean(channel: $1, a, b) }
    return sum / Double(channels)
  }

  private func mean(channel: Int, _ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    var planes = [[Double]](repeating: [Double](repeating: 0, count: height * width), count: 5)
    for pixel in 0..<height * width {
      let x = Double(a[a.startIndex + pixel * channels + channel])
      let y = Double(b[b.startIndex + pixel * channels + channel])
      planes[0][pixel] = x
      planes[1][pixel] = y
      planes[2][pixel] = x * x
      planes[3][pixel] = y * y
      planes[4][pixel] = x * y
    }
    let means = planes.map(windowed)
    var sum = 0.0
    for place in means[0].indices {
      sum += similarity(means[0][place], means[1][place], means[2][place], means[3][place], means[4][place])
    }
    return sum / Double(means[0].count)
  }

  /// Equation 13 at one place, from the windowed means of x, y, x², y² and x·y.
  private func similarity(_ x: Double, _ y: Double, _ xx: Double, _ yy: Double, _ xy: Double) -> Double {
    let (varianceX, varianceY, covariance) = (xx - x * x, yy - y * y, xy - x * y)
    return (2 * x * y + c1) * (2 * covariance + c2) / ((x * x + y * y + c1) * (varianceX + varianceY + c2))
  }

  /// The window's weighted means at all places where it fits: `(height - 10) × (width - 10)` of them.
  private func windowed(_ plane: [Double]) -> [Double] {
    let (rows, columns) = (height - Self.windowSize + 1, width - Self.windowSize + 1)
    var across = [Double](repeating: 0, count: height * columns)
    var result = [Double](repeating: 0, count: rows * columns)
    for (tap, weight) in window.enumerated() {
      for row in 0..<height {
        for column in 0..<columns { across[row * columns + column] += weight * plane[row * width + column + tap] }
      }
    }
    for (tap, weight) in window.enumerated() {
      for place in 0..<rows * columns { result[place] += weight * across[place + tap * columns] }
    }
    return result
  }
}
