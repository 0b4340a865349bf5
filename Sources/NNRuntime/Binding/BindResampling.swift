import NNKernels
import NNTensor

extension StepBinder {
  mutating func bindUpsample(_ upsampling: Upsampling) {
    let (large, factor) = (shape(ofOutput: 0), upsampling.factor)
    require(large.rank == 4, "the result is \(large)")
    let (x, y) = (
      floatPixels(ofInput: 0, large.elementCount / factor.area), pixels(ofOutput: 0, count: large.elementCount)
    )
    require(element(ofOutput: 0) == .float32, "the result is no floats")
    var arguments = UpsampleArguments(
      input: x.words, output: y.words,
      batch: large[0], height: large[1] / factor.height, width: large[2] / factor.width, channels: large[3],
      factorHeight: factor.height, factorWidth: factor.width)
    if let pitch = x.pitch { arguments.inputPitch = pitch }
    if let pitch = y.pitch { arguments.outputPitch = pitch }
    let kernel = kernels.vector.resampling
    add(upsampling.method == .nearest ? kernel.nearest : kernel.bilinear, arguments, tasks: arguments.taskCount)
  }

  mutating func bindUpsampleGradient(_ upsampling: Upsampling) {
    let (small, factor) = (shape(ofOutput: 0), upsampling.factor)
    require(small.rank == 4, "the result is \(small)")
    let dy = floatPixels(ofInput: 0, small.elementCount * factor.area)
    var arguments = UpsampleArguments(
      input: dy.words, output: output(0, count: small.elementCount),
      batch: small[0], height: small[1], width: small[2], channels: small[3], factorHeight: factor.height,
      factorWidth: factor.width)
    if let pitch = dy.pitch { arguments.inputPitch = pitch }
    let kernel = kernels.vector.resampling
    add(
      upsampling.method == .nearest ? kernel.nearestGradient : kernel.bilinearGradient, arguments,
      tasks: arguments.gradientTaskCount)
  }

  private func floatPixels(ofInput position: Int, _ count: Int) -> (words: UnsafePointer<Float>, pitch: Int?) {
    require(element(ofInput: position) == .float32, "operand \(position) is no floats")
    return pixels(ofInput: position, count: count)
  }

  /// A copy for each operand, into its part of every row.
  mutating func bindConcatenate() {
    let result = shape(ofOutput: 0)
    let output = pixels(ofOutput: 0, count: result.elementCount)
    let perWord = storesBFloat16(inputs: Array(step.inputs.indices)) ? 2 : 1
    var start = 0
    for position in step.inputs.indices {
      let channels = count(ofInput: position) / result.rows
      let operand = pixels(ofInput: position, count: result.rows * channels)
      let arguments = ChannelCopyArguments(
        input: operand.words, output: output.words + start / perWord, rows: result.rows, channels: channels / perWord,
        inputStride: (operand.pitch ?? channels) / perWord, outputStride: (output.pitch ?? result.channels) / perWord)
      add(kernels.vector.permute.copyChannels, arguments, tasks: arguments.taskCount)
      start += channels
    }
    require(start == result.channels, "operands of \(start) channels for \(result)")
  }

  mutating func bindSlice(_ start: Int, _ channels: Int) {
    let result = shape(ofOutput: 0)
    let stride = count(ofInput: 0) / result.rows
    let isInside = result.channels == channels && start + channels <= stride
    require(isInside, "\(channels) channels from \(start) of \(stride)")
    let perWord = storesBFloat16(inputs: [0]) ? 2 : 1
    let (all, part) = (pixels(ofInput: 0, count: result.rows * stride), pixels(ofOutput: 0, count: result.elementCount))
    let arguments = ChannelCopyArguments(
      input: all.words + start / perWord, output: part.words, rows: result.rows, channels: channels / perWord,
      inputStride: (all.pitch ?? stride) / perWord, outputStride: (part.pitch ?? channels) / perWord)
    add(kernels.vector.permute.copyChannels, arguments, tasks: arguments.taskCount)
  }

  mutating func bindPermute(channelsFirst: Bool) {
    let result = shape(ofOutput: 0)
    require(result.rank == 4, "the result is \(result)")
    // Each sample is a matrix, pixels × channels or channels × pixels, that is transposed.
    let (rows, columns) =
      channelsFirst ? (result[2] * result[3], result[1]) : (result[3], result[1] * result[2])
    let arguments = PermuteArguments(
      input: input(0, count: result.elementCount), output: output(0, count: result.elementCount), batch: result[0],
      rows: rows, columns: columns)
    add(kernels.vector.permute.transpose, arguments, tasks: arguments.taskCount)
  }
}
