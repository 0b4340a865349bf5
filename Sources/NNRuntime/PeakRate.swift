import NNKernels

extension ThreadPool {
  /// Operations per second of products that never leave the registers, on all threads at once: what the processor could
  /// do at most, measured in about a millisecond.
  public func peakRate(_ kernels: KernelTable) -> Double {
    let products = kernels.convolution.registerProducts
    let iterations = 500_000
    var perIteration = 0.0
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 64) { sink in
      guard let floats = sink.bindMemory(to: Float.self).baseAddress else { return }
      floats.initialize(repeating: 1e-3, count: 16)
      perIteration = products(1, floats)
      let start = Clock.seconds()
      run({ _, _, scratch in _ = products(iterations, Self.seed(scratch)) }, floats, taskCount: threadCount)
      perIteration *= Double(iterations * threadCount) / (Clock.seconds() - start)
    }
    return perIteration
  }

  private static func seed(_ scratch: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Float> {
    let floats = scratch.bindMemory(to: Float.self, capacity: 16)
    floats.initialize(repeating: 1e-3, count: 16)
    return floats
  }
}
