import Foundation
import NNKernels
import NNRandom
import Testing

/// One value's loss and its derivative in p, in double precision.
private func exactLoss(_ kind: LossKind, _ p: Double, _ t: Double, delta: Double) -> (value: Double, derivative: Double)
{
  let d = p - t
  switch kind {
  case .meanSquaredError: return (d * d, 2 * d)
  case .meanAbsoluteError: return (abs(d), d > 0 ? 1 : d < 0 ? -1 : 0)
  case .huber:
    if abs(d) < delta { return (0.5 * d * d, d) }
    return (delta * (abs(d) - 0.5 * delta), d > 0 ? delta : -delta)
  case .binaryCrossEntropy:
    let value = -t * max(log(p), -100) - (1 - t) * max(log1p(-p), -100)
    return (value, d / max((1 - p) * p, 1e-12))
  case .binaryCrossEntropyOfLogits:
    return (max(p, 0) - p * t + log1p(exp(-abs(p))), 1 / (1 + exp(-p)) - t)
  case .crossEntropyWithConstant: return exactLoss(.binaryCrossEntropyOfLogits, p, delta, delta: delta)
  case .squareFromConstant: return exactLoss(.meanSquaredError, p, delta, delta: delta)
  case .hinge: return 1 + delta * p > 0 ? (1 + delta * p, delta) : (0, 0)
  case .linear: return (delta * p, delta)
  }
}

@Suite struct LossTests {
  @Test(arguments: VectorTable.available)
  func `Losses of values and their gradients agree with double precision`(_ table: VectorTable) {
    var random = testStream(16)
    for kind in LossKind.allCases {
      for count in elementCounts.dropFirst() {
        let isProbability = kind == .binaryCrossEntropy
        let p = random.floats(count, isProbability ? 0.001...0.999 : -20...20)
        var t = random.floats(count, kind == .binaryCrossEntropyOfLogits || isProbability ? 0...1 : -20...20)
        if count > 1, !isProbability { t[1] = p[1] }
        check(table, kind, p, t, delta: 1.5, meanCount: count == 100 ? 700 : nil)
      }
    }
  }

  private func check(
    _ table: VectorTable, _ kind: LossKind, _ p: [Float], _ t: [Float], delta: Float, meanCount: Int? = nil
  ) {
    let (prediction, target, value) = (Floats(p), Floats(t), Floats(unset: 1))
    let partials = Memory([Double](repeating: .nan, count: TaskGrid.tasks(p.count)))
    let call = LossArguments(
      prediction: prediction.source, target: target.source, partials: partials.pointer, value: value.pointer,
      count: p.count, kind: kind, delta: delta, meanCount: meanCount)
    #expect(call.partialsCount == partials.count)
    let kernels = table.kernels.loss
    run(kernels.elementwisePartials, call, tasks: call.taskCount(stage: 0), changes: partials)
    run(kernels.total, call.total, tasks: call.taskCount(stage: 1), changes: value)
    let exact = zip(p, t).map { exactLoss(kind, Double($0), Double($1), delta: Double(delta)) }
    let divisor = Double(meanCount ?? p.count)
    expectClose(value.values, [exact.reduce(0) { $0 + $1.value } / divisor], "\(kind)")
    let (gradient, upstream) = (Floats(unset: p.count), Floats([0.3]))
    let back = LossGradientArguments(
      prediction: prediction.source, target: target.source, gradient: gradient.pointer, upstream: upstream.source,
      count: p.count, kind: kind, delta: delta, meanCount: meanCount)
    run(kernels.elementwiseGradient, back, tasks: back.taskCount, changes: gradient)
    let scale = Double(Float(0.3)) / divisor
    expectClose(gradient.values, exact.map { $0.derivative * scale }, absolute: 1e-6 * scale, "\(kind)'")
  }

  @Test(arguments: VectorTable.available)
  func `Binary cross-entropy clamps logarithms and its logits never overflow`(_ table: VectorTable) {
    check(table, .binaryCrossEntropy, [0, 1, 0, 1], [1, 0, 0, 1], delta: 1)
    check(table, .binaryCrossEntropyOfLogits, [1e4, -1e4, 1e4, -1e4, 0], [1, 0, 0, 1, 0.5], delta: 1)
  }

  @Test(arguments: VectorTable.available, CrossEntropyKind.allCases)
  func `Cross-entropy and its gradient agree with double precision`(_ table: VectorTable, _ kind: CrossEntropyKind) {
    var random = testStream(17)
    for (rows, channels) in [(1, 1), (1, 10), (3, 67), (64, 10), (2000, 17), (20_000, 2), (5, 1000)] {
      var x = random.floats(rows * channels, -50...50)
      if kind == .probabilities { x = softmax(x.map { Double($0) / 10 }, channels).map(Float.init) }
      let labels = (0..<rows).map { _ in Float(random.integer(below: channels)) }
      checkCrossEntropy(table, kind, x, labels, channels)
    }
  }

  private func checkCrossEntropy(
    _ table: VectorTable, _ kind: CrossEntropyKind, _ x: [Float], _ labels: [Float], _ channels: Int
  ) {
    let rows = labels.count
    let (prediction, target, value) = (Floats(x), Floats(labels), Floats(unset: 1))
    let partials = Memory(
      [Double](repeating: .nan, count: TaskGrid.tasks(rows, by: TaskGrid.rowsPerTask(channels: channels))))
    let call = CrossEntropyArguments(
      prediction: prediction.source, labels: target.source, partials: partials.pointer, value: value.pointer,
      rows: rows, channels: channels, kind: kind)
    #expect(call.partialsCount == partials.count)
    let kernels = table.kernels.loss
    run(kernels.crossEntropyPartials, call, tasks: call.taskCount(stage: 0), changes: partials)
    run(kernels.total, call.total, tasks: 1, changes: value)
    let p = kind == .logits ? softmax(x.map(Double.init), channels) : x.map(Double.init)
    let sum = labels.indices.reduce(0.0) { $0 - log(p[$1 * channels + Int(labels[$1])]) }
    expectClose(value.values, [sum / Double(rows)], "[\(rows), \(channels)]")
    let (gradient, upstream) = (Floats(x), Floats([2]))
    let back = CrossEntropyGradientArguments(
      prediction: gradient.source, labels: target.source, gradient: gradient.pointer, upstream: upstream.source,
      rows: rows, channels: channels, kind: kind)
    run(kernels.crossEntropyGradient, back, tasks: back.taskCount, changes: gradient)
    let expected = p.indices.map { index -> Double in
      let isLabel = index % channels == Int(labels[index / channels])
      if kind == .logits { return (p[index] - (isLabel ? 1 : 0)) * 2 / Double(rows) }
      return isLabel ? -2 / p[index] / Double(rows) : 0
    }
    expectClose(gradient.values, expected, absolute: 1e-6 / Double(rows), "[\(rows), \(channels)]")
  }

  @Test(arguments: VectorTable.available)
  func `A label that is no class gives NaN and touches nothing else`(_ table: VectorTable) {
    for label: Float in [-1, 3, .nan, .infinity, 1e30] {
      let (x, labels, value) = (Floats([1, 2, 3]), Floats([label]), Floats(unset: 1))
      let partials = Memory([0.0])
      let call = CrossEntropyArguments(
        prediction: x.source, labels: labels.source, partials: partials.pointer, value: value.pointer, rows: 1,
        channels: 3)
      run(table.kernels.loss.crossEntropyPartials, call, tasks: 1, changes: partials)
      run(table.kernels.loss.total, call.total, tasks: 1, changes: value)
      #expect(value.values[0].isNaN)
    }
  }
}
