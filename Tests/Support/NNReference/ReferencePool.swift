import NNGraph
import NNTensor

extension PoolWindow {
  /// The pooled shape of `[N, H, W, C]`: `(size + 2 · padding - window) / stride + 1`, rounded down.
  private func pooledShape(_ x: Shape) -> Shape {
    [
      x[0], (x[1] + 2 * padding.height - size.height) / stride.height + 1,
      (x[2] + 2 * padding.width - size.width) / stride.width + 1, x[3],
    ]
  }

  /// Visits every pair of a pooled value and an input value in its window, in row-major order of the window.
  private func forEachTap(input: Shape, _ body: (_ input: Int, _ tap: Int, _ pooled: Int) -> Void) {
    let pooled = pooledShape(input)
    let (from, to) = (ImageIndex(input), ImageIndex(pooled))
    for n in 0..<pooled[0] {
      for y in 0..<pooled[1] {
        for x in 0..<pooled[2] {
          for tap in 0..<size.area {
            let row = y * stride.height - padding.height + tap / size.width
            let column = x * stride.width - padding.width + tap % size.width
            guard 0..<input[1] ~= row, 0..<input[2] ~= column else { continue }
            for c in 0..<input[3] { body(from(n, row, column, c), tap, to(n, y, x, c)) }
          }
        }
      }
    }
  }

  /// The maxima and the index of each in its window, counted row by row including padding.
  func referenceMaximum(_ x: ReferenceTensor) -> [ReferenceTensor] {
    var maximum = ReferenceTensor(pooledShape(x.shape), repeating: -.infinity)
    var index = ReferenceTensor(maximum.shape)
    var isFilled = [Bool](repeating: false, count: maximum.values.count)
    forEachTap(input: x.shape) { input, tap, pooled in
      let (value, best) = (x.values[input], maximum.values[pooled])
      guard !isFilled[pooled] || value > best || (value.isNaN && !best.isNaN) else { return }
      isFilled[pooled] = true
      maximum.values[pooled] = value
      index.values[pooled] = Double(tap)
    }
    return [maximum, index]
  }

  /// Each pooled gradient at the input that the argmax names.
  func referenceMaximumGradient(_ dy: ReferenceTensor, argmax: ReferenceTensor, input: Shape) -> ReferenceTensor {
    var dx = ReferenceTensor(input)
    forEachTap(input: input) { input, tap, pooled in
      if argmax.values[pooled] == Double(tap) { dx.values[input] += dy.values[pooled] }
    }
    return dx
  }

  /// The means; padding counts as zeros.
  func referenceMean(_ x: ReferenceTensor) -> ReferenceTensor {
    var mean = ReferenceTensor(pooledShape(x.shape))
    forEachTap(input: x.shape) { input, _, pooled in mean.values[pooled] += x.values[input] / Double(size.area) }
    return mean
  }

  /// Each mean's gradient spread over its window.
  func referenceMeanGradient(_ dy: ReferenceTensor, input: Shape) -> ReferenceTensor {
    var dx = ReferenceTensor(input)
    forEachTap(input: input) { input, _, pooled in dx.values[input] += dy.values[pooled] / Double(size.area) }
    return dx
  }
}

extension Upsampling {
  /// Along one direction: for each output position the input positions it reads and their weights.
  private func taps(_ count: Int, _ factor: Int) -> [[(position: Int, weight: Double)]] {
    (0..<(count * factor)).map { output in
      guard method == .bilinear else { return [(output / factor, 1)] }
      let source = max((Double(output) + 0.5) / Double(factor) - 0.5, 0)
      let first = Int(source)
      let fraction = source - Double(first)
      return [(first, 1 - fraction), (min(first + 1, count - 1), fraction)]
    }
  }

  private func forEachTap(input: Shape, _ body: (_ input: Int, _ output: Int, _ weight: Double) -> Void) {
    let from = ImageIndex(input)
    let to = ImageIndex([input[0], input[1] * factor.height, input[2] * factor.width, input[3]])
    let columns = taps(input[2], factor.width)
    for n in 0..<input[0] {
      for (y, rowTaps) in taps(input[1], factor.height).enumerated() {
        for (x, columnTaps) in columns.enumerated() {
          for row in rowTaps {
            for column in columnTaps {
              for c in 0..<input[3] {
                body(from(n, row.position, column.position, c), to(n, y, x, c), row.weight * column.weight)
              }
            }
          }
        }
      }
    }
  }

  /// `[N, H, W, C]` enlarged.
  func reference(_ x: ReferenceTensor) -> ReferenceTensor {
    let s = x.shape
    var y = ReferenceTensor([s[0], s[1] * factor.height, s[2] * factor.width, s[3]])
    forEachTap(input: s) { y.values[$1] += $2 * x.values[$0] }
    return y
  }

  /// The gradient for the small image.
  func referenceGradient(_ dy: ReferenceTensor) -> ReferenceTensor {
    let s = dy.shape
    var dx = ReferenceTensor([s[0], s[1] / factor.height, s[2] / factor.width, s[3]])
    forEachTap(input: dx.shape) { dx.values[$0] += $2 * dy.values[$1] }
    return dx
  }
}
