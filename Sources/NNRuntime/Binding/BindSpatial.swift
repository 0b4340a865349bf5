import NNKernels
import NNTensor

extension StepBinder {
  mutating func bindDepthToSpace(_ factor: Size2D) {
    let large = shape(ofOutput: 0)
    require(large.rank == 4, "the result is \(large)")
    let arguments = DepthToSpaceArguments(
      input: input(0, count: large.elementCount), output: output(0, count: large.elementCount), batch: large[0],
      height: large[1] / factor.height, width: large[2] / factor.width, channels: large[3],
      factorHeight: factor.height, factorWidth: factor.width)
    add(kernels.vector.spatial.depthToSpace, arguments, tasks: arguments.taskCount)
  }

  mutating func bindSpaceToDepth(_ factor: Size2D) {
    let small = shape(ofOutput: 0)
    require(small.rank == 4, "the result is \(small)")
    let arguments = DepthToSpaceArguments(
      input: input(0, count: small.elementCount), output: output(0, count: small.elementCount), batch: small[0],
      height: small[1], width: small[2], channels: small[3] / factor.area, factorHeight: factor.height,
      factorWidth: factor.width)
    add(kernels.vector.spatial.spaceToDepth, arguments, tasks: arguments.taskCount)
  }

  mutating func bindPad(_ margins: Margins, _ value: Float) {
    let result = shape(ofOutput: 0)
    require(result.rank == 4, "the result is \(result)")
    let size = Size2D(result[1] - margins.total.height, result[2] - margins.total.width)
    place(result, size, top: margins.top, left: margins.left, fill: value)
  }

  mutating func bindCrop(_ margins: Margins) {
    let result = shape(ofOutput: 0)
    require(result.rank == 4, "the result is \(result)")
    let size = Size2D(result[1] + margins.total.height, result[2] + margins.total.width)
    place(result, size, top: -margins.top, left: -margins.left, fill: 0)
  }

  private mutating func place(_ result: Shape, _ size: Size2D, top: Int, left: Int, fill: Float) {
    let perWord = storesBFloat16(inputs: [0]) ? 2 : 1
    require(perWord == 1 || fill == 0, "fills bf16 with \(fill)")
    let arguments = PlaceArguments(
      input: words(ofInput: 0, count: result[0] * size.area * result[3]),
      output: words(ofOutput: 0, count: result.elementCount), batch: result[0], inputHeight: size.height,
      inputWidth: size.width, outputHeight: result[1], outputWidth: result[2], channels: result[3] / perWord, top: top,
      left: left, fill: fill)
    add(kernels.vector.spatial.place, arguments, tasks: arguments.taskCount)
  }
}
