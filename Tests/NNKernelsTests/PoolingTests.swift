import NNKernels
import NNRandom
import Testing

/// A random pooling shape; paddings below the window, as the language allows.
private func randomShape(_ random: inout RandomStream) -> PoolingShape {
  func axis() -> (size: Int, kernel: Int, stride: Int, padding: Int, output: Int) {
    let kernel = 1 + random.integer(below: 4)
    let stride = 1 + random.integer(below: 4)
    let padding = random.integer(below: kernel / 2 + 1)
    let size = max(1, kernel - 2 * padding) + random.integer(below: 9)
    return (size, kernel, stride, padding, (size + 2 * padding - kernel) / stride + 1)
  }
  let (rows, columns) = (axis(), axis())
  return PoolingShape(
    batch: 1 + random.integer(below: 3), height: rows.size, width: columns.size, channels: random.channels(),
    outputHeight: rows.output, outputWidth: columns.output, kernelHeight: rows.kernel, kernelWidth: columns.kernel,
    strideHeight: rows.stride, strideWidth: columns.stride, paddingTop: rows.padding, paddingLeft: columns.padding)
}

extension PoolingShape {
  var inputCount: Int { batch * height * width * channels }
  var outputCount: Int { batch * outputHeight * outputWidth * channels }

  /// Calls `body` with each output index and the indices of its window, nil in the padding.
  func forEachWindow(_ body: (_ output: Int, _ window: [Int?]) -> Void) {
    for output in 0..<outputCount {
      let (channel, position) = (output % channels, output / channels)
      let (x, y) = (position % outputWidth, position / outputWidth % outputHeight)
      let sample = position / outputWidth / outputHeight
      let window = (0..<kernelHeight * kernelWidth).map { offset -> Int? in
        let row = y * strideHeight - paddingTop + offset / kernelWidth
        let column = x * strideWidth - paddingLeft + offset % kernelWidth
        guard row >= 0, row < height, column >= 0, column < width else { return nil }
        return ((sample * height + row) * width + column) * channels + channel
      }
      body(output, window)
    }
  }
}

@Suite struct PoolingTests {
  @Test(arguments: VectorTable.available)
  func `Max pooling keeps each maximum and sends its gradient back there`(_ table: VectorTable) {
    var random = testStream(10)
    for turn in 0..<60 {
      let shape = randomShape(&random)
      let kind = [ActivationKind.identity, .relu, .leakyRelu][turn % 3]
      checkMaxPool(table, shape, random.floats(shape.inputCount).map { ($0 * 4).rounded() / 4 }, kind, &random)
    }
  }

  @Test(arguments: VectorTable.available)
  func `Windows of more than 256 positions store theirs in two bytes`(_ table: VectorTable) {
    var random = testStream(11)
    let shape = PoolingShape(
      batch: 2, height: 40, width: 37, channels: 5, outputHeight: 2, outputWidth: 1, kernelHeight: 20,
      kernelWidth: 30, strideHeight: 20, strideWidth: 7, paddingTop: 1)
    #expect(shape.argmaxStride == 2)
    checkMaxPool(table, shape, random.floats(shape.inputCount), .identity, &random)
  }

  private func checkMaxPool(
    _ table: VectorTable, _ shape: PoolingShape, _ x: [Float], _ kind: ActivationKind, _ random: inout RandomStream
  ) {
    let (input, output) = (Floats(x), Floats(unset: shape.outputCount))
    let argmax = Memory([UInt8](repeating: 0xEE, count: shape.outputCount * shape.argmaxStride))
    var call = MaxPoolArguments(input: input.source, output: output.pointer, argmax: nil, shape: shape)
    run(table.kernels.pooling.maxPool, call, tasks: call.taskCount, changes: output)
    call.argmax = UnsafeMutableRawPointer(argmax.pointer)
    let running = output.values
    run(table.kernels.pooling.maxPool, call, tasks: call.taskCount, changes: argmax)
    #expect(output.values == running)
    let dy = random.floats(shape.outputCount)
    var expected = [Float](repeating: 0, count: shape.outputCount)
    var gradient = [Double](repeating: 0, count: shape.inputCount)
    shape.forEachWindow { index, window in
      var best: (value: Float, at: Int)?
      for case let candidate? in window where best.map({ x[candidate] > $0.value }) ?? true {
        best = (x[candidate], candidate)
      }
      guard let best else { return }
      expected[index] = best.value
      let slope = kind == .relu ? 0 : kind == .leakyRelu ? 0.25 : 1.0
      gradient[best.at] += Double(dy[index]) * (best.value > 0 ? 1 : slope)
    }
    #expect(running == expected, "\(shape)")
    let (outer, inner) = (Floats(dy), Floats(unset: shape.inputCount))
    let back = MaxPoolGradientArguments(
      argmax: UnsafeRawPointer(argmax.pointer), outputGradient: outer.source, inputGradient: inner.pointer,
      shape: shape, output: output.source, kind: kind, slope: 0.25)
    run(table.kernels.pooling.maxPoolGradient, back, tasks: back.taskCount, changes: inner)
    expectClose(inner.values, gradient, absolute: 2e-6, "\(kind) \(shape)")
  }

  @Test(arguments: VectorTable.available)
  func `Max pooling passes NaN on and pads with minus infinity`(_ table: VectorTable) {
    let shape = PoolingShape(
      batch: 1, height: 2, width: 4, channels: 1, outputHeight: 2, outputWidth: 3, kernelHeight: 2, kernelWidth: 2,
      strideHeight: 2, strideWidth: 2, paddingTop: 1, paddingLeft: 1)
    let input = Floats([-5, -.infinity, -.infinity, 1, 2, .nan, 7, .nan])
    let output = Floats(unset: 6)
    let argmax = Memory([UInt8](repeating: 9, count: 6))
    let call = MaxPoolArguments(
      input: input.source, output: output.pointer, argmax: UnsafeMutableRawPointer(argmax.pointer), shape: shape)
    run(table.kernels.pooling.maxPool, call, tasks: call.taskCount, changes: output)
    expectClose(output.values, [-5, -.infinity, 1, 2, .nan, .nan])
    #expect(argmax.values == [3, 2, 2, 1, 0, 0])
  }

  @Test(arguments: VectorTable.available)
  func `Average pooling divides by the whole window`(_ table: VectorTable) {
    var random = testStream(12)
    for _ in 0..<60 {
      let shape = randomShape(&random)
      let (x, dy) = (random.floats(shape.inputCount), random.floats(shape.outputCount))
      var expected = [Double](repeating: 0, count: shape.outputCount)
      var gradient = [Double](repeating: 0, count: shape.inputCount)
      shape.forEachWindow { index, window in
        for case let position? in window {
          expected[index] += Double(x[position]) / Double(window.count)
          gradient[position] += Double(dy[index]) / Double(window.count)
        }
      }
      let (input, output) = (Floats(x), Floats(unset: shape.outputCount))
      let call = AveragePoolArguments(input: input.source, output: output.pointer, shape: shape)
      run(table.kernels.pooling.averagePool, call, tasks: call.taskCount, changes: output)
      expectClose(output.values, expected, absolute: 1e-6, "\(shape)")
      let (outer, inner) = (Floats(dy), Floats(unset: shape.inputCount))
      let back = AveragePoolGradientArguments(outputGradient: outer.source, inputGradient: inner.pointer, shape: shape)
      run(table.kernels.pooling.averagePoolGradient, back, tasks: back.taskCount, changes: inner)
      expectClose(inner.values, gradient, absolute: 1e-6, "\(shape)")
    }
  }

  @Test(arguments: VectorTable.available)
  func `The spatial mean and its gradient agree with double precision`(_ table: VectorTable) {
    var random = testStream(13)
    for positions in [1, 2, 63, 65, 4000] {
      let (batch, channels) = (1 + random.integer(below: 3), random.channels())
      let x = random.floats(batch * positions * channels)
      let (input, output) = (Floats(x), Floats(unset: batch * channels))
      let call = SpatialMeanArguments(
        input: input.source, output: output.pointer, batch: batch, positions: positions, channels: channels)
      run(table.kernels.pooling.spatialMean, call, tasks: call.taskCount, changes: output)
      let expected = (0..<batch * channels).map { index in
        (0..<positions).reduce(0.0) {
          $0 + Double(x[(index / channels * positions + $1) * channels + index % channels]) / Double(positions)
        }
      }
      expectClose(output.values, expected, absolute: 1e-6)
      let inner = Floats(unset: x.count)
      let back = SpatialMeanArguments(
        input: output.source, output: inner.pointer, batch: batch, positions: positions, channels: channels)
      run(table.kernels.pooling.spatialMeanGradient, back, tasks: back.gradientTaskCount, changes: inner)
      let dy = output.values
      let gradient = x.indices.map {
        Double(dy[$0 / channels / positions * channels + $0 % channels]) / Double(positions)
      }
      expectClose(inner.values, gradient)
    }
  }
}
