import Foundation
import NNTensor

/// Structural similarity by plain loops over places, channels and the window's pixels.
struct ReferenceSimilarity {
  private let x: ReferenceTensor
  private let y: ReferenceTensor
  private let weights: [Double]
  private let count: Int

  init(_ x: ReferenceTensor, _ y: ReferenceTensor, _ window: Int, _ deviation: Double) {
    (self.x, self.y) = (x, y)
    let raw = (0..<window).map { tap in
      let offset = Double(tap) - Double(window - 1) / 2
      return exp(-offset * offset / (2 * deviation * deviation))
    }
    weights = raw.map { $0 / raw.reduce(0, +) }
    count = x.shape[0] * (x.shape[1] - window + 1) * (x.shape[2] - window + 1) * x.shape[3]
  }

  /// The window's pixels at each place, as an index and a weight.
  private func forEachPlace(_ body: ([(index: Int, weight: Double)]) -> Void) {
    let index = ImageIndex(x.shape)
    let size = weights.count
    for n in 0..<x.shape[0] {
      for row in 0...x.shape[1] - size {
        for column in 0...x.shape[2] - size {
          for c in 0..<x.shape[3] {
            body(
              (0..<size * size).map {
                (index(n, row + $0 / size, column + $0 % size, c), weights[$0 / size] * weights[$0 % size])
              })
          }
        }
      }
    }
  }

  private typealias Means = (x: Double, y: Double, xx: Double, yy: Double, xy: Double)

  private func means(_ pixels: [(index: Int, weight: Double)]) -> Means {
    pixels.reduce((0, 0, 0, 0, 0)) { sum, pixel in
      let (a, b, weight) = (x.values[pixel.index], y.values[pixel.index], pixel.weight)
      return (
        sum.0 + weight * a, sum.1 + weight * b, sum.2 + weight * a * a, sum.3 + weight * b * b, sum.4 + weight * a * b
      )
    }
  }

  private func factors(_ m: Means) -> (a1: Double, a2: Double, b1: Double, b2: Double) {
    (
      2 * m.x * m.y + 1e-4, 2 * (m.xy - m.x * m.y) + 9e-4, m.x * m.x + m.y * m.y + 1e-4,
      m.xx - m.x * m.x + m.yy - m.y * m.y + 9e-4
    )
  }

  /// One less the mean.
  var loss: ReferenceTensor {
    var sum = 0.0
    forEachPlace { pixels in
      let f = factors(means(pixels))
      sum += f.a1 * f.a2 / (f.b1 * f.b2)
    }
    return ReferenceTensor(scalar: 1 - sum / Double(count))
  }

  /// The loss's gradient for x, by the quotient rule for each pixel of each window.
  var gradient: ReferenceTensor {
    var result = ReferenceTensor(x.shape)
    forEachPlace { pixels in
      let m = means(pixels)
      let f = factors(m)
      let similarity = f.a1 * f.a2 / (f.b1 * f.b2)
      for (index, weight) in pixels {
        let (dx, dxx, dxy) = (weight, 2 * weight * x.values[index], weight * y.values[index])
        let a1 = 2 * m.y * dx / f.a1
        let a2 = 2 * (dxy - m.y * dx) / f.a2
        let b1 = 2 * m.x * dx / f.b1
        let b2 = (dxx - 2 * m.x * dx) / f.b2
        result.values[index] -= similarity * (a1 + a2 - b1 - b2) / Double(count)
      }
    }
    return result
  }
}

/// Total variation.
enum ReferenceVariation {
  /// Pairs of neighbours, by index.
  private static func pairs(_ shape: Shape) -> [(Int, Int)] {
    let index = ImageIndex(shape)
    var pairs: [(Int, Int)] = []
    for n in 0..<shape[0] {
      for y in 0..<shape[1] {
        for x in 0..<shape[2] {
          for c in 0..<shape[3] {
            if x + 1 < shape[2] { pairs.append((index(n, y, x, c), index(n, y, x + 1, c))) }
            if y + 1 < shape[1] { pairs.append((index(n, y, x, c), index(n, y + 1, x, c))) }
          }
        }
      }
    }
    return pairs
  }

  static func loss(_ x: ReferenceTensor) -> ReferenceTensor {
    let pairs = pairs(x.shape)
    return ReferenceTensor(
      scalar: pairs.reduce(0) { $0 + abs(x.values[$1.0] - x.values[$1.1]) } / Double(max(1, pairs.count)))
  }

  static func gradient(_ x: ReferenceTensor, upstream: Double) -> ReferenceTensor {
    var result = ReferenceTensor(x.shape)
    let pairs = pairs(x.shape)
    for (a, b) in pairs where x.values[a] != x.values[b] {
      let sign = (x.values[a] > x.values[b] ? upstream : -upstream) / Double(pairs.count)
      result.values[a] += sign
      result.values[b] -= sign
    }
    return result
  }
}
