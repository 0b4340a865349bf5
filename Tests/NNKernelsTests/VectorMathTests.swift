import Foundation
import NNKernels
import NNRandom
import Testing

private struct Function {
  let name: String
  let kernel: KeyPath<VectorMathKernels, KernelFunction> & Sendable
  let exact: @Sendable (Double) -> Double
}

private let functions = [
  Function(name: "exp", kernel: \.exp, exact: { exp($0) }),
  Function(name: "log", kernel: \.log, exact: { log($0) }),
  Function(name: "log1p", kernel: \.log1p, exact: { log1p($0) }),
  Function(name: "tanh", kernel: \.tanh, exact: { tanh($0) }),
  Function(name: "sigmoid", kernel: \.sigmoid, exact: { $0 < 0 ? exp($0) / (1 + exp($0)) : 1 / (1 + exp(-$0)) }),
  Function(name: "erf", kernel: \.erf, exact: { erf($0) }),
  Function(name: "sqrt", kernel: \.sqrt, exact: { $0.squareRoot() }),
]

/// All magnitudes of both signs, and densely where the functions bend.
private let arguments: [Float] = {
  var random = testStream(1)
  var values: [Float] = [0, -0.0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, -88, 88.7, 89, -104]
  values += [.leastNonzeroMagnitude, .leastNormalMagnitude, -.leastNormalMagnitude, 0.625, 0.9277, 1e-20]
  for _ in 0..<40_000 { values.append(Float(bitPattern: random.nextUInt32())) }
  values += random.floats(30_000, -10...10) + random.floats(20_000, -104...89) + random.floats(20_000, -1...1)
  values += random.floats(10_000, -1e-3...1e-3)
  return values.filter { $0.isNaN || abs($0) == 0 || abs($0) >= .leastNormalMagnitude || $0 > 0 }
}()

@Suite struct VectorMathTests {
  @Test(arguments: VectorTable.available)
  func `Elementary functions are within 2.5e-7 of the exact ones everywhere`(_ table: VectorTable) {
    for function in functions {
      let input = Floats(arguments)
      let output = Floats(unset: arguments.count)
      let call = UnaryArguments(input: input.source, output: output.pointer, count: arguments.count)
      run(table.kernels.math[keyPath: function.kernel], call, tasks: call.taskCount, changes: output)
      var worst = (error: 0.0, at: Float(0))
      for (x, y) in zip(arguments, output.values) {
        let error = relativeError(y, function.exact(Double(x)))
        if error > worst.error { worst = (error, x) }
      }
      #expect(worst.error < 2.5e-7, "\(function.name) at \(worst.at): \(worst.error)")
    }
  }
}

/// The error as a share of the exact value; below the normal range, as a share of the smallest normal number.
private func relativeError(_ actual: Float, _ exact: Double) -> Double {
  if exact.isNaN { return actual.isNaN ? 0 : .infinity }
  let rounded = Float(exact)
  if rounded == actual { return 0 }
  if rounded.isInfinite || !actual.isFinite { return .infinity }
  return abs(Double(actual) - exact) / max(abs(exact), Double(Float.leastNormalMagnitude))
}
