import NNKernels
import NNTensor

extension StepBinder {
  mutating func bindMaxPool(_ window: PoolWindow, _ inputSize: Size2D) {
    let shape = pooling(window, input: inputSize, pooled: shape(ofOutput: 0))
    // The argmax is there whether or not somebody reads it.
    let x = pixels(ofInput: 0, count: shape.inputCount)
    var arguments = MaxPoolArguments(
      input: x.words, output: words(ofOutput: 0, count: shape.outputCount),
      argmax: bytes(ofOutput: 1, shape.outputCount * shape.argmaxStride), shape: shape)
    if let pitch = x.pitch { arguments.inputPitch = pitch }
    arguments.isBFloat16 = storesBFloat16(inputs: [0])
    add(kernels.vector.pooling.maxPool, arguments, tasks: arguments.taskCount)
  }

  mutating func bindMaxPoolGradient(_ window: PoolWindow, _ activation: Activation) {
    let shape = pooling(window, gradient: shape(ofOutput: 0))
    var arguments = MaxPoolGradientArguments(
      argmax: bytes(ofInput: 1, shape.outputCount * shape.argmaxStride),
      outputGradient: words(ofInput: 0, count: shape.outputCount),
      inputGradient: words(ofOutput: 0, count: shape.inputCount), shape: shape)
    arguments.isBFloat16 = storesBFloat16(inputs: activation == .none ? [0] : [0, 2])
    switch activation {
    case .none: break
    case .relu, .leakyRelu:
      arguments.output = words(ofInput: 2, count: shape.outputCount)
      arguments.kind = kind(activation)
      arguments.slope = activation.slope
    default: require(false, "a pool cannot apply the gradient of \(activation)")
    }
    add(kernels.vector.pooling.maxPoolGradient, arguments, tasks: arguments.taskCount)
  }

  mutating func bindAveragePool(_ window: PoolWindow, _ inputSize: Size2D) {
    let shape = pooling(window, input: inputSize, pooled: shape(ofOutput: 0))
    let arguments = AveragePoolArguments(
      input: input(0, count: shape.inputCount), output: output(0, count: shape.outputCount), shape: shape)
    add(kernels.vector.pooling.averagePool, arguments, tasks: arguments.taskCount)
  }

  mutating func bindAveragePoolGradient(_ window: PoolWindow) {
    let shape = pooling(window, gradient: shape(ofOutput: 0))
    let arguments = AveragePoolGradientArguments(
      outputGradient: input(0, count: shape.outputCount), inputGradient: output(0, count: shape.inputCount),
      shape: shape)
    add(kernels.vector.pooling.averagePoolGradient, arguments, tasks: arguments.taskCount)
  }

  mutating func bindSpatialMean() {
    let result = shape(ofOutput: 0)
    require(result.rank == 2, "the result is \(result)")
    let positions = count(ofInput: 0) / result.elementCount
    let arguments = SpatialMeanArguments(
      input: input(0, count: positions * result.elementCount), output: output(0, count: result.elementCount),
      batch: result[0], positions: positions, channels: result[1])
    add(kernels.vector.pooling.spatialMean, arguments, tasks: arguments.taskCount)
  }

  mutating func bindSpatialMeanGradient() {
    let result = shape(ofOutput: 0)
    require(result.rank == 4, "the result is \(result)")
    let arguments = SpatialMeanArguments(
      input: input(0, count: result[0] * result[3]), output: output(0, count: result.elementCount), batch: result[0],
      positions: result[1] * result[2], channels: result[3])
    add(kernels.vector.pooling.spatialMeanGradient, arguments, tasks: arguments.gradientTaskCount)
  }

  /// The sizes of a pool to `pooled` `[N, H', W', C]`.
  private func pooling(_ window: PoolWindow, input: Size2D, pooled: Shape) -> PoolingShape {
    require(pooled.rank == 4, "the pooled shape is \(pooled)")
    return PoolingShape(
      batch: pooled[0], height: input.height, width: input.width, channels: pooled[3], outputHeight: pooled[1],
      outputWidth: pooled[2], kernelHeight: window.size.height, kernelWidth: window.size.width,
      strideHeight: window.stride.height, strideWidth: window.stride.width, paddingTop: window.padding.height,
      paddingLeft: window.padding.width)
  }

  /// The sizes of a pool from `[N, H, W, C]`, the shape of the gradient for its input.
  private func pooling(_ window: PoolWindow, gradient: Shape) -> PoolingShape {
    require(gradient.rank == 4, "the result is \(gradient)")
    let height = (gradient[1] + 2 * window.padding.height - window.size.height) / window.stride.height + 1
    let width = (gradient[2] + 2 * window.padding.width - window.size.width) / window.stride.width + 1
    return pooling(
      window, input: Size2D(gradient[1], gradient[2]), pooled: [gradient[0], height, width, gradient[3]])
  }
}

extension PoolingShape {
  fileprivate var inputCount: Int { batch * height * width * channels }
  fileprivate var outputCount: Int { batch * outputHeight * outputWidth * channels }
}
