import NNKernels
import NNRandom
import Testing

@Suite struct ReductionTests {
  @Test(arguments: VectorTable.available)
  func `Bias and activation act on each row`(_ table: VectorTable) {
    var random = testStream(8)
    for kind in ActivationKind.allCases {
      for rows in [1, 3, 1025] {
        let channels = random.channels()
        let x = random.floats(rows * channels)
        let b = random.floats(channels)
        let (memory, bias) = (Floats(x), Floats(b))
        let call = BiasArguments(
          input: memory.source, bias: bias.source, output: memory.pointer, rows: rows, channels: channels, kind: kind,
          slope: 0.3)
        run(table.kernels.reduction.addBias, call, tasks: call.taskCount, changes: memory)
        let expected = x.indices.map { index in
          exactActivation(kind, Double(x[index]) + Double(b[index % channels]), slope: Double(Float(0.3))).value
        }
        expectClose(memory.values, expected, absolute: 5e-7, "\(kind) [\(rows), \(channels)]")
      }
    }
  }

  @Test(arguments: VectorTable.available, [false, true])
  func `Columns add up, in partial sums and then in total`(_ table: VectorTable, _ accumulate: Bool) {
    var random = testStream(9)
    for (rows, channels) in [(1, 1), (2, 67), (63, 16), (65, 17), (4096, 3), (40_000, 5), (7, 1000), (30_000, 1)] {
      let x = random.floats(rows * channels, -1...2)
      let old = random.floats(channels)
      let (input, output) = (Floats(x), Floats(old))
      var call = ChannelSumArguments(
        input: input.source, output: output.pointer, partials: output.pointer, rows: rows, channels: channels,
        accumulate: accumulate)
      let partials = Floats(unset: call.partialsCount)
      call.partials = partials.pointer
      let kernels = table.kernels.reduction
      run(kernels.channelSumPartials, call, tasks: call.taskCount(stage: 0), changes: partials)
      run(kernels.channelSumTotal, call, tasks: call.taskCount(stage: 1), changes: output)
      let expected = (0..<channels).map { channel in
        (0..<rows).reduce(accumulate ? Double(old[channel]) : 0) { $0 + Double(x[$1 * channels + channel]) }
      }
      expectClose(output.values, expected, absolute: 1e-5, "[\(rows), \(channels)]")
    }
  }
}
