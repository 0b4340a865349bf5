import Foundation
import NNKernels
import NNRandom
import Testing

/// The matrix `[size · factor, size]` that upsampling along one axis is.
private func weights(_ size: Int, _ factor: Int, bilinear: Bool) -> [[Double]] {
  (0..<size * factor).map { output in
    var row = [Double](repeating: 0, count: size)
    guard bilinear else {
      row[output / factor] = 1
      return row
    }
    let source = max(0, (Double(output) + 0.5) / Double(factor) - 0.5)
    let first = Int(source)
    let second = min(first + 1, size - 1)
    row[first] += 1 - (source - Double(first))
    row[second] += source - Double(first)
    return row
  }
}

@Suite struct ResamplingTests {
  @Test(arguments: VectorTable.available, [false, true])
  func `Upsampling and its gradient agree with double precision`(_ table: VectorTable, _ bilinear: Bool) {
    var random = testStream(14)
    for _ in 0..<40 {
      let (height, width) = (1 + random.integer(below: 7), 1 + random.integer(below: 7))
      let (down, across) = (1 + random.integer(below: 4), 1 + random.integer(below: 4))
      let (batch, channels) = (1 + random.integer(below: 2), random.channels())
      let size = batch * height * width * channels
      let (x, dy) = (random.floats(size), random.floats(size * down * across))
      let (rows, columns) = (weights(height, down, bilinear: bilinear), weights(width, across, bilinear: bilinear))
      var expected = [Double](repeating: 0, count: dy.count)
      var gradient = [Double](repeating: 0, count: size)
      for output in dy.indices {
        let (channel, position) = (output % channels, output / channels)
        let (column, row) = (position % (width * across), position / (width * across) % (height * down))
        let sample = position / (width * across) / (height * down)
        for y in 0..<height where rows[row][y] != 0 {
          for x1 in 0..<width where columns[column][x1] != 0 {
            let source = ((sample * height + y) * width + x1) * channels + channel
            let weight = rows[row][y] * columns[column][x1]
            expected[output] += weight * Double(x[source])
            gradient[source] += weight * Double(dy[output])
          }
        }
      }
      let (input, output) = (Floats(x), Floats(unset: dy.count))
      let (outer, inner) = (Floats(dy), Floats(unset: size))
      var call = UpsampleArguments(
        input: input.source, output: output.pointer, batch: batch, height: height, width: width, channels: channels,
        factorHeight: down, factorWidth: across)
      let kernels = table.kernels.resampling
      run(bilinear ? kernels.bilinear : kernels.nearest, call, tasks: call.taskCount, changes: output)
      expectClose(output.values, expected, absolute: 1e-6)
      (call.input, call.output) = (outer.source, inner.pointer)
      run(
        bilinear ? kernels.bilinearGradient : kernels.nearestGradient, call, tasks: call.gradientTaskCount,
        changes: inner)
      expectClose(inner.values, gradient, absolute: 4e-6)
    }
  }
}
