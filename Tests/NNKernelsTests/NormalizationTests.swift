import NNKernels
import NNRandom
import Testing

/// Rows that share statistics, in double precision.
private struct ExactNormalization {
  let shape: NormalizationShape
  let x: [Double]
  let epsilon: Double
  /// For each value of `[segments, rows, channels]`.
  private(set) var mean: [Double] = []
  private(set) var variance: [Double] = []

  init(_ shape: NormalizationShape, _ x: [Float], epsilon: Float) {
    self.shape = shape
    self.x = x.map(Double.init)
    self.epsilon = Double(epsilon)
    mean = averaged(self.x)
    variance = averaged(zip(self.x, mean).map { ($0 - $1) * ($0 - $1) })
  }

  private func owner(_ index: Int) -> Int {
    index / (shape.rows * shape.channels) * shape.channels + index % shape.channels / shape.groupSize
  }

  func averaged(_ values: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: shape.segments * shape.channels)
    for (index, value) in values.enumerated() { sums[owner(index)] += value }
    let count = Double(shape.rows * shape.groupSize)
    return values.indices.map { sums[owner($0)] / count }
  }

  func normalized(_ index: Int) -> Double { (x[index] - mean[index]) / (variance[index] + epsilon).squareRoot() }

  /// One of the statistics as the kernels give it, `[segments, channels]`.
  func line(_ values: [Double]) -> [Double] {
    (0..<shape.segments * shape.channels).map {
      values[$0 / shape.channels * shape.rows * shape.channels + $0 % shape.channels]
    }
  }
}

@Suite struct NormalizationTests {
  static let shapes: [NormalizationShape] = [
    NormalizationShape(segments: 1, rows: 2, channels: 1), NormalizationShape(segments: 1, rows: 5000, channels: 3),
    NormalizationShape(segments: 1, rows: 300, channels: 67), NormalizationShape(segments: 1, rows: 40, channels: 600),
    NormalizationShape(segments: 1, rows: 20_000, channels: 17),
    NormalizationShape(segments: 3, rows: 130, channels: 33),
    NormalizationShape(segments: 2, rows: 65, channels: 64, groupSize: 16),
    NormalizationShape(segments: 4, rows: 9, channels: 21, groupSize: 7),
    NormalizationShape(segments: 2, rows: 7, channels: 600, groupSize: 300),
  ]

  @Test(arguments: VectorTable.available, ActivationKind.allCases)
  func `Rows are normalised by their mean and variance`(_ table: VectorTable, _ kind: ActivationKind) {
    var random = testStream(41)
    for (number, shape) in Self.shapes.enumerated() where kind == .identity || number % 3 == 1 {
      let count = shape.segments * shape.rows * shape.channels
      let x = random.floats(count, 1...3)
      let (weight, bias) = (random.floats(shape.channels), random.floats(shape.channels))
      let isAffine = number % 2 == 0
      let (memory, w, b) = (Floats(x), Floats(weight), Floats(bias))
      let (mean, variance) = (
        Floats(unset: shape.segments * shape.channels), Floats(unset: shape.segments * shape.channels)
      )
      let workspace = Floats(unset: shape.workspaceCount)
      let call = NormalizeArguments(
        input: memory.source, output: memory.pointer, weight: isAffine ? w.source : nil,
        bias: isAffine ? b.source : nil, mean: mean.pointer, variance: variance.pointer, workspace: workspace.pointer,
        shape: shape, epsilon: 0.01, kind: kind, slope: 0.2)
      let kernels = table.kernels.normalization
      run(kernels.partials, call, tasks: shape.rowTasks, changes: workspace)
      run(kernels.statistics, call, tasks: shape.groupTasks, changes: workspace, mean, variance)
      run(kernels.apply, call, tasks: shape.rowTasks, changes: memory)
      let exact = ExactNormalization(shape, x, epsilon: 0.01)
      let expected = x.indices.map { index -> Double in
        let channel = index % shape.channels
        let y = exact.normalized(index)
        let z = isAffine ? y * Double(weight[channel]) + Double(bias[channel]) : y
        return exactActivation(kind, z, slope: Double(Float(0.2))).value
      }
      expectClose(memory.values, expected, absolute: 4e-6, "\(shape)")
      expectClose(mean.values, exact.line(exact.mean), "\(shape) mean")
      expectClose(variance.values, exact.line(exact.variance), relative: 4e-6, "\(shape) variance")
    }
  }

  @Test(arguments: VectorTable.available, [ActivationKind.identity, .relu, .leakyRelu])
  func `Gradients of a normalisation over rows agree with double precision`(
    _ table: VectorTable, _ kind: ActivationKind
  ) {
    var random = testStream(42)
    for (number, shape) in Self.shapes.enumerated() {
      let count = shape.segments * shape.rows * shape.channels
      let (x, dy, saved) = (random.floats(count, 1...3), random.floats(count), random.floats(count))
      let weight = random.floats(shape.channels)
      let isAffine = number % 2 == 0
      let exact = ExactNormalization(shape, x, epsilon: 0.01)
      let upstream = dy.indices.map { index -> Double in
        let factor = kind == .identity || saved[index] > 0 ? 1 : kind == .relu ? 0 : Double(Float(0.2))
        return Double(dy[index]) * factor
      }
      let g = upstream.indices.map { upstream[$0] * (isAffine ? Double(weight[$0 % shape.channels]) : 1) }
      let means = exact.averaged(g)
      let products = exact.averaged(g.indices.map { g[$0] * exact.normalized($0) })
      let expected = g.indices.map { index in
        (g[index] - means[index] - exact.normalized(index) * products[index])
          / (exact.variance[index] + exact.epsilon).squareRoot()
      }
      var (ofWeight, ofBias) = (
        [Double](repeating: 0, count: shape.channels), [Double](repeating: 0, count: shape.channels)
      )
      for index in upstream.indices {
        ofWeight[index % shape.channels] += upstream[index] * exact.normalized(index)
        ofBias[index % shape.channels] += upstream[index]
      }
      let (input, gradient, w, s) = (Floats(x), Floats(dy), Floats(weight), Floats(saved))
      let (mean, variance) = (
        Floats(exact.line(exact.mean).map(Float.init)), Floats(exact.line(exact.variance).map(Float.init))
      )
      let (dw, db) = (Floats(unset: shape.channels), Floats(unset: shape.channels))
      let workspace = Floats(unset: shape.workspaceCount)
      let call = NormalizeGradientArguments(
        outputGradient: gradient.source, input: input.source, mean: mean.source, variance: variance.source,
        weight: isAffine ? w.source : nil, inputGradient: gradient.pointer, weightGradient: dw.pointer,
        biasGradient: db.pointer, workspace: workspace.pointer, shape: shape, epsilon: 0.01,
        saved: kind == .identity ? nil : s.source, kind: kind, slope: 0.2)
      let kernels = table.kernels.normalization
      run(kernels.gradientPartials, call, tasks: shape.rowTasks, changes: workspace)
      run(kernels.gradientTotals, call, tasks: shape.groupTasks, changes: workspace)
      run(kernels.gradientParameters, call, tasks: call.parameterTasks, changes: dw, db)
      run(kernels.gradientApply, call, tasks: shape.rowTasks, changes: gradient)
      expectClose(gradient.values, expected, absolute: 1e-5, "\(shape) dx")
      let scale = Double(shape.rows * shape.segments).squareRoot()
      expectClose(dw.values, ofWeight, absolute: 4e-6 * scale, "\(shape) weight")
      expectClose(db.values, ofBias, absolute: 4e-6 * scale, "\(shape) bias")
    }
  }

  @Test(arguments: VectorTable.available)
  func `Pixels are normalised over their channels, and so are gradients`(_ table: VectorTable) {
    var random = testStream(43)
    for (rows, channels) in [(1, 2), (5, 16), (300, 33), (1000, 3), (70, 257), (2, 40_000)] {
      let count = rows * channels
      let (x, dy) = (random.floats(count, 1...3), random.floats(count))
      let (weight, bias) = (random.floats(channels), random.floats(channels))
      let exact = ExactNormalization(
        NormalizationShape(segments: rows, rows: 1, channels: channels, groupSize: channels), x, epsilon: 0.01)
      let (input, output, w, b) = (Floats(x), Floats(x), Floats(weight), Floats(bias))
      var call = NormalizeRowsArguments(
        input: output.source, output: output.pointer, weight: w.source, bias: b.source, rows: rows, channels: channels,
        epsilon: 0.01)
      let kernels = table.kernels.normalization
      run(kernels.rows, call, tasks: call.taskCount, changes: output)
      expectClose(
        output.values,
        x.indices.map { exact.normalized($0) * Double(weight[$0 % channels]) + Double(bias[$0 % channels]) },
        absolute: 1e-5, "[\(rows), \(channels)]")

      let (gradient, dw, db) = (Floats(dy), Floats(unset: channels), Floats(unset: channels))
      let partials = Floats(unset: NormalizeRowsArguments.partialsCount(rows: rows, channels: channels))
      (call.input, call.output, call.outputGradient) = (input.source, gradient.pointer, gradient.source)
      (call.weightGradient, call.biasGradient, call.partials) = (dw.pointer, db.pointer, partials.pointer)
      run(kernels.rowsGradient, call, tasks: call.taskCount, changes: gradient, partials)
      run(kernels.rowsParameters, call, tasks: call.parameterTasks, changes: dw, db)
      let g = dy.indices.map { Double(dy[$0]) * Double(weight[$0 % channels]) }
      let means = exact.averaged(g)
      let products = exact.averaged(g.indices.map { g[$0] * exact.normalized($0) })
      let expected = g.indices.map { index in
        (g[index] - means[index] - exact.normalized(index) * products[index])
          / (exact.variance[index] + exact.epsilon).squareRoot()
      }
      expectClose(gradient.values, expected, absolute: 2e-5, "[\(rows), \(channels)] dx")
      let sums = (0..<channels).map { channel in
        (0..<rows).reduce((0.0, 0.0)) { sums, row in
          let index = row * channels + channel
          return (sums.0 + Double(dy[index]) * exact.normalized(index), sums.1 + Double(dy[index]))
        }
      }
      expectClose(dw.values, sums.map(\.0), absolute: 1e-4, "[\(rows), \(channels)] weight")
      expectClose(db.values, sums.map(\.1), absolute: 1e-4, "[\(rows), \(channels)] bias")
    }
  }

  @Test(arguments: VectorTable.available, [1, 24])
  func `Running values follow the batch's, the variance unbiased`(_ table: VectorTable, _ count: Int) {
    var random = testStream(44)
    let channels = 37
    let values = (0..<4).map { _ in random.floats(channels, 0...2) }
    let memory = values.map { Floats($0) }
    var call = StatisticsArguments(
      mean: memory[0].pointer, variance: memory[1].pointer, first: memory[2].source, second: memory[3].source,
      channels: channels)
    (call.momentum, call.count) = (0.25, count)
    run(table.kernels.normalization.track, call, tasks: call.taskCount, changes: memory[0], memory[1])
    expectClose(memory[0].values, (0..<channels).map { 0.75 * Double(values[0][$0]) + 0.25 * Double(values[2][$0]) })
    let variance = (0..<channels).map { channel -> Double in
      guard count > 1 else { return Double(values[1][channel]) }
      return 0.75 * Double(values[1][channel]) + 0.25 * Double(values[3][channel]) * 24 / 23
    }
    expectClose(memory[1].values, variance)
  }

  @Test(arguments: VectorTable.available)
  func `Known statistics become scale and shift, and scale weights of either direction`(_ table: VectorTable) {
    var random = testStream(45)
    let channels = 12
    let (mean, variance) = (random.floats(channels), random.floats(channels, 0.1...2))
    let (weight, bias) = (random.floats(channels), random.floats(channels))
    let memory = [mean, variance, weight, bias].map { Floats($0) }
    let (scale, shift) = (Floats(unset: channels), Floats(unset: channels))
    var call = StatisticsArguments(
      mean: memory[0].pointer, variance: memory[1].pointer, first: memory[2].source, second: memory[3].source,
      channels: channels)
    (call.scale, call.shift, call.epsilon) = (scale.pointer, shift.pointer, 0.01)
    let kernels = table.kernels.normalization
    withExtendedLifetime(memory) { run(kernels.scale, call, tasks: call.taskCount, changes: scale, shift) }
    let exact = (0..<channels).map { Double(weight[$0]) / (Double(variance[$0]) + Double(Float(0.01))).squareRoot() }
    expectClose(scale.values, exact)
    expectClose(shift.values, (0..<channels).map { Double(bias[$0]) - Double(mean[$0]) * exact[$0] }, absolute: 1e-6)

    for (inner, outer, groups, isAdjoint) in [(5, 12, 1, false), (12, 5, 1, true), (4, 9, 3, true), (2, 12, 2, false)] {
      let weights = random.floats(6 * inner * outer)
      let (input, output) = (Floats(weights), Floats(unset: weights.count))
      let call = ScaleWeightsArguments(
        input: input.source, scale: scale.source, output: output.pointer, taps: 6, inner: inner, outer: outer,
        groups: groups, isAdjoint: isAdjoint)
      run(kernels.scaleWeights, call, tasks: call.taskCount, changes: output)
      let factors = scale.values
      let expected = weights.indices.map { index -> Float in
        let (from, to) = (index / outer % inner, index % outer)
        return weights[index] * factors[isAdjoint ? to / (outer / groups) * inner + from : to]
      }
      #expect(output.values == expected)
    }
  }

  @Test(arguments: VectorTable.available)
  func `Channels are scaled and shifted, then activated`(_ table: VectorTable) {
    var random = testStream(46)
    for kind in ActivationKind.allCases {
      for (rows, channels) in [(1, 1), (70, 33), (1025, 16)] {
        let (x, scale, shift) = (random.floats(rows * channels), random.floats(channels), random.floats(channels))
        let (memory, s, t) = (Floats(x), Floats(scale), Floats(shift))
        let call = ChannelAffineArguments(
          input: memory.source, scale: s.source, shift: kind == .relu ? nil : t.source, output: memory.pointer,
          rows: rows, channels: channels, kind: kind, slope: 0.3)
        run(table.kernels.normalization.affine, call, tasks: call.taskCount, changes: memory)
        let expected = x.indices.map { index -> Double in
          let (channel, offset) = (index % channels, kind == .relu ? 0 : Double(shift[index % channels]))
          let z = Double(x[index]) * Double(scale[channel]) + offset
          return exactActivation(kind, z, slope: Double(Float(0.3))).value
        }
        expectClose(memory.values, expected, absolute: 2e-6, "\(kind)")
      }
    }
  }
}
