import Foundation
import NNKernels
import NNRandom
import Testing

/// The activation's value and derivative at x, in double precision.
func exactActivation(_ kind: ActivationKind, _ x: Double, slope: Double) -> (value: Double, derivative: Double) {
  let s = 1 / (1 + exp(-x))
  switch kind {
  case .identity: return (x, 1)
  case .relu: return x > 0 ? (x, 1) : (0, 0)
  case .leakyRelu: return x > 0 ? (x, 1) : (slope * x, slope)
  case .elu: return x > 0 ? (x, 1) : (expm1(x), exp(x))
  case .gelu:
    let distribution = 0.5 * erfc(-x / 2.0.squareRoot())
    return (x * distribution, distribution + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
  case .silu: return (x * s, s * (1 + x * (1 - s)))
  case .sigmoid: return (s, s * (1 - s))
  case .tanh: return (tanh(x), 1 - tanh(x) * tanh(x))
  }
}

@Suite struct ActivationTests {
  @Test(arguments: VectorTable.available)
  func `Activations and their gradients agree with double precision`(_ table: VectorTable) {
    var random = testStream(2)
    let slope: Float = 0.2
    for kind in ActivationKind.allCases {
      for count in elementCounts {
        let x = random.floats(count, -6...6)
        let dy = random.floats(count)
        let exact = x.map { exactActivation(kind, Double($0), slope: Double(slope)) }
        let (input, output) = (Floats(x), Floats(unset: count))
        let call = ActivationArguments(
          input: input.source, output: output.pointer, count: count, kind: kind, slope: slope)
        run(table.kernels.activation.forward, call, tasks: call.taskCount, changes: output)
        expectClose(output.values, exact.map(\.value), absolute: 5e-7, "\(kind)")
        let gradient = Floats(dy)
        let saved = kind.gradientReadsInput ? input : output
        let back = ActivationGradientArguments(
          saved: saved.source, outputGradient: gradient.source, inputGradient: gradient.pointer, count: count,
          kind: kind, slope: slope)
        run(table.kernels.activation.gradient, back, tasks: back.taskCount, changes: gradient)
        let expected = zip(exact, dy).map { $0.derivative * Double($1) }
        expectClose(gradient.values, expected, absolute: 1e-6, "\(kind)'")
      }
    }
  }

  @Test(arguments: VectorTable.available)
  func `Activations pass NaN on and keep infinity`(_ table: VectorTable) {
    for kind in ActivationKind.allCases {
      let memory = Floats([.nan, .infinity])
      let call = ActivationArguments(input: memory.source, output: memory.pointer, count: 2, kind: kind, slope: 0.1)
      run(table.kernels.activation.forward, call, tasks: call.taskCount, changes: memory)
      #expect(memory.values[0].isNaN, "\(kind)")
      #expect(memory.values[1] == (kind == .sigmoid || kind == .tanh ? 1 : .infinity), "\(kind)")
    }
  }

  @Test(arguments: VectorTable.available)
  func `Softmax and its gradient agree with double precision`(_ table: VectorTable) {
    var random = testStream(3)
    for rows in [1, 2, 5, 300, 1111] {
      let channels = random.channels()
      let x = random.floats(rows * channels, -30...80)
      let dy = random.floats(rows * channels)
      let memory = Floats(x)
      let call = SoftmaxArguments(input: memory.source, output: memory.pointer, rows: rows, channels: channels)
      run(table.kernels.activation.softmax, call, tasks: call.taskCount, changes: memory)
      let y = softmax(x.map(Double.init), channels)
      expectClose(memory.values, y, "[\(rows), \(channels)]")
      let gradient = Floats(dy)
      let back = SoftmaxGradientArguments(
        output: memory.source, outputGradient: gradient.source, inputGradient: gradient.pointer, rows: rows,
        channels: channels)
      run(table.kernels.activation.softmaxGradient, back, tasks: back.taskCount, changes: gradient)
      expectClose(gradient.values, softmaxGradient(y, dy.map(Double.init), channels), absolute: 1e-6)
    }
  }
}

/// Softmax of rows in double precision.
func softmax(_ x: [Double], _ channels: Int) -> [Double] {
  stride(from: 0, to: x.count, by: channels).flatMap { start in
    let row = x[start..<start + channels]
    let largest = row.max() ?? 0
    let sum = row.reduce(0) { $0 + exp($1 - largest) }
    return row.map { exp($0 - largest) / sum }
  }
}

private func softmaxGradient(_ y: [Double], _ dy: [Double], _ channels: Int) -> [Double] {
  y.indices.map { index in
    let row = index / channels * channels..<(index / channels + 1) * channels
    let dot = row.reduce(0) { $0 + y[$1] * dy[$1] }
    return y[index] * (dy[index] - dot)
  }
}
