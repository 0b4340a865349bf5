import NNKernels
import NNRandom
import Testing

/// PyTorch's optimizers, one parameter in double precision.
private struct ExactOptimizer {
  var parameter: Double
  var first = 0.0
  var second = 0.0

  mutating func sgd(_ gradient: Double, rate: Double, momentum: Double, nesterov: Bool, decay: Double, step: Int) {
    let g = gradient + decay * parameter
    first = step == 1 ? g : momentum * first + g
    parameter -= rate * (nesterov ? g + momentum * first : first)
  }

  mutating func adam(_ gradient: Double, rate: Double, decay: Double, decoupled: Bool, step: Int) {
    if decoupled { parameter *= 1 - rate * decay }
    let g = decoupled ? gradient : gradient + decay * parameter
    first = 0.9 * first + 0.1 * g
    second = 0.999 * second + 0.001 * g * g
    let (one, two) = (1 - power(0.9, step), 1 - power(0.999, step))
    parameter -= rate / one * first / (second.squareRoot() / two.squareRoot() + 1e-8)
  }

  mutating func rmsprop(_ gradient: Double, rate: Double, decay: Double, momentum: Double) {
    let g = gradient + decay * parameter
    first = 0.99 * first + 0.01 * g * g
    second = momentum * second + g / (first.squareRoot() + 1e-8)
    parameter -= rate * second
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { value, _ in value * base }
  }
}

@Suite struct OptimizerTests {
  @Test(arguments: VectorTable.available, [0.0, 0.01])
  func `Adam and AdamW follow double precision over ten steps`(_ table: VectorTable, _ decay: Double) {
    for decoupled in [false, true] {
      follow(table, table.kernels.optimizer.adam, states: 2) { step in
        .adam(learningRate: 0.01, weightDecay: decay, decoupled: decoupled, step: step)
      } exact: { value, gradient, step in
        value.adam(gradient, rate: 0.01, decay: decay, decoupled: decoupled, step: step)
      }
    }
  }

  @Test(arguments: VectorTable.available, [0.0, 0.01])
  func `SGD follows double precision, with and without momentum`(_ table: VectorTable, _ decay: Double) {
    for (momentum, nesterov) in [(0, false), (0.9, false), (0.9, true)] {
      follow(table, table.kernels.optimizer.sgd, states: momentum == 0 ? 0 : 1, nesterov: nesterov) { step in
        .sgd(learningRate: 0.1, momentum: momentum, weightDecay: decay, isFirstStep: step == 1)
      } exact: { value, gradient, step in
        value.sgd(gradient, rate: 0.1, momentum: momentum, nesterov: nesterov, decay: decay, step: step)
      }
    }
  }

  @Test(arguments: VectorTable.available, [0.0, 0.01])
  func `RMSprop follows double precision, with and without momentum`(_ table: VectorTable, _ decay: Double) {
    for momentum in [0, 0.9] {
      follow(table, table.kernels.optimizer.rmsprop, states: momentum == 0 ? 1 : 2) { _ in
        .rmsprop(learningRate: 0.01, weightDecay: decay, momentum: momentum)
      } exact: { value, gradient, _ in
        value.rmsprop(gradient, rate: 0.01, decay: decay, momentum: momentum)
      }
    }
  }

  /// Ten updates of one parameter and of many, beside double precision; and the sums of the gradients' squares, which are
  /// to be those of the kernel that only measures.
  private func follow(
    _ table: VectorTable, _ kernel: KernelFunction, states: Int, nesterov: Bool = false,
    scalars: (Int) -> OptimizerScalars,
    exact: (inout ExactOptimizer, Double, Int) -> Void
  ) {
    var random = testStream(18)
    for count in [1, 15, 17, 20_001] {
      let start = random.floats(count)
      var values = start.map { ExactOptimizer(parameter: Double($0)) }
      let (parameter, scale) = (Floats(start), Floats([0.5]))
      let zeros = [Float](repeating: 0, count: count)
      let (first, second) = (Floats(zeros), Floats(zeros))
      for step in 1...10 {
        let g = random.floats(count).map { step % 3 == 0 ? 0 : $0 }
        let (gradient, numbers) = (Floats(g), Memory([scalars(step)]))
        let tasks = SquaresArguments.partialsCount(count: count)
        let (squares, measured) = (
          Memory([Double](repeating: 0, count: tasks)), Memory([Double](repeating: 0, count: tasks))
        )
        let call = OptimizerArguments(
          parameter: parameter.pointer, gradient: gradient.source, first: states > 0 ? first.pointer : nil,
          second: states > 1 ? second.pointer : nil, count: count, scalars: numbers.source,
          gradientScale: scale.source, nesterov: nesterov, squares: step > 1 ? squares.pointer : nil)
        run(kernel, call, tasks: call.taskCount, changes: parameter, first, second)
        let measure = SquaresArguments(values: gradient.source, partials: measured.pointer, count: count)
        run(table.kernels.optimizer.squares, measure, tasks: tasks, changes: parameter)
        #expect(step == 1 ? squares.values.allSatisfy { $0 == 0 } : squares.values == measured.values)
        let sum = g.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(abs(measured.values.reduce(0, +) - sum) <= 1e-6 * sum)
        for index in values.indices { exact(&values[index], Double(g[index]) * 0.5, step) }
      }
      expectClose(parameter.values, values.map(\.parameter), relative: 1e-5, absolute: 1e-5)
    }
  }
}
