import NNKernels
import NNRandom
import Testing

@Suite struct ElementwiseTests {
  @Test(arguments: VectorTable.available)
  func `Sums, differences and products are exactly rounded, in place too`(_ table: VectorTable) {
    var random = testStream(4)
    let kernels = table.kernels.elementwise
    for count in elementCounts {
      let (x, y) = (random.floats(count), random.floats(count))
      let cases: [(KernelFunction, (Float, Float) -> Float)] = [
        (kernels.add, { $0 + $1 }), (kernels.subtract, { $0 - $1 }), (kernels.multiply, { $0 * $1 }),
      ]
      for (kernel, exact) in cases {
        let (left, right) = (Floats(x), Floats(y))
        let call = BinaryArguments(left: left.source, right: right.source, output: left.pointer, count: count)
        run(kernel, call, tasks: call.taskCount, changes: left)
        #expect(left.values == zip(x, y).map(exact))
      }
    }
  }

  @Test(arguments: VectorTable.available)
  func `Scaling uses the constant and the factor in memory`(_ table: VectorTable) {
    var random = testStream(5)
    let kernels = table.kernels.elementwise
    for count in elementCounts {
      let (x, y) = (random.floats(count), random.floats(count))
      for scalar in [nil, Floats([0.75])] {
        let (input, output) = (Floats(x), Floats(y))
        var call = ScaleArguments(
          input: input.source, output: output.pointer, count: count, factor: 1.5, scalar: scalar?.source)
        run(kernels.addScaled, call, tasks: call.taskCount, changes: output)
        let factor = scalar == nil ? 1.5 : 1.125
        expectClose(output.values, zip(x, y).map { Double($0) * factor + Double($1) }, absolute: 1e-6)
        call.output = input.pointer
        run(kernels.scale, call, tasks: call.taskCount, changes: input)
        expectClose(input.values, x.map { Double($0) * factor })
      }
    }
  }

  @Test(arguments: VectorTable.available)
  func `Copies copy and fills fill`(_ table: VectorTable) {
    var random = testStream(6)
    for count in elementCounts {
      let (input, output) = (Floats(random.floats(count)), Floats(unset: count))
      let copy = UnaryArguments(input: input.source, output: output.pointer, count: count)
      run(table.kernels.elementwise.copy, copy, tasks: copy.taskCount, changes: output)
      #expect(output.values == input.values)
      let fill = FillArguments(output: output.pointer, count: count, value: 3)
      run(table.kernels.elementwise.fill, fill, tasks: fill.taskCount, changes: output)
      #expect(output.values == [Float](repeating: 3, count: count))
    }
  }
}

@Suite struct PermuteTests {
  @Test(arguments: VectorTable.available)
  func `Transposing moves each value to its place`(_ table: VectorTable) {
    var random = testStream(7)
    for (rows, columns) in [(1, 1), (1, 67), (67, 1), (3, 200), (200, 3), (64, 64), (65, 129), (33, 17)] {
      let batch = 1 + random.integer(below: 3)
      let size = rows * columns
      let (input, output) = (Floats(random.floats(batch * size)), Floats(unset: batch * size))
      let call = PermuteArguments(
        input: input.source, output: output.pointer, batch: batch, rows: rows, columns: columns)
      run(table.kernels.permute.transpose, call, tasks: call.taskCount, changes: output)
      let x = input.values
      let expected = (0..<batch * size).map { index in
        x[index / size * size + index % size % rows * columns + index % size / rows]
      }
      #expect(output.values == expected, "[\(rows), \(columns)]")
    }
  }
}
