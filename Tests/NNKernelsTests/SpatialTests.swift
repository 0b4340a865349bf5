import NNKernels
import NNRandom
import Testing

@Suite struct SpatialTests {
  @Test(arguments: VectorTable.available)
  func `Channels go to blocks of pixels and back`(_ table: VectorTable) {
    var random = testStream(31)
    for _ in 0..<40 {
      let (batch, height, width) = (
        1 + random.integer(below: 2), 1 + random.integer(below: 4), 1 + random.integer(below: 4)
      )
      let (down, across, channels) = (1 + random.integer(below: 3), 1 + random.integer(below: 3), random.channels())
      let size = batch * height * width * channels * down * across
      let x = random.floats(size)
      let (input, output) = (Floats(x), Floats(unset: size))
      var call = DepthToSpaceArguments(
        input: input.source, output: output.pointer, batch: batch, height: height, width: width, channels: channels,
        factorHeight: down, factorWidth: across)
      run(table.kernels.spatial.depthToSpace, call, tasks: call.taskCount, changes: output)
      let expected = (0..<size).map { index -> Float in
        let (c, position) = (index % channels, index / channels)
        let (column, line) = (position % (width * across), position / (width * across))
        let (row, sample) = (line % (height * down), line / (height * down))
        let pixel = (sample * height + row / down) * width + column / across
        return x[((pixel * channels + c) * down + row % down) * across + column % across]
      }
      #expect(output.values == expected, "\(down) × \(across), \(channels) channels")
      let back = Floats(unset: size)
      (call.input, call.output) = (output.source, back.pointer)
      run(table.kernels.spatial.spaceToDepth, call, tasks: call.taskCount, changes: back)
      #expect(back.values == x)
    }
  }

  @Test(arguments: VectorTable.available)
  func `Images are laid into larger ones and cut out of them`(_ table: VectorTable) {
    var random = testStream(32)
    for _ in 0..<60 {
      let (batch, channels) = (1 + random.integer(below: 2), random.channels())
      let (height, width) = (1 + random.integer(below: 6), 1 + random.integer(below: 6))
      let (outHeight, outWidth) = (1 + random.integer(below: 8), 1 + random.integer(below: 8))
      let (top, left) = (random.integer(below: 9) - 4, random.integer(below: 9) - 4)
      let x = random.floats(batch * height * width * channels)
      let (input, output) = (Floats(x), Floats(unset: batch * outHeight * outWidth * channels))
      let call = PlaceArguments(
        input: input.source, output: output.pointer, batch: batch, inputHeight: height, inputWidth: width,
        outputHeight: outHeight, outputWidth: outWidth, channels: channels, top: top, left: left, fill: 0.25)
      run(table.kernels.spatial.place, call, tasks: call.taskCount, changes: output)
      let expected = (0..<output.count).map { index -> Float in
        let (c, position) = (index % channels, index / channels)
        let (column, line) = (position % outWidth - left, position / outWidth)
        let (row, sample) = (line % outHeight - top, line / outHeight)
        guard row >= 0, row < height, column >= 0, column < width else { return 0.25 }
        return x[((sample * height + row) * width + column) * channels + c]
      }
      #expect(output.values == expected, "\(height) × \(width) at \(top), \(left) of \(outHeight) × \(outWidth)")
    }
  }
}
