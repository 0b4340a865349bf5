import Foundation
import NNKernels
import NNRandom
import Testing

@Suite struct SimilarityLossTests {
  /// 1 − SSIM in double precision, by plain loops.
  private func exactSimilarity(_ x: [Double], _ y: [Double], _ a: SimilarityArguments, deviation: Double) -> Double {
    let line = (0..<a.window).map { exp(-pow(Double($0) - Double(a.window - 1) / 2, 2) / (2 * deviation * deviation)) }
    let total = line.reduce(0, +)
    var sum = 0.0
    for place in 0..<a.placeCount {
      let (c, position) = (place % a.channels, place / a.channels)
      let (column, rest) = (position % a.places.width, position / a.places.width)
      let (row, sample) = (rest % a.places.height, rest / a.places.height)
      var m = [0.0, 0, 0, 0, 0]
      for i in 0..<a.window {
        for j in 0..<a.window {
          let index = ((sample * a.height + row + i) * a.width + column + j) * a.channels + c
          let weight = line[i] * line[j] / (total * total)
          for (k, value) in [x[index], y[index], x[index] * x[index], y[index] * y[index], x[index] * y[index]]
            .enumerated()
          { m[k] += weight * value }
        }
      }
      let similarity =
        (2 * m[0] * m[1] + 1e-4) * (2 * (m[4] - m[0] * m[1]) + 9e-4)
        / ((m[0] * m[0] + m[1] * m[1] + 1e-4) * (m[2] - m[0] * m[0] + m[3] - m[1] * m[1] + 9e-4))
      sum += 1 - similarity
    }
    return sum / Double(a.placeCount)
  }

  @Test(arguments: VectorTable.available)
  func `Structural similarity and its gradient agree with double precision`(_ table: VectorTable) {
    var random = testStream(51)
    for (batch, height, width, channels, window) in [(2, 5, 6, 3, 3), (1, 11, 12, 1, 11), (1, 7, 7, 2, 7)] {
      let count = batch * height * width * channels
      let (x, y) = (random.floats(count, 0...1), random.floats(count, 0...1))
      let (prediction, target, value) = (Floats(x), Floats(y), Floats(unset: 1))
      var call = SimilarityArguments(
        prediction: prediction.source, target: target.source, batch: batch, height: height, width: width,
        channels: channels, window: window, deviation: 1.5)
      let partials = Memory([Double](repeating: .nan, count: call.rowTasks))
      call.partials = partials.pointer
      let kernels = table.kernels.imageLoss
      runInScratch(
        kernels.similarityPartials, call, tasks: call.rowTasks, scratch: call.scratchBytes, changes: partials)
      let total = LossTotalArguments(
        partials: partials.source, value: value.pointer, partialsCount: call.rowTasks, divisor: Double(call.placeCount))
      runInScratch(table.kernels.loss.total, total, tasks: 1, scratch: 0, changes: value)
      let exactX = x.map(Double.init)
      let exactY = y.map(Double.init)
      expectClose(value.values, [exactSimilarity(exactX, exactY, call, deviation: 1.5)])

      let (gradient, upstream) = (Floats(unset: count), Floats([0.7]))
      let workspace = Floats(unset: call.workspaceCount)
      (call.gradient, call.upstream, call.workspace) = (gradient.pointer, upstream.source, workspace.pointer)
      runInScratch(
        kernels.similarityGradientRows, call, tasks: call.rowTasks, scratch: call.scratchBytes, changes: workspace)
      runInScratch(kernels.similarityGradient, call, tasks: batch * height, scratch: 0, changes: gradient)
      let expected = x.indices.map { index -> Double in
        var (above, below) = (exactX, exactX)
        above[index] += 1e-5
        below[index] -= 1e-5
        let slope =
          exactSimilarity(above, exactY, call, deviation: 1.5) - exactSimilarity(below, exactY, call, deviation: 1.5)
        return slope / 2e-5 * Double(Float(0.7))
      }
      let scale = expected.reduce(0) { max($0, abs($1)) }
      expectClose(gradient.values, expected, relative: 1e-5, absolute: 2e-6 * scale, "\(height) × \(width)")
      withExtendedLifetime((prediction, target, upstream)) {}
    }
  }

  @Test(arguments: VectorTable.available)
  func `Structural similarity of lines that fill no lanes is as exact as its inputs`(_ table: VectorTable) {
    var random = testStream(53)
    let sizes = [
      (1, 3, 3, 1, 3), (2, 4, 21, 1, 3), (1, 13, 17, 3, 11), (1, 11, 11, 3, 11), (2, 12, 16, 1, 11), (1, 9, 23, 2, 8),
      (1, 33, 33, 1, 33), (1, 6, 9, 5, 1), (1, 12, 40, 4, 11),
    ]
    for (batch, height, width, channels, window) in sizes {
      let count = batch * height * width * channels
      // Bright and nearly equal: variances of a millionth of the squares that they are differences of.
      let y = random.floats(count, 0.999...1)
      let x = zip(y, random.floats(count, -0.001...0.001)).map { $0 + $1 }
      let (prediction, target, value) = (Floats(x), Floats(y), Floats(unset: 1))
      let (gradient, upstream) = (Floats(unset: count), Floats([-3]))
      var call = SimilarityArguments(
        prediction: prediction.source, target: target.source, batch: batch, height: height, width: width,
        channels: channels, window: window, deviation: 1.5)
      let partials = Memory([Double](repeating: .nan, count: call.rowTasks))
      let workspace = Floats(unset: call.workspaceCount)
      (call.partials, call.workspace) = (partials.pointer, workspace.pointer)
      (call.gradient, call.upstream) = (gradient.pointer, upstream.source)
      let (kernels, scratch) = (table.kernels.imageLoss, call.scratchBytes)
      runInScratch(kernels.similarityPartials, call, tasks: call.rowTasks, scratch: scratch, changes: partials)
      let total = LossTotalArguments(
        partials: partials.source, value: value.pointer, partialsCount: call.rowTasks, divisor: Double(call.placeCount))
      runInScratch(table.kernels.loss.total, total, tasks: 1, scratch: 0, changes: value)
      runInScratch(kernels.similarityGradientRows, call, tasks: call.rowTasks, scratch: scratch, changes: workspace)
      runInScratch(kernels.similarityGradient, call, tasks: batch * height, scratch: 0, changes: gradient)

      let exact = NaiveSimilarity(x.map(Double.init), y.map(Double.init), call)
      let what = "\(batch) × \(height) × \(width) × \(channels), window \(window)"
      expectClose(value.values, [exact.loss], relative: 1e-7, absolute: 1e-12, what)
      // The largest of the terms that a value of dx adds up, each rounded to single precision once.
      expectClose(
        gradient.values, exact.gradient.map { -3 * $0 }, relative: 1e-7, absolute: 3 * 1e-7 * exact.largestTerm, what)
      withExtendedLifetime((prediction, target, upstream)) {}
    }
  }
}

/// 1 − the mean structural similarity and its gradient, by plain loops over places and the window's pixels.
private struct NaiveSimilarity {
  var loss = 0.0
  var gradient: [Double]
  /// The largest part of any value of the gradient that comes of one of the means of x, x² and x · y.
  var largestTerm = 0.0

  init(_ x: [Double], _ y: [Double], _ a: SimilarityArguments) {
    let count = Double(a.placeCount)
    gradient = Array(repeating: 0, count: x.count)
    var terms = [[Double]](repeating: gradient, count: 3)
    for place in 0..<a.placeCount {
      let pixels = Self.pixels(a, place)
      func mean(_ value: (Int) -> Double) -> Double { pixels.reduce(0) { $0 + $1.weight * value($1.index) } }
      let (meanX, meanY) = (mean { x[$0] }, mean { y[$0] })
      let varianceX = mean { (x[$0] - meanX) * (x[$0] - meanX) }
      let varianceY = mean { (y[$0] - meanY) * (y[$0] - meanY) }
      let covariance = mean { (x[$0] - meanX) * (y[$0] - meanY) }
      let (a1, a2) = (2 * meanX * meanY + 1e-4, 2 * covariance + 9e-4)
      let (b1, b2) = (meanX * meanX + meanY * meanY + 1e-4, varianceX + varianceY + 9e-4)
      let similarity = a1 * a2 / (b1 * b2)
      loss += (1 - similarity) / count
      for (index, weight) in pixels {
        let ofA1 = 2 * meanY / a1
        let ofA2 = 2 * (y[index] - meanY) / a2
        let ofB1 = 2 * meanX / b1
        let ofB2 = 2 * (x[index] - meanX) / b2
        gradient[index] -= weight * similarity * (ofA1 + ofA2 - ofB1 - ofB2) / count
        terms[0][index] += weight * similarity * abs(ofA1 - 2 * meanY / a2 - ofB1 + 2 * meanX / b2) / count
        terms[1][index] += weight * similarity * 2 * abs(x[index]) / b2 / count
        terms[2][index] += weight * similarity * 2 * abs(y[index]) / a2 / count
      }
    }
    largestTerm = terms.joined().max() ?? 0
  }

  /// A place's pixels with their weights.
  private static func pixels(_ a: SimilarityArguments, _ place: Int) -> [(index: Int, weight: Double)] {
    let (channel, position) = (place % a.channels, place / a.channels)
    let (column, rest) = (position % a.places.width, position / a.places.width)
    let (row, sample) = (rest % a.places.height, rest / a.places.height)
    return (0..<a.window * a.window).map { tap in
      let (down, across) = (tap / a.window, tap % a.window)
      let index = ((sample * a.height + row + down) * a.width + column + across) * a.channels + channel
      return (index, a.weights[down] * a.weights[across])
    }
  }
}
