import NNKernels
import NNRandom
import Testing

@Suite struct DropoutTests {
  @Test(arguments: VectorTable.available)
  func `The mask is the one that the scalar generator gives`(_ table: VectorTable) {
    var random = testStream(15)
    for count in elementCounts + [997] where count != 16_385 {
      for rate: Float in count > 20_000 ? [0.3] : [0, 0.5, 0.75, 1] {
        let x = random.floats(count, 1...2)
        let scalars = Memory([
          PerturbationScalars(seed: random.nextUInt64(), step: random.nextUInt32(), level: rate)
        ])
        let stream = random.nextUInt32()
        let first = random.pick([0, 1, 2, 3, 1 << 20, (1 << 34) - 7, (1 << 34) - 1000, 1 << 40] as [UInt64])
        let memory = Floats(x)
        let call = PerturbationArguments(
          input: memory.source, output: memory.pointer, count: count, scalars: scalars.source, stream: stream,
          firstElement: first)
        run(table.kernels.perturbation.dropout, call, tasks: call.taskCount, changes: memory)
        let generator = Philox4x32(key: scalars.values[0].seed)
        let expected = x.indices.map { index -> Double in
          let element = first + UInt64(index)
          let block = generator.block(
            at: SIMD4(
              UInt32(truncatingIfNeeded: element >> 2), UInt32(truncatingIfNeeded: element >> 34), stream,
              scalars.values[0].step))
          let kept = Float(block[Int(element % 4)] >> 8) * 0x1p-24 >= rate
          return kept ? Double(x[index]) / (1 - Double(rate)) : 0
        }
        expectClose(memory.values, expected, "count \(count), first \(first), rate \(rate)")
      }
    }
  }

  @Test(arguments: VectorTable.available)
  func `Two halves of a batch get the mask of the whole`(_ table: VectorTable) {
    let count = 1003
    let scalars = Memory([PerturbationScalars(seed: 5, step: 7, level: 0.5)])
    let (whole, halves) = (
      Floats([Float](repeating: 1, count: count)), Floats([Float](repeating: 1, count: count))
    )
    for (memory, pieces) in [(whole, [0..<count]), (halves, [0..<501, 501..<count])] {
      for piece in pieces {
        let call = PerturbationArguments(
          input: memory.source + piece.lowerBound, output: memory.pointer + piece.lowerBound, count: piece.count,
          scalars: scalars.source, stream: 3, firstElement: UInt64(piece.lowerBound))
        run(table.kernels.perturbation.dropout, call, tasks: call.taskCount, changes: memory)
      }
    }
    #expect(whole.values == halves.values)
    #expect(whole.values.contains(0) && whole.values.contains(2))
  }
}
