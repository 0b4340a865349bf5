import NNKernels
import NNRandom
import Testing

@Suite struct ParameterUpdateTests {
  @Test(arguments: VectorTable.available)
  func `The factor that clips gradients agrees with double precision`(_ table: VectorTable) {
    var random = testStream(31)
    for counts in [[1], [5, 17], [16_384, 3, 40_000], [100_003]] {
      let gradients = counts.map { random.floats($0, -2...2) }
      let norm = gradients.joined().reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      for limit in [Float(norm / 3), Float(norm * 2)] {
        let tasks = counts.map { SquaresArguments.partialsCount(count: $0) }
        let partials = Memory([Double](repeating: .nan, count: tasks.reduce(0, +)))
        var first = 0
        for (values, tasks) in zip(gradients, tasks) {
          let source = Floats(values)
          let call = SquaresArguments(
            values: source.source, partials: partials.pointer + first, count: values.count)
          run(table.kernels.optimizer.squares, call, tasks: tasks, changes: partials)
          first += tasks
        }
        let (bound, factor, sum) = (Floats([limit]), Floats(unset: 1), Memory([3.0]))
        let squares = SquaresTotalArguments(
          partials: UnsafePointer(partials.pointer), partialsCount: first, previous: UnsafePointer(sum.pointer),
          total: sum.pointer)
        run(table.kernels.optimizer.squaresTotal, squares, tasks: 1, changes: sum)
        #expect(abs(sum.pointer[0] - 3 - norm * norm) <= 1e-6 * norm * norm)
        let total = ClipFactorArguments(
          partials: UnsafePointer(partials.pointer), partialsCount: first, limit: bound.source, factor: factor.pointer)
        run(table.kernels.optimizer.clipFactor, total, tasks: 1, changes: factor)
        expectClose(factor.values, [min(1, Double(limit) / (norm + 1e-6))], "\(counts) within \(limit)")
      }
    }
  }

  @Test(arguments: VectorTable.available)
  func `The share of values above a threshold counts none that is equal or no number`(_ table: VectorTable) {
    for (values, share) in [([0.5], 0), ([0.5, 0.6, .nan, -3], 0.25), ([1, 2, .infinity], 1)] as [([Float], Float)] {
      let (source, result) = (Floats(values), Floats(unset: 1))
      let call = ShareAboveArguments(
        values: source.source, count: values.count, threshold: 0.5, share: result.pointer)
      run(table.kernels.optimizer.shareAbove, call, tasks: 1, changes: result)
      #expect(result.values == [share])
    }
  }

  @Test(arguments: VectorTable.available)
  func `Clamping and averaging agree with double precision`(_ table: VectorTable) {
    var random = testStream(32)
    for count in elementCounts.dropFirst() {
      let p = random.floats(count, -2...2)
      let a = random.floats(count, -2...2)
      let clamped = Floats(p)
      let clamp = ClampArguments(clamped.source, to: clamped.pointer, count: count, bound: 0.75)
      run(table.kernels.optimizer.clamp, clamp, tasks: clamp.taskCount, changes: clamped)
      #expect(clamped.values == p.map { min(max($0, -0.75), 0.75) })
      let (source, limit, limited) = (Floats(p), Floats([1.25]), Floats(a))
      let clip = ClampArguments(source.source, to: limited.pointer, count: count, limit: limit.source)
      run(table.kernels.optimizer.clamp, clip, tasks: clip.taskCount, changes: limited)
      #expect(limited.values == p.map { min(max($0, -1.25), 1.25) })
      let (parameter, average, decay) = (Floats(p), Floats(a), Floats([0.9]))
      let call = MovingAverageArguments(
        parameter: parameter.source, average: average.pointer, decay: decay.source, count: count)
      run(table.kernels.optimizer.average, call, tasks: call.taskCount, changes: average)
      let d = Double(Float(0.9))
      expectClose(
        average.values, zip(p, a).map { d * Double($1) + (1 - d) * Double($0) }, absolute: 1e-6, "\(count)")
    }
  }

  @Test(arguments: VectorTable.available)
  func `A sum of gradients starts anew where it is told, even from what is no number`(_ table: VectorTable) {
    var random = testStream(33)
    for count in elementCounts.dropFirst() {
      let (first, second) = (random.floats(count, -2...2), random.floats(count, -2...2))
      let sum = Floats([Float](repeating: .nan, count: count))
      for (gradient, keep) in [(first, Float(0)), (second, 1)] {
        let (source, flag) = (Floats(gradient), Floats([keep]))
        let call = SumGradientArguments(gradient: source.source, sum: sum.pointer, keep: flag.source, count: count)
        run(table.kernels.optimizer.sum, call, tasks: call.taskCount, changes: sum)
      }
      #expect(sum.values == zip(first, second).map { $1 + $0 }.map { $0 })
    }
  }
}
