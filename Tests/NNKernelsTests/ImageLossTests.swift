import Foundation
import NNKernels
import NNRandom
import Testing

@Suite struct ImageLossTests {
  /// Runs tasks in order, then in reverse: the same bits.
  private func run<Arguments, Element: BitwiseCopyable>(
    _ kernel: KernelFunction, _ arguments: Arguments, tasks: Int, scratch: Int, changes output: Memory<Element>
  ) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(64, scratch), alignment: 64)
    defer { memory.deallocate() }
    withUnsafePointer(to: arguments) { pointer in
      for task in 0..<tasks { kernel(UnsafeRawPointer(pointer), task, memory) }
      let first = output.bytes
      for task in (0..<tasks).reversed() { kernel(UnsafeRawPointer(pointer), task, memory) }
      #expect(output.bytes == first && output.paddingIsUntouched)
    }
  }

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
      run(kernels.similarityPartials, call, tasks: call.rowTasks, scratch: call.scratchBytes, changes: partials)
      let total = LossTotalArguments(
        partials: partials.source, value: value.pointer, partialsCount: call.rowTasks, divisor: Double(call.placeCount))
      run(table.kernels.loss.total, total, tasks: 1, scratch: 0, changes: value)
      let exactX = x.map(Double.init)
      let exactY = y.map(Double.init)
      expectClose(value.values, [exactSimilarity(exactX, exactY, call, deviation: 1.5)])

      let (gradient, upstream) = (Floats(unset: count), Floats([0.7]))
      let workspace = Floats(unset: call.workspaceCount)
      (call.gradient, call.upstream, call.workspace) = (gradient.pointer, upstream.source, workspace.pointer)
      run(kernels.similarityGradientRows, call, tasks: call.rowTasks, scratch: call.scratchBytes, changes: workspace)
      run(kernels.similarityGradient, call, tasks: batch * height, scratch: 0, changes: gradient)
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
  func `Total variation and its gradient agree with double precision`(_ table: VectorTable) {
    var random = testStream(52)
    for (batch, height, width, channels) in [(2, 3, 4, 3), (1, 1, 9, 5), (1, 7, 1, 17), (1, 40, 60, 3), (1, 1, 1, 2)] {
      let count = batch * height * width * channels
      var x = random.floats(count)
      if count > channels { x[channels] = x[0] }
      let (prediction, value) = (Floats(x), Floats(unset: 1))
      let (gradient, upstream) = (Floats(unset: count), Floats([-0.7]))
      var call = VariationArguments(
        prediction: prediction.source, batch: batch, height: height, width: width, channels: channels)
      let partials = Memory([Double](repeating: .nan, count: call.taskCount))
      (call.partials, call.gradient, call.upstream) = (partials.pointer, gradient.pointer, upstream.source)
      run(table.kernels.imageLoss.variationPartials, call, tasks: call.taskCount, scratch: 0, changes: partials)
      run(table.kernels.imageLoss.variationGradient, call, tasks: call.taskCount, scratch: 0, changes: gradient)
      let total = LossTotalArguments(
        partials: partials.source, value: value.pointer, partialsCount: call.taskCount, divisor: Double(call.pairCount))
      run(table.kernels.loss.total, total, tasks: 1, scratch: 0, changes: value)
      var (sum, pairs, expected) = (0.0, 0, [Double](repeating: 0, count: count))
      func pair(_ a: Int, _ b: Int) {
        sum += abs(Double(x[a]) - Double(x[b]))
        pairs += 1
        guard x[a] != x[b] else { return }
        expected[a] += x[a] > x[b] ? 1 : -1
        expected[b] -= x[a] > x[b] ? 1 : -1
      }
      for index in 0..<count {
        let position = index / channels
        if position % width < width - 1 { pair(index, index + channels) }
        if position / width % height < height - 1 { pair(index, index + width * channels) }
      }
      expectClose(value.values, [sum / Double(max(1, pairs))])
      let scale = Double(Float(-0.7)) / Double(max(1, pairs))
      expectClose(gradient.values, expected.map { $0 * scale }, "\(height) × \(width)")
      withExtendedLifetime((prediction, upstream)) {}
    }
  }
}
