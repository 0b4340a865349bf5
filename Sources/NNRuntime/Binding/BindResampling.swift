import NNKernels
import NNTensor

extension StepBinder {
  mutating func bindUpsample(_ upsampling: Upsampling) {
    let (large, factor) = (shape(ofOutput: 0), upsampling.factor)
    require(large.rank == 4, "the result is \(large)")
    let arguments = UpsampleArguments(
      input: input(0, count: large.elementCount / factor.area), output: output(0, count: large.elementCount),
      batch: large[0], height: large[1] / factor.height, width: large[2] / factor.width, channels: large[3],
      factorHeight: factor.height, factorWidth: factor.width)
    let kernel = kernels.vector.resampling
    add(upsampling.method == .nearest ? kernel.nearest : kernel.bilinear, arguments, tasks: arguments.taskCount)
  }

  mutating func bindUpsampleGradient(_ upsampling: Upsampling) {
    let (small, factor) = (shape(ofOutput: 0), upsampling.factor)
    require(small.rank == 4, "the result is \(small)")
    let arguments = UpsampleArguments(
      input: input(0, count: small.elementCount * factor.area), output: output(0, count: small.elementCount),
      batch: small[0], height: small[1], width: small[2], channels: small[3], factorHeight: factor.height,
      factorWidth: factor.width)
    let kernel = kernels.vector.resampling
    add(
      upsampling.method == .nearest ? kernel.nearestGradient : kernel.bilinearGradient, arguments,
      tasks: arguments.gradientTaskCount)
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
