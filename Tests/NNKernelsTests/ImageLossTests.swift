import NNKernels
import NNRandom
import Testing

/// Runs tasks in order, then in reverse, in scratch memory of just this size: the same bits, nothing behind the ends.
func runInScratch<Arguments, Element: BitwiseCopyable>(
  _ kernel: KernelFunction, _ arguments: Arguments, tasks: Int, scratch: Int, changes output: Memory<Element>
) {
  let memory = Memory([Double](repeating: .nan, count: scratch / MemoryLayout<Double>.size))
  withUnsafePointer(to: arguments) { pointer in
    for task in 0..<tasks { kernel(UnsafeRawPointer(pointer), task, memory.pointer) }
    let first = output.bytes
    for task in (0..<tasks).reversed() { kernel(UnsafeRawPointer(pointer), task, memory.pointer) }
    #expect(output.bytes == first && output.paddingIsUntouched && memory.paddingIsUntouched)
  }
}

@Suite struct ImageLossTests {
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
      runInScratch(
        table.kernels.imageLoss.variationPartials, call, tasks: call.taskCount, scratch: 0, changes: partials)
      runInScratch(
        table.kernels.imageLoss.variationGradient, call, tasks: call.taskCount, scratch: 0, changes: gradient)
      let total = LossTotalArguments(
        partials: partials.source, value: value.pointer, partialsCount: call.taskCount, divisor: Double(call.pairCount))
      runInScratch(table.kernels.loss.total, total, tasks: 1, scratch: 0, changes: value)
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
