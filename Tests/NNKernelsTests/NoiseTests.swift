import Foundation
import NNKernels
import NNRandom
import Testing

/// √2 erf⁻¹(x), by bisection of the error function (of its complement in the tails).
private func normalQuantile(_ x: Double) -> Double {
  var (low, high) = (0.0, 8.0)
  for _ in 0..<80 {
    let middle = (low + high) / 2
    if erfc(middle) > 1 - abs(x) { low = middle } else { high = middle }
  }
  return (x < 0 ? -1 : 1) * low * 2.0.squareRoot()
}

@Suite struct NoiseTests {
  @Test(arguments: VectorTable.available)
  func `The noise is the normal quantile of the scalar generator's numbers`(_ table: VectorTable) {
    var random = testStream(33)
    for count in [0, 1, 5, 63, 64, 1000, 16_390] {
      let scalars = Memory([PerturbationScalars(seed: random.nextUInt64(), step: random.nextUInt32(), level: 0.3)])
      let (stream, first) = (random.nextUInt32(), random.pick([0, 1, 2, 3, (1 << 34) - 7, 1 << 40] as [UInt64]))
      let x = random.floats(count)
      let memory = Floats(x)
      let call = PerturbationArguments(
        input: memory.source, output: memory.pointer, count: count, scalars: scalars.source, stream: stream,
        firstElement: first)
      run(table.kernels.perturbation.noise, call, tasks: call.taskCount, changes: memory)
      let generator = Philox4x32(key: scalars.values[0].seed)
      let expected = x.indices.map { index -> Double in
        let element = first + UInt64(index)
        let block = generator.block(
          at: SIMD4(
            UInt32(truncatingIfNeeded: element >> 2), UInt32(truncatingIfNeeded: element >> 34), stream,
            scalars.values[0].step))
        let number = Double(block[Int(element % 4)] >> 8)
        return Double(x[index]) + Double(Float(0.3)) * normalQuantile((2 * number + 1) * 0x1p-24 - 1)
      }
      expectClose(memory.values, expected, relative: 4e-6, absolute: 3e-6, "count \(count)")
    }
  }

  @Test func `A million numbers have the normal distribution's moments`() {
    let table = VectorTable.available[VectorTable.available.count - 1]
    let count = 1_000_000
    let scalars = Memory([PerturbationScalars(seed: 1, step: 1, level: 1)])
    let memory = Floats([Float](repeating: 0, count: count))
    let call = PerturbationArguments(
      input: memory.source, output: memory.pointer, count: count, scalars: scalars.source, stream: 1)
    run(table.kernels.perturbation.noise, call, tasks: call.taskCount, changes: memory)
    let values = memory.values.map(Double.init)
    func moment(_ power: Int) -> Double { values.reduce(0) { $0 + pow($1, Double(power)) } / Double(count) }
    #expect(abs(moment(1)) < 0.005 && abs(moment(2) - 1) < 0.01)
    #expect(abs(moment(3)) < 0.02 && abs(moment(4) - 3) < 0.05)
  }
}
